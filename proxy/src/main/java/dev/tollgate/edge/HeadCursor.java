package dev.tollgate.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * A reading position within one request head that survives the arrival of more bytes.
 *
 * <p>Positions count from the first byte of the head. The cursor borrows the buffer between {@link #attach} and
 * {@link #detach}, and changes none of its indexes. Owned by one {@link HeadScanner}.
 */
final class HeadCursor {

    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private int start;
    private int available;
    private int position;

    /** Looks at a buffer whose readable bytes start with the head, and hold at least what was there before. */
    void attach(ByteBuf head) {
        bytes = head;
        start = head.readerIndex();
        available = head.readableBytes();
    }

    void detach() {
        bytes = Unpooled.EMPTY_BUFFER;
    }

    void rewind() {
        position = 0;
    }

    int position() {
        return position;
    }

    boolean hasNext() {
        return position < available;
    }

    byte peek() {
        return bytes.getByte(start + position);
    }

    byte next() {
        return bytes.getByte(start + position++);
    }

    byte at(int index) {
        return bytes.getByte(start + index);
    }

    /** Moves past bytes of the given classes, to the first other byte, the end of what has come, or the limit. */
    void skip(int classes, int limit) {
        ByteBuf source = bytes;
        int index = start + position;
        int end = start + Math.min(available, limit);
        while (index < end && CharacterTable.isIn(source.getByte(index), classes)) {
            index++;
        }
        position = index - start;
    }

    int indexOf(char wanted, int from, int to) {
        int index = bytes.indexOf(start + from, start + to, (byte) wanted);
        return index < 0 ? to : index - start;
    }

    /** Whether the bytes are these letters, which are given in lower case. */
    boolean matches(String lowerCase, int from, int to) {
        if (to - from != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (lowerCase(at(from + i)) != lowerCase.charAt(i)) {
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
            if (at(from + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int lowerCase(byte value) {
        return value >= 'A' && value <= 'Z' ? value + ('a' - 'A') : value;
    }
}
