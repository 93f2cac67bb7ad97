package dev.tollgate.app.settings;

/** A place in a text; line and column count from 1. */
record Place(int line, int column) {
    static final Place START = new Place(1, 1);

    /** The place of the character at {@code index}, counted in code points. */
    static Place of(String text, int index) {
        int end = text.offsetByCodePoints(0, Math.clamp(index, 0, text.codePointCount(0, text.length())));
        int line =
                1 + (int) text.substring(0, end).chars().filter(c -> c == '\n').count();
        int lineStart = text.lastIndexOf('\n', end - 1) + 1;
        return new Place(line, 1 + text.codePointCount(lineStart, end));
    }
}
