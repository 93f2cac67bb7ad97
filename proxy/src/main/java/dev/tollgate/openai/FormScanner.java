package dev.tollgate.openai;

import java.nio.charset.StandardCharsets;

/**
 * Splits a form at its boundaries, wherever its pieces are cut, and tells a {@link FormReader} of parts and their bytes.
 * Owned by that reader.
 */
final class FormScanner {

    private static final int HEADER_BYTES_MAX = 4096;
    private static final String LINE_END = "\r\n";
    private static final String HEADERS_END = "\r\n\r\n";

    private enum State {
        /** Within the very first boundary. */
        START,
        /** Behind a boundary: two bytes tell whether a part follows. */
        BOUNDARY,
        HEADERS,
        VALUE,
        END
    }

    private final FormReader reader;
    /** What ends a value: a line end, two hyphens and the boundary. */
    private final byte[] delimiter;
    /** How far of the delimiter a mismatch falls back to, by how much of it had matched. */
    private final int[] fallback;

    private final StringBuilder headers = new StringBuilder();
    private State state = State.START;
    private int matched;
    private int after;
    private long position;

    FormScanner(String boundary, FormReader reader) {
        this.reader = reader;
        this.delimiter = (LINE_END + "--" + boundary).getBytes(StandardCharsets.US_ASCII);
        this.fallback = fallback(delimiter);
        // The first boundary has no line end before it.
        this.matched = LINE_END.length();
    }

    boolean complete() {
        return state == State.END;
    }

    void scan(byte[] bytes, int from, int to) {
        long base = position - from;
        int i = from;
        while (i < to && reader.refusal().isEmpty()) {
            position = base + i + 1;
            switch (state) {
                case START -> start(bytes[i++]);
                case BOUNDARY -> boundary(bytes[i++]);
                case HEADERS -> header(bytes[i++]);
                case VALUE -> i = value(bytes, i, to);
                case END -> i = to;
            }
        }
        position = base + to;
    }

    private void start(byte b) {
        if (b != delimiter[matched]) {
            reader.refuse("The form must begin with its boundary.");
            return;
        }
        matched++;
        if (matched == delimiter.length) {
            state = State.BOUNDARY;
        }
    }

    private void boundary(byte b) {
        after = after << 8 | (b & 0xFF);
        if (after == ('\r' << 8 | '\n')) {
            state = State.HEADERS;
            headers.setLength(0);
        } else if (after == ('-' << 8 | '-')) {
            reader.endPart();
            state = State.END;
        } else if (after > 0xFF || (b != '\r' && b != '-')) {
            reader.refuse("A boundary of the form must be followed by a line end or two hyphens.");
        }
    }

    private void header(byte b) {
        headers.append((char) (b & 0xFF));
        int length = headers.length();
        if (length > HEADER_BYTES_MAX) {
            reader.refuse("The headers of a part are too long.");
        } else if (b == '\n'
                && length >= HEADERS_END.length()
                && headers.substring(length - 4).equals(HEADERS_END)) {
            state = State.VALUE;
            matched = 0;
            reader.part(headers.substring(0, length - 4), position);
        }
    }

    /** Steps over the value up to its end or that of the range; what only looked like its end is part of it. */
    private int value(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (matched == 0) {
                int end = lineEnd(bytes, i, to);
                pass(bytes, i, end);
                i = end;
                if (i == to) {
                    break;
                }
            }
            match(bytes, i++);
            if (matched == delimiter.length) {
                matched = 0;
                after = 0;
                state = State.BOUNDARY;
                return i;
            }
        }
        return to;
    }

    private void match(byte[] bytes, int i) {
        while (matched > 0 && bytes[i] != delimiter[matched]) {
            int shorter = fallback[matched - 1];
            pass(delimiter, 0, matched - shorter);
            matched = shorter;
        }
        if (bytes[i] == delimiter[matched]) {
            matched++;
        } else {
            pass(bytes, i, i + 1);
        }
    }

    private void pass(byte[] bytes, int from, int to) {
        if (to > from) {
            reader.bytes(bytes, from, to);
        }
    }

    private static int lineEnd(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && bytes[i] != '\r') {
            i++;
        }
        return i;
    }

    private static int[] fallback(byte[] pattern) {
        int[] table = new int[pattern.length];
        int length = 0;
        for (int i = 1; i < pattern.length; i++) {
            while (length > 0 && pattern[i] != pattern[length]) {
                length = table[length - 1];
            }
            length += pattern[i] == pattern[length] ? 1 : 0;
            table[i] = length;
        }
        return table;
    }
}
