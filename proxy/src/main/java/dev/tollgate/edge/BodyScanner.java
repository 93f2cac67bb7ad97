package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of a request body, however it is framed. A body with a length costs no look at its bytes.
 *
 * <p>Owned by one {@link RequestGuard}, on its event loop.
 */
final class BodyScanner {

    private final ChunkScanner chunkScanner = new ChunkScanner();
    private BodyFraming framing = new BodyFraming.Length(0);
    private int bytesLeft;

    /** Makes ready for the next body. */
    void start(BodyFraming announced) {
        framing = announced;
        switch (announced) {
            case BodyFraming.Length length -> bytesLeft = length.bytes();
            case BodyFraming.Chunked chunked -> chunkScanner.start(chunked.mostBytes());
        }
    }

    /** The number of readable bytes that belong to the body and may be passed on. Moves no index. */
    int scan(ByteBuf bytes) {
        return switch (framing) {
            case BodyFraming.Length length -> scanPlain(bytes.readableBytes());
            case BodyFraming.Chunked chunked -> chunkScanner.scan(bytes);
        };
    }

    private int scanPlain(int available) {
        int count = Math.min(bytesLeft, available);
        bytesLeft -= count;
        return count;
    }

    boolean isDone() {
        return switch (framing) {
            case BodyFraming.Length length -> bytesLeft == 0;
            case BodyFraming.Chunked chunked -> chunkScanner.isDone();
        };
    }

    /** Why the byte after the accepted ones was refused; null while all is well. */
    @Nullable
    ApiError refusal() {
        return switch (framing) {
            case BodyFraming.Length length -> null;
            case BodyFraming.Chunked chunked -> chunkScanner.refusal();
        };
    }
}
