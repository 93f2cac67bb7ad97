package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * A {@link ResponseReader} for answers in one piece, JSON as a rule. White space before the answer, which some servers send to keep the
 * connection open, passes at once; the closing brace and all that follows is held. When the body is not an object, its
 * last byte is held instead: with a known content length the client takes the last byte for the end.
 */
final class AnswerReader implements ResponseReader {

    private final DocumentScanner document = new DocumentScanner();
    private final Passage passage = new Passage();
    private final boolean json;
    private boolean ended;

    /** @param json whether the bytes are JSON, so that they can be read */
    AnswerReader(boolean json) {
        this.json = json;
    }

    @Override
    public void feed(ByteBuf in, Sink out) {
        try {
            long start = passage.begin(in);
            if (json && !document.complete()) {
                Windows.show(in, start, this::read);
            }
            if (document.complete()) {
                end();
            }
            passage.passTo(heldFrom(start + in.readableBytes()), out);
            passage.end(Integer.MAX_VALUE);
        } finally {
            in.release();
        }
    }

    @Override
    public void finish(Sink out) {
        end();
    }

    private boolean read(byte[] bytes, int from, int to, long base) {
        document.scan(bytes, from, to, base);
        return !document.complete();
    }

    /** From where on bytes wait for the settlement; of endless text behind the answer only the last part does. */
    private long heldFrom(long received) {
        if (document.complete()) {
            return Math.max(document.endPosition() - 1, received - HELD_BYTES_MAX);
        }
        return json && document.isObjectOrBlank() ? received : received - 1;
    }

    private void end() {
        if (!ended) {
            ended = true;
            document.end();
        }
    }

    @Override
    public boolean done() {
        return document.complete();
    }

    @Override
    public ByteBuf takeHeld() {
        return passage.takeKept();
    }

    @Override
    public boolean insideEvent() {
        return false;
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
        long textBytes = document.textBytes();
        return new Progress(textBytes > 0 ? 1 : 0, textBytes);
    }

    @Override
    public void close() {
        passage.takeKept().release();
    }
}
