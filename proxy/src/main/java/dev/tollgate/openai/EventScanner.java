package dev.tollgate.openai;

/**
 * Splits an event stream into lines and events, one byte range at a time, and hands each event's data to a
 * {@link DocumentScanner}. Keeps no bytes: its state is where it stands. Owned by one {@link StreamReader}.
 *
 * <p>Takes LF, CR and CRLF, also split; data with or without a space after the colon, over one or several lines;
 * comments, which belong to no event; a byte order mark. An event is one {@code [DONE]} when its first data line begins
 * so, as SDKs read it, and nothing after that is looked at.
 */
final class EventScanner {

    /** No position. */
    static final long NONE = -1;

    private enum Line {
        START,
        BYTE_ORDER_MARK,
        NAME,
        VALUE_START,
        VALUE,
        IGNORED
    }

    private static final byte[] DATA = {'d', 'a', 't', 'a'};
    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};
    private static final int NOT_DONE = -1;

    private final DocumentScanner document;
    private Line line = Line.START;
    private boolean afterReturn;
    private int nameMatched;
    private int doneMatched = NOT_DONE;
    private boolean hasData;
    private boolean done;
    private long lineStart = NONE;
    private long eventStart = NONE;

    EventScanner(DocumentScanner document) {
        this.document = document;
    }

    /**
     * Reads {@code bytes[from..to)} up to the end of an event.
     *
     * @param base the position of {@code bytes[0]}
     * @return the index behind the event that ended, or -1 when the range is used up or {@code [DONE]} was met
     */
    int scan(byte[] bytes, int from, int to, long base) {
        int i = from;
        while (i < to && !done) {
            byte b = bytes[i];
            switch (line) {
                case START -> {
                    boolean secondHalf = afterReturn && b == '\n';
                    afterReturn = b == '\r';
                    if (!isLineEnd(b)) {
                        startLine(b, base + i);
                        continue;
                    }
                    i++;
                    if (!secondHalf && eventStart != NONE) {
                        return i;
                    }
                }
                case BYTE_ORDER_MARK -> {
                    // The lead byte starts no field, so the two bytes behind it can only be the rest of the mark.
                    line = b < 0 ? Line.BYTE_ORDER_MARK : Line.START;
                    i += b < 0 ? 1 : 0;
                }
                case NAME -> i += name(b);
                case VALUE_START -> {
                    line = Line.VALUE;
                    doneMatched = hasData ? NOT_DONE : 0;
                    hasData = true;
                    i += b == ' ' ? 1 : 0;
                }
                case VALUE -> i = value(bytes, i, to, base);
                case IGNORED -> i = endLine(bytes, lineEnd(bytes, i, to), to);
            }
        }
        return -1;
    }

    /** Ready for the next event. */
    void reset() {
        eventStart = NONE;
        hasData = false;
    }

    /** Whether {@code [DONE]} was met. */
    boolean done() {
        return done;
    }

    /** Whether the last byte was a carriage return that ended a line: a line feed that follows belongs to it. */
    boolean afterReturn() {
        return afterReturn;
    }

    /** Where the event that is being read began, comments before it not counted. */
    long eventStart() {
        return eventStart;
    }

    /** Where the line began that is {@code [DONE]} or may still become it; {@link #NONE} for any other line. */
    long doneLineStart() {
        boolean open = line == Line.NAME || line == Line.VALUE_START;
        boolean possible = open ? !hasData : line == Line.VALUE && doneMatched != NOT_DONE;
        return done || possible ? lineStart : NONE;
    }

    private void startLine(byte first, long position) {
        lineStart = position;
        if (position == 0 && first == (byte) 0xEF) {
            line = Line.BYTE_ORDER_MARK;
            return;
        }
        if (first == ':') {
            line = Line.IGNORED;
            return;
        }
        eventStart = eventStart == NONE ? position : eventStart;
        nameMatched = 0;
        line = Line.NAME;
    }

    /** One byte of a field's name; returns how many were used up. */
    private int name(byte b) {
        if (nameMatched < DATA.length && b == DATA[nameMatched]) {
            nameMatched++;
            return 1;
        }
        boolean data = nameMatched == DATA.length && b == ':';
        line = data ? Line.VALUE_START : Line.IGNORED;
        return data ? 1 : 0;
    }

    private int value(byte[] bytes, int from, int to, long base) {
        if (doneMatched != NOT_DONE) {
            return matchDone(bytes[from]) ? from + 1 : from;
        }
        int end = lineEnd(bytes, from, to);
        document.scan(bytes, from, end, base);
        return endLine(bytes, end, to);
    }

    private boolean matchDone(byte b) {
        if (b == DONE[doneMatched]) {
            doneMatched++;
            done = doneMatched == DONE.length;
            return true;
        }
        document.scan(DONE, 0, doneMatched, 0);
        doneMatched = NOT_DONE;
        return false;
    }

    /** Steps over the line end at {@code i}, if the line ends within the range. */
    private int endLine(byte[] bytes, int i, int to) {
        if (i == to) {
            return to;
        }
        afterReturn = bytes[i] == '\r';
        line = Line.START;
        return i + 1;
    }

    private static int lineEnd(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && !isLineEnd(bytes[i])) {
            i++;
        }
        return i;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }
}
