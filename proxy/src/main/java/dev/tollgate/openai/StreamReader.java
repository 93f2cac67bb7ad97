package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;

/**
 * A {@link ResponseReader} for event streams. Reads every event wherever it is cut; in {@link ResponseReader.Mode#EDIT}
 * an event that is not complete waits, so that it can still be dropped.
 *
 * <p>Runs of untouched events go on as one slice of the buffer they came in. Of a typed event that ends the stream, the
 * closing brace and what follows is held back: it has no end before the empty line, so nobody acts on it. However long such
 * an event is, the rest of it passes. Should another event follow, what was held goes first.
 */
final class StreamReader implements ResponseReader {

    private final Mode mode;
    private final int editedEventBytesMax;
    private final DocumentScanner document = new DocumentScanner();
    private final EventScanner events = new EventScanner(document);
    private final Passage passage = new Passage();
    private long received;
    private long deltas;
    private boolean lineFeedDropped;
    /** Where the end of a terminal event begins; nothing but white space and comments came after it. */
    private long terminalEnd = EventScanner.NONE;

    StreamReader(Mode mode, int editedEventBytesMax) {
        this.mode = mode;
        this.editedEventBytesMax = editedEventBytesMax;
    }

    @Override
    public void feed(ByteBuf in, Sink out) {
        try {
            long start = passage.begin(in);
            received = start + in.readableBytes();
            if (!events.done()) {
                Windows.show(in, start, (bytes, from, to, base) -> read(bytes, from, to, base, out));
            }
            if (!events.done()) {
                passage.passTo(waitingFrom(), out);
                passage.end(Integer.MAX_VALUE);
            } else {
                passage.passTo(heldFrom(), out);
                passage.end(HELD_BYTES_MAX);
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void finish(Sink out) {
        if (events.done()) {
            return;
        }
        passage.begin(Unpooled.EMPTY_BUFFER);
        if (events.eventStart() != EventScanner.NONE) {
            endEvent(received, out);
        }
        passage.passTo(terminalEnd == EventScanner.NONE ? received : terminalEnd, out);
        passage.end(0);
    }

    /** Reads one range; false once {@code [DONE]} was met. */
    private boolean read(byte[] bytes, int from, int to, long base, Sink out) {
        int i = from;
        while (i < to && !events.done()) {
            if (lineFeedDropped) {
                lineFeedDropped = false;
                passage.dropTo(bytes[i] == '\n' ? base + i + 1 : 0);
            }
            int end = events.scan(bytes, i, to, base);
            noteTerminal();
            if (end < 0) {
                break;
            }
            endEvent(base + end, out);
            i = end;
        }
        return !events.done();
    }

    /** What follows a terminal event and is not {@code [DONE]} shows that it was not the last. */
    private void noteTerminal() {
        if (document.isTerminal()) {
            terminalEnd = document.endPosition() - 1;
        } else if (terminalEnd != EventScanner.NONE && anotherBegan()) {
            terminalEnd = EventScanner.NONE;
        }
    }

    private boolean anotherBegan() {
        return events.eventStart() > terminalEnd && events.eventStart() != events.doneLineStart();
    }

    private void endEvent(long end, Sink out) {
        document.end();
        deltas += document.hasText() ? 1 : 0;
        if (mode == Mode.EDIT && end - events.eventStart() <= editedEventBytesMax) {
            edit(end, out);
        }
        document.reset();
        events.reset();
    }

    private void edit(long end, Sink out) {
        if (document.isUsageOnly()) {
            passage.passTo(events.eventStart(), out);
            passage.dropTo(end);
            lineFeedDropped = events.afterReturn();
        } else if (document.hasCut()) {
            passage.passTo(document.cutStart(), out);
            passage.dropTo(document.cutEnd());
        }
    }

    /** From where on bytes must wait for the next piece. */
    private long waitingFrom() {
        if (terminalEnd != EventScanner.NONE && received - terminalEnd <= HELD_BYTES_MAX) {
            return terminalEnd;
        }
        long from = mode == Mode.EDIT ? events.eventStart() : events.doneLineStart();
        boolean tooLarge = mode == Mode.EDIT && received - from > editedEventBytesMax;
        return from == EventScanner.NONE || tooLarge ? received : from;
    }

    /** From where on bytes must wait for the settlement. */
    private long heldFrom() {
        if (terminalEnd != EventScanner.NONE) {
            return terminalEnd;
        }
        return mode == Mode.EDIT ? events.eventStart() : events.doneLineStart();
    }

    @Override
    public boolean done() {
        return events.done() || terminalEnd != EventScanner.NONE;
    }

    @Override
    public ByteBuf takeHeld() {
        return passage.takeKept();
    }

    @Override
    public boolean insideEvent() {
        return mode == Mode.OBSERVE && !done() && events.eventStart() != EventScanner.NONE;
    }

    @Override
    public Optional<Usage> usage() {
        return document.usage().usage();
    }

    @Override
    public boolean sawMalformedUsage() {
        return document.usage().malformed();
    }

    @Override
    public boolean sawError() {
        return document.sawError();
    }

    @Override
    public Optional<String> model() {
        return document.model();
    }

    @Override
    public Progress progress() {
        return new Progress(deltas, document.textBytes());
    }

    @Override
    public void close() {
        passage.takeKept().release();
    }
}
