package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Undoes the content coding of one gathered body. Some milliseconds of work would hold up every other connection of the
 * event loop, so it is done in small slices with room for the others between them. A body that grows beyond its limit is
 * refused at that point, however small it came.
 *
 * <p>On one event loop. Its end is reported once, unless it was cancelled.
 */
final class BodyDecoding {
    /** Takes well below a millisecond. */
    private static final int SLICE_BYTES = 128 * 1024;

    private static final int PIECE_BYTES = 32 * 1024;

    /** Hears of the end. */
    interface Ending {
        /** @param plain ownership passes */
        void decoded(ByteBuf plain);

        void refused(ApiError error);
    }

    private final ContentCoding coding;
    private final ByteBuf body;
    private final int limitBytes;
    private final Executor loop;
    private final Ending ending;
    private final byte[] piece = new byte[PIECE_BYTES];
    private final CompositeByteBuf plain;
    private @Nullable InputStream in;
    private boolean over;

    /**
     * @param body ownership passes
     * @param limitBytes the most that the decoded body may have
     */
    BodyDecoding(ContentCoding coding, ByteBuf body, int limitBytes, Executor loop, Ending ending) {
        this.coding = coding;
        this.body = body;
        this.limitBytes = limitBytes;
        this.loop = loop;
        this.ending = ending;
        this.plain = Unpooled.compositeBuffer(Integer.MAX_VALUE);
    }

    static ApiError unsupported() {
        return ApiError.invalidRequest(
                415,
                "unsupported_content_encoding",
                null,
                "A request body may have one Content-Encoding: zstd, gzip, deflate or br.");
    }

    /** Decodes the next slice; the first call starts. */
    void proceed() {
        if (over) {
            return;
        }
        try {
            if (in == null) {
                in = coding.open(body);
            }
            if (decodeSlice(in)) {
                finish(null);
            } else if (plain.readableBytes() > limitBytes) {
                finish(ApiErrors.tooLarge(limitBytes));
            } else {
                loop.execute(this::proceed);
            }
        } catch (LinkageError notOnThisPlatform) {
            finish(unsupported());
        } catch (IOException e) {
            finish(ApiError.invalidRequest(
                    400, "malformed_request", null, "The request body cannot be decoded as " + coding.label() + "."));
        }
    }

    /** Whether that was the end. */
    private boolean decodeSlice(InputStream from) throws IOException {
        int sliceEnd = plain.readableBytes() + SLICE_BYTES;
        while (plain.readableBytes() < sliceEnd && plain.readableBytes() <= limitBytes) {
            int count = from.read(piece);
            if (count < 0) {
                return true;
            }
            plain.addComponent(true, Unpooled.copiedBuffer(piece, 0, count));
        }
        return false;
    }

    private void finish(@Nullable ApiError error) {
        close();
        if (error == null) {
            ending.decoded(plain);
        } else {
            plain.release();
            ending.refused(error);
        }
    }

    /** Nobody waits for it any more. */
    void cancel() {
        if (!over) {
            close();
            plain.release();
        }
    }

    private void close() {
        over = true;
        try {
            if (in != null) {
                in.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("closing memory", e);
        } finally {
            body.release();
        }
    }
}
