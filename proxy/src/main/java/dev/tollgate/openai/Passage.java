package dev.tollgate.openai;

import dev.tollgate.openai.ResponseReader.Sink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes between upstream and client that were neither forwarded nor dropped yet. Positions count from the first byte
 * of the answer. Owned by one reader.
 *
 * <p>What passes in the piece it came with is forwarded as a slice of it; only what has to wait for the next piece is
 * copied, so that a waiting event does not pin every network buffer it touched.
 */
final class Passage {

    private @Nullable ByteBuf kept;
    /** Everything before it was forwarded or dropped. */
    private long passed;
    /** Position of the first byte of the current piece. */
    private long pieceStart;

    private ByteBuf piece = Unpooled.EMPTY_BUFFER;
    /** Taken at the beginning: whoever gets the whole piece forwarded moves its reader index. */
    private int pieceIndex;

    private int pieceLength;

    /** Position of the first byte of {@code piece}, which stays the caller's to release after {@link #end}. */
    long begin(ByteBuf next) {
        piece = next;
        pieceIndex = next.readerIndex();
        pieceLength = next.readableBytes();
        return pieceStart;
    }

    /** Forwards everything before {@code end}. */
    void passTo(long end, Sink out) {
        int early = earlyBytes(end);
        if (early > 0 && kept != null) {
            passed += early;
            out.forward(takeKept(early));
        }
        if (end > passed) {
            int length = Math.toIntExact(end - passed);
            ByteBuf bytes = length == pieceLength
                    ? piece.retain()
                    : slice(passed, length).retain();
            passed = end;
            out.forward(bytes);
        }
    }

    /** Drops everything before {@code end}. */
    void dropTo(long end) {
        int early = earlyBytes(end);
        if (early > 0 && kept != null) {
            takeKept(early).release();
        }
        passed = Math.max(passed, end);
    }

    /** Ends the current piece; what is left of it waits, but never more than {@code keepMax} bytes altogether. */
    void end(int keepMax) {
        long pieceEnd = pieceStart + pieceLength;
        long from = Math.max(passed, pieceStart);
        int room = keepMax - (kept == null ? 0 : kept.readableBytes());
        int length = (int) Math.min(pieceEnd - from, room);
        if (length > 0) {
            ByteBuf waiting = kept == null ? piece.alloc().buffer(Math.max(length, 256)) : kept;
            waiting.writeBytes(slice(from, length));
            kept = waiting;
        }
        pieceStart = pieceEnd;
        pieceLength = 0;
        piece = Unpooled.EMPTY_BUFFER;
    }

    /** Everything that waits; the caller owns it. */
    ByteBuf takeKept() {
        ByteBuf taken = kept == null ? Unpooled.EMPTY_BUFFER : kept;
        kept = null;
        passed = pieceStart;
        return taken;
    }

    private int earlyBytes(long end) {
        return Math.toIntExact(Math.max(0, Math.min(end, pieceStart) - passed));
    }

    private ByteBuf takeKept(int length) {
        ByteBuf waiting = Objects.requireNonNull(kept);
        if (length < waiting.readableBytes()) {
            return waiting.readRetainedSlice(length);
        }
        kept = null;
        return waiting;
    }

    private ByteBuf slice(long position, int length) {
        return piece.slice(pieceIndex + Math.toIntExact(position - pieceStart), length);
    }
}
