package dev.tollgate.sandbox.openai;

import dev.tollgate.sandbox.http.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A stream of server-sent events under the orders of a script. Confined to the connection's thread. */
final class EventStream {
    private final Call call;
    private final Wire wire;
    private final Script script;
    private final Tally tally;
    private final long delayMillis;
    private final boolean flushEach;
    private int events;

    /** Writes the events of one answer. */
    @FunctionalInterface
    interface Source {
        void writeTo(EventStream stream) throws IOException;
    }

    /** The script ended the stream; the response is complete. */
    private static final class EndedByScript extends IOException {}

    EventStream(Call call, Tally tally, long delayMillis) {
        this.call = call;
        this.wire = call.wire();
        this.script = call.script();
        this.tally = tally;
        this.delayMillis = script.eventMillis() >= 0 ? script.eventMillis() : delayMillis;
        this.flushEach = script.eventMillis() >= 0 || delayMillis > 0;
    }

    void run(Source source) throws IOException {
        try {
            wire.startChunked(200, call.headersFor("text/event-stream; charset=utf-8"));
            source.writeTo(this);
            beforeEvent();
            tally.complete();
            wire.endChunked();
        } catch (EndedByScript complete) {
            return;
        } catch (IOException gone) {
            tally.cut();
            throw gone;
        }
    }

    /** Sends one event, which is text that ends with an empty line. */
    void event(String text) throws IOException {
        beforeEvent();
        if (flushEach) {
            wire.flush();
            wire.pause(delayMillis);
        }
        wire.chunk(text.getBytes(StandardCharsets.UTF_8));
        events++;
        if (flushEach) {
            wire.flush();
        }
    }

    /** Sends an event that carries tokens of the answer. */
    void event(String text, long tokens) throws IOException {
        tally.add(tokens);
        event(text);
    }

    /** Sends the event that carries the usage object. */
    void usageEvent(String text) throws IOException {
        event(text);
        tally.usageWritten();
    }

    private void beforeEvent() throws IOException {
        if (events == script.cutAfterEvents()) {
            wire.flush();
            wire.cut(script.resetAfterEvents());
        }
        if (events == script.errorAfterEvents()) {
            wire.chunk(Errors.event().getBytes(StandardCharsets.UTF_8));
            tally.cut();
            wire.endChunked();
            throw new EndedByScript();
        }
    }
}
