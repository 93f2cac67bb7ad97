package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Follows a chunked body (RFC 9112, section 7.1) to its end without looking at the data.
 *
 * <p>Accepted is one to eight hexadecimal digits, CR LF, the data, CR LF, and {@code 0 CR LF CR LF} at the end: no
 * extensions, no trailers, no other spelling of the last chunk. Small chunks cost more to handle than they carry, so
 * their number is bounded by {@link #FREE_CHUNKS} plus one for every {@link #AVERAGE_CHUNK_BYTES} of data.
 *
 * <p>Owned by one {@link RequestGuard}, on its event loop.
 */
final class ChunkScanner {

    static final int FREE_CHUNKS = 1024;
    static final int AVERAGE_CHUNK_BYTES = 64;

    private enum State {
        SIZE,
        SIZE_LINE_FEED,
        DATA,
        DATA_CARRIAGE_RETURN,
        DATA_LINE_FEED,
        LAST_CARRIAGE_RETURN,
        LAST_LINE_FEED,
        DONE
    }

    private static final int MOST_SIZE_DIGITS = 8;

    private State state = State.SIZE;
    private long chunkBytes;
    private int sizeDigits;
    private int mostBytes;
    private long bodyBytes;
    private long chunks;
    private @Nullable ApiError refusal;

    /** Makes ready for a body of so many bytes at most. */
    void start(int most) {
        mostBytes = most;
        bodyBytes = 0;
        chunks = 0;
        refusal = null;
        startSize();
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** Why the byte after the accepted ones was refused; null while all is well. */
    @Nullable
    ApiError refusal() {
        return refusal;
    }

    /** The number of readable bytes that belong to the body and may be passed on. Moves no index. */
    int scan(ByteBuf bytes) {
        int index = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (index < end && refusal == null && state != State.DONE) {
            if (state == State.DATA) {
                index += skipData(end - index);
            } else {
                refusal = step(bytes.getByte(index));
                index += refusal == null ? 1 : 0;
            }
        }
        return index - bytes.readerIndex();
    }

    private int skipData(int available) {
        int skipped = (int) Math.min(chunkBytes, available);
        chunkBytes -= skipped;
        if (chunkBytes == 0) {
            state = State.DATA_CARRIAGE_RETURN;
        }
        return skipped;
    }

    private @Nullable ApiError step(byte value) {
        return switch (state) {
            case SIZE -> size(value);
            case SIZE_LINE_FEED -> value == '\n' ? startData() : Refusals.CHUNK;
            case DATA_CARRIAGE_RETURN -> expect(value, '\r', State.DATA_LINE_FEED);
            case DATA_LINE_FEED -> value == '\n' ? startSize() : Refusals.CHUNK;
            case LAST_CARRIAGE_RETURN -> lastCarriageReturn(value);
            case LAST_LINE_FEED -> expect(value, '\n', State.DONE);
            case DATA, DONE -> throw new IllegalStateException("no framing is read here: " + state);
        };
    }

    private @Nullable ApiError size(byte value) {
        if (value == '\r' && sizeDigits > 0) {
            return endSize();
        }
        int digit = CharacterTable.hexValue(value);
        if (digit < 0 || sizeDigits == MOST_SIZE_DIGITS) {
            return Refusals.CHUNK;
        }
        chunkBytes = chunkBytes << 4 | digit;
        sizeDigits++;
        return null;
    }

    private @Nullable ApiError endSize() {
        state = State.SIZE_LINE_FEED;
        if (chunkBytes == 0) {
            return sizeDigits == 1 ? null : Refusals.CHUNK;
        }
        bodyBytes += chunkBytes;
        if (bodyBytes > mostBytes) {
            return Refusals.bodyTooLarge(mostBytes);
        }
        chunks++;
        return chunks > FREE_CHUNKS + bodyBytes / AVERAGE_CHUNK_BYTES ? Refusals.TOO_MANY_CHUNKS : null;
    }

    private @Nullable ApiError startData() {
        state = chunkBytes == 0 ? State.LAST_CARRIAGE_RETURN : State.DATA;
        return null;
    }

    private @Nullable ApiError startSize() {
        state = State.SIZE;
        chunkBytes = 0;
        sizeDigits = 0;
        return null;
    }

    private @Nullable ApiError lastCarriageReturn(byte value) {
        if (value == '\r') {
            state = State.LAST_LINE_FEED;
            return null;
        }
        return CharacterTable.isIn(value, CharacterTable.TOKEN) ? Refusals.TRAILER : Refusals.CHUNK;
    }

    private @Nullable ApiError expect(byte value, char wanted, State then) {
        if (value != wanted) {
            return Refusals.CHUNK;
        }
        state = then;
        return null;
    }
}
