package dev.tollgate.openai;

/**
 * About how many tokens the texts of a model have, counted as they pass and without a vocabulary. A text may come in parts of any
 * size.
 *
 * <p>Tokenizers part a text where a word, a number or a run of signs ends, and no token reaches across such a place. So a
 * text that has none is a single token, as it is in the events of a stream that bring one token each, unless it is too long
 * for that. In any other text every piece is a token, and a long one several.
 *
 * <p>Owned by whoever reads the texts.
 */
final class TokenCount {
    private static final int START = 0;
    private static final int SPACE = 1;
    private static final int LINE_END = 2;
    private static final int DIGIT = 3;
    private static final int LOWER = 4;
    private static final int UPPER = 5;
    private static final int SIGN = 6;
    private static final int APOSTROPHE = 7;
    private static final int WIDE = 8;

    /** By byte: what it is, and how much of a token. */
    private static final byte[] KINDS = new byte[256];

    private static final byte[] WEIGHTS = new byte[256];

    private static final int KIND_COUNT = 9;

    /** By the kinds of two bytes, the first one times {@link #KIND_COUNT}: whether tokens end between them. */
    private static final byte[] ENDS = new byte[KIND_COUNT * KIND_COUNT];

    private static final int NEVER = 0;
    /** Few tokens go on. */
    private static final int USUALLY = 1;
    /** As usually, if the piece has more bytes than one. */
    private static final int USUALLY_LATER = 2;
    /** No token goes on. */
    private static final int ALWAYS = 3;
    /** None goes on if the piece has as many digits as a token takes. */
    private static final int ALWAYS_WHEN_FULL = 4;

    static {
        for (int place = 0; place < ENDS.length; place++) {
            ENDS[place] = (byte) end(place / KIND_COUNT, place % KIND_COUNT);
        }
        for (int b = 0; b < KINDS.length; b++) {
            KINDS[b] = (byte) kind(b);
            WEIGHTS[b] = (byte) weight(b);
        }
    }

    /** So much makes a token within a longer text: six letters, or somewhat more than an ideograph. */
    private static final int TOKEN_WEIGHT = 12;

    /** Hardly a token is heavier than this. */
    private static final int SINGLE_WEIGHT_MAX = 48;

    private static final int DIGITS_MAX = 3;

    private long before;
    private long closed;
    private long textWeight;
    private int pieceWeight;
    private int pieceBytes;
    private boolean several;
    private int last = START;
    private byte lastByte;

    /** Of one text. */
    static long of(String text) {
        TokenCount count = new TokenCount();
        count.begin();
        for (int i = 0; i < text.length(); i++) {
            count.add(text.charAt(i));
        }
        return count.tokens();
    }

    /** Another text begins. */
    void begin() {
        before = tokens();
        closed = 0;
        textWeight = 0;
        pieceWeight = 0;
        pieceBytes = 0;
        several = false;
        last = START;
    }

    /** The text goes on with {@code bytes[from..to)} in UTF-8. */
    void add(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            add(bytes[i]);
        }
    }

    /** The text goes on with a character, a pair of surrogates being two. */
    void add(char character) {
        if (character < 0x80) {
            add((byte) character);
        } else if (character < 0x800) {
            add((byte) (0xC0 | character >> 6));
        } else if (!Character.isLowSurrogate(character)) {
            add((byte) (Character.isHighSurrogate(character) ? 0xF0 : 0xE0 | character >> 12));
        }
    }

    /** Of all texts so far. */
    long tokens() {
        return before + ofText();
    }

    private long ofText() {
        if (last == START) {
            return 0;
        }
        return several || textWeight > SINGLE_WEIGHT_MAX ? closed + ofPiece() : 1;
    }

    private long ofPiece() {
        return Math.max(1, Math.ceilDiv(pieceWeight, TOKEN_WEIGHT));
    }

    private void add(byte b) {
        int kind = KINDS[b & 0xFF];
        int end = ENDS[last * KIND_COUNT + kind];
        if (end != NEVER) {
            end(end);
        }
        boolean repeated = b == lastByte && kind == SIGN;
        pieceWeight += repeated ? 0 : WEIGHTS[b & 0xFF];
        textWeight += repeated ? 0 : WEIGHTS[b & 0xFF];
        pieceBytes++;
        last = kind;
        lastByte = b;
    }

    private void part() {
        closed += ofPiece();
        pieceWeight = 0;
        pieceBytes = 0;
    }

    private void end(int how) {
        boolean always = how == ALWAYS || (how == ALWAYS_WHEN_FULL && pieceBytes >= DIGITS_MAX);
        several |= always;
        if (always || how == USUALLY || (how == USUALLY_LATER && pieceBytes > 1)) {
            part();
        }
    }

    private static int end(int last, int kind) {
        boolean word = last == LOWER || last == UPPER;
        boolean gap = last == SPACE || last == SIGN;
        if (last == START) {
            return NEVER;
        }
        return switch (kind) {
            case SPACE -> last == LINE_END ? USUALLY : last == SPACE ? NEVER : ALWAYS;
            case LINE_END -> word || last == DIGIT ? ALWAYS : NEVER;
            case DIGIT -> last == WIDE ? NEVER : last == DIGIT ? ALWAYS_WHEN_FULL : ALWAYS;
            case LOWER -> last == DIGIT || last == LINE_END ? ALWAYS : gap ? USUALLY_LATER : NEVER;
            case UPPER ->
                last == DIGIT || last == LINE_END ? ALWAYS : last == LOWER ? USUALLY : gap ? USUALLY_LATER : NEVER;
            case SIGN ->
                word || last == DIGIT ? ALWAYS : last == LINE_END ? USUALLY : last == SPACE ? USUALLY_LATER : NEVER;
            case WIDE -> last == LINE_END ? ALWAYS : NEVER;
            default -> NEVER;
        };
    }

    private static int kind(int b) {
        if (b >= 0x80) {
            return WIDE;
        }
        return switch (b) {
            case '\n', '\r' -> LINE_END;
            case ' ', '\t' -> SPACE;
            case '\'' -> APOSTROPHE;
            default ->
                Character.isDigit(b)
                        ? DIGIT
                        : Character.isLowerCase(b) ? LOWER : Character.isUpperCase(b) ? UPPER : SIGN;
        };
    }

    /** Of a character beyond ASCII only its first byte weighs. */
    private static int weight(int b) {
        if (b >= 0xF0) {
            return 12; // emoji
        }
        if (b >= 0xE3) {
            return 10; // ideographs, kana, hangul
        }
        if (b >= 0xE0) {
            return b == 0xE2 ? 6 : 3; // signs; other scripts
        }
        if (b >= 0xC0) {
            return 2; // letters
        }
        return b >= 0x80
                ? 0
                : switch (kind(b)) {
                    case LOWER, UPPER -> 2;
                    case SIGN, APOSTROPHE -> 5;
                    default -> 0;
                };
    }
}
