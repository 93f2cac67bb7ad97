package dev.tollgate.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;

/**
 * A reading position within one request head that survives the arrival of more bytes.
 *
 * <p>Positions count from the first byte of the head. What is read is first copied into a window, piece by piece, so that
 * loops run over an array and not through the checks of a buffer; little more than the head itself is copied. The buffer
 * is borrowed between {@link #attach} and {@link #detach}, and none of its indexes change. The window belongs to the thread
 * while no head is being read, so that thousands of running requests do not keep one each. Owned by one {@link HeadScanner}.
 */
final class HeadCursor {

    /** Holds most heads. */
    private static final int WINDOW_BYTES = 1024;

    private static final byte[] NONE = {};

    /** Nothing while a head that has not come as a whole has it. */
    private static final FastThreadLocal<byte[]> SPARE = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return NONE;
        }
    };

    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private byte[] window = NONE;
    private int filled;
    private int position;

    /** Looks at a buffer whose readable bytes start with the head, and hold at least what was there before. */
    void attach(ByteBuf head) {
        bytes = head;
    }

    void detach() {
        bytes = Unpooled.EMPTY_BUFFER;
    }

    /** The head is over; nothing but the position is known of it any more. */
    void leave() {
        if (window.length == WINDOW_BYTES) {
            SPARE.set(window);
        }
        window = NONE;
        filled = 0;
    }

    /** Goes to the start of another head. */
    void rewind() {
        leave();
        position = 0;
    }

    int position() {
        return position;
    }

    boolean hasNext() {
        return position < filled || fill();
    }

    /** To be called after {@link #hasNext} only, like {@link #next}. */
    byte peek() {
        return window[position];
    }

    byte next() {
        return window[position++];
    }

    /** A byte before the position. */
    byte at(int index) {
        return window[index];
    }

    /** Moves past bytes of the given classes, to the first other byte, the end of what has come, or the limit. */
    void skip(int classes, int limit) {
        boolean more = true;
        while (more) {
            int index = position;
            int end = Math.min(filled, limit);
            while (index < end && CharacterTable.isIn(window[index], classes)) {
                index++;
            }
            position = index;
            more = index == filled && index < limit && fill();
        }
    }

    private boolean fill() {
        int more = Math.min(bytes.readableBytes() - filled, Math.max(filled, WINDOW_BYTES));
        if (more <= 0) {
            return false;
        }
        if (window.length == 0) {
            window = SPARE.get().length > 0 ? SPARE.get() : new byte[WINDOW_BYTES];
            SPARE.set(NONE);
        }
        if (filled + more > window.length) {
            window = Arrays.copyOf(window, Math.max(2 * window.length, filled + more));
        }
        bytes.getBytes(bytes.readerIndex() + filled, window, filled, more);
        filled += more;
        return true;
    }

    /** The first such byte in the range, or the end of the range. */
    int indexOf(char wanted, int from, int to) {
        int index = from;
        while (index < to && window[index] != wanted) {
            index++;
        }
        return index;
    }

    /** Whether the bytes are these letters, which are given in lower case. */
    boolean matches(String lowerCase, int from, int to) {
        if (to - from != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (lowerCase(window[from + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the bytes are exactly these characters. */
    boolean matchesExactly(String text, int from, int to) {
        if (to - from != text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (window[from + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int lowerCase(byte value) {
        return value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
    }
}
