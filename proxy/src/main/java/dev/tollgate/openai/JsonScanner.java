package dev.tollgate.openai;

/**
 * Walks over the structure of a JSON text that comes in pieces of any size, without copying or building anything, and
 * tells a {@link Listener} where members and values lie. Depth and strings are followed exactly, so text that looks like
 * JSON never counts as structure; grammar is not checked, since whoever receives the text does that.
 *
 * <p>Positions count from the start of the whole answer, not of a piece. Owned by one listener.
 */
final class JsonScanner {

    /** What the scanner meets. Depth is 1 inside the outermost object or array. */
    interface Listener {
        /** A member name begins. Whether its characters are wanted. */
        boolean nameStarts(int depth, long position);

        /** The name just read; empty unless it was wanted, cut to {@link AnswerMember#LENGTH_MAX} bytes plus one. */
        void name(int depth, byte[] name, int length);

        /**
         * A value begins with {@code first} at {@code bytes[index]}. For a string: whether its characters are wanted.
         */
        boolean valueStarts(int depth, byte first, int index, long position);

        /** Characters of a string that is wanted, in UTF-8. */
        void text(byte[] bytes, int from, int to);

        /** A character of such a string that was escaped. */
        void text(char escaped);

        /** The value ends before {@code bytes[index]}. */
        void valueEnds(int depth, int index, long position);

        /** A comma at this depth. */
        void comma(int depth, long position);
    }

    private enum Text {
        NONE,
        NAME,
        WANTED,
        SKIPPED
    }

    /** Below this depth only brackets are counted: nothing that matters lies there, and the kinds fit in a long. */
    private static final int NAMED_DEPTH_MAX = 62;

    private static final int HEX_DIGITS = 4;
    private static final byte UNKNOWN = (byte) 0xFF;

    private final Listener listener;
    private final byte[] name = new byte[AnswerMember.LENGTH_MAX + 1];
    private int nameLength;
    private Text text = Text.NONE;
    private boolean textIsName;
    private boolean escaped;
    private int hexLeft;
    private int hexValue;
    private int depth;
    /** Bit d is set when the container at depth d is an object. */
    private long objects;

    private boolean nameExpected;
    private boolean inLiteral;
    private boolean complete;

    JsonScanner(Listener listener) {
        this.listener = listener;
    }

    void reset() {
        text = Text.NONE;
        escaped = false;
        hexLeft = 0;
        depth = 0;
        objects = 0;
        nameExpected = false;
        inLiteral = false;
        complete = false;
    }

    /** Whether the outermost object or array was closed; what follows it is not looked at. */
    boolean complete() {
        return complete;
    }

    /** Whether the container at this depth is an object. */
    boolean isObject(int atDepth) {
        return (objects >>> atDepth & 1) == 1;
    }

    /** Reads {@code bytes[from..to)}; {@code base} is the position of {@code bytes[0]}. */
    void scan(byte[] bytes, int from, int to, long base) {
        int i = from;
        while (i < to && !complete) {
            if (text != Text.NONE) {
                i = readText(bytes, i, to, base);
            } else {
                readStructure(bytes[i], i, base);
                i++;
            }
        }
    }

    private void readStructure(byte b, int i, long base) {
        switch (b) {
            case ' ', '\t', '\n', '\r', ':' -> endLiteral(i, base);
            case '"' -> startText(i, base);
            case '{', '[' -> open(b, i, base);
            case '}', ']' -> close(i, base);
            case ',' -> {
                endLiteral(i, base);
                nameExpected = depth <= NAMED_DEPTH_MAX && isObject(depth);
                listener.comma(depth, base + i);
            }
            default -> {
                if (!inLiteral) {
                    inLiteral = true;
                    listener.valueStarts(depth, b, i, base + i);
                }
            }
        }
    }

    private void open(byte b, int i, long base) {
        endLiteral(i, base);
        listener.valueStarts(depth, b, i, base + i);
        depth++;
        boolean object = b == '{';
        nameExpected = object && depth <= NAMED_DEPTH_MAX;
        if (depth <= NAMED_DEPTH_MAX) {
            long bit = 1L << depth;
            objects = object ? objects | bit : objects & ~bit;
        }
    }

    private void close(int i, long base) {
        endLiteral(i, base);
        nameExpected = false;
        if (depth == 0) {
            return;
        }
        depth--;
        listener.valueEnds(depth, i + 1, base + i + 1);
        complete = depth == 0;
    }

    private void endLiteral(int i, long base) {
        if (inLiteral) {
            inLiteral = false;
            listener.valueEnds(depth, i, base + i);
        }
    }

    private void startText(int i, long base) {
        endLiteral(i, base);
        textIsName = nameExpected;
        nameExpected = false;
        if (textIsName) {
            nameLength = 0;
            text = listener.nameStarts(depth, base + i) ? Text.NAME : Text.SKIPPED;
        } else {
            text = listener.valueStarts(depth, (byte) '"', i, base + i) ? Text.WANTED : Text.SKIPPED;
        }
    }

    private int readText(byte[] bytes, int from, int to, long base) {
        byte b = bytes[from];
        if (escaped) {
            readEscaped(b);
            return from + 1;
        }
        if (b == '"') {
            endText(from + 1, base);
            return from + 1;
        }
        if (b == '\\') {
            escaped = true;
            return from + 1;
        }
        int end = from + 1;
        while (end < to && bytes[end] != '"' && bytes[end] != '\\') {
            end++;
        }
        if (text == Text.WANTED) {
            listener.text(bytes, from, end);
        } else if (text == Text.NAME) {
            for (int i = from; i < end; i++) {
                appendToName(bytes[i]);
            }
        }
        return end;
    }

    private void endText(int index, long base) {
        text = Text.NONE;
        if (textIsName) {
            listener.name(depth, name, nameLength);
        } else {
            listener.valueEnds(depth, index, base + index);
        }
    }

    private void readEscaped(byte b) {
        if (hexLeft == 0 && b == 'u') {
            hexLeft = HEX_DIGITS;
            hexValue = 0;
            return;
        }
        if (hexLeft > 0) {
            hexValue = hexValue << 4 | Math.max(0, Character.digit(b, 16));
            hexLeft--;
            if (hexLeft > 0) {
                return;
            }
        } else {
            hexValue = unescaped(b);
        }
        escaped = false;
        if (text == Text.WANTED) {
            listener.text((char) hexValue);
        } else if (text == Text.NAME) {
            appendToName(hexValue > ' ' && hexValue < 0x80 ? (byte) hexValue : UNKNOWN);
        }
    }

    private static char unescaped(byte b) {
        return switch (b) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            default -> (char) (b & 0x7F);
        };
    }

    private void appendToName(byte b) {
        if (nameLength < name.length) {
            name[nameLength] = b;
            nameLength++;
        }
    }
}
