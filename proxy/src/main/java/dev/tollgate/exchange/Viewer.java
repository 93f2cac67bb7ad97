package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.telemetry.AccessLog;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that gets an answer which another request has caused. On its client's event loop, but for {@link #reading},
 * which belongs to the recording; parts and questions go back and forth between the two loops.
 */
final class Viewer implements Attempts.Attempt {
    private static final String OUTCOME = "replayed";

    private final ExchangeServices services;
    private final ClientSide client;
    private final Ask ask;
    private final Recording recording;
    private Recording.@Nullable Head head;
    private Attempts.@Nullable Attempt alone;
    private boolean waiting;
    private boolean bodyReleased;
    private boolean over;
    private long answerBytes;

    /** Owned by the recording, on its event loop. */
    private Reading reading = new Reading(0, false, false);

    /** How far this viewer has been given the answer; busy until it asks for more. */
    record Reading(long position, boolean headSeen, boolean busy) {}

    Viewer(ExchangeServices services, ClientSide client, Ask ask, Recording recording) {
        this.services = services;
        this.client = client;
        this.ask = ask;
        this.recording = recording;
    }

    @Override
    public void start() {
        recording.loop().execute(() -> recording.join(this));
    }

    Reading reading() {
        return reading;
    }

    void read(Reading further) {
        reading = further;
    }

    /** Called by the recording: what was to be joined has failed meanwhile, so this is a request like any other. */
    void goAlone() {
        services.loop().execute(() -> {
            if (over) {
                return;
            }
            over = true;
            bodyReleased = true;
            alone = services.attempts().attempt(services, client, ask);
            alone.start();
        });
    }

    /** Called by the recording. */
    void deliver(Recording.Part part) {
        services.loop().execute(() -> take(part));
    }

    private void take(Recording.Part part) {
        if (over) {
            return;
        }
        releaseBody();
        Recording.@Nullable Head begins = part.head();
        if (begins != null) {
            head = begins;
            client.head(begins.status(), marked(begins.headers()));
        }
        for (byte[] piece : part.pieces()) {
            answerBytes += piece.length;
            client.data(Unpooled.wrappedBuffer(piece));
        }
        client.flush();
        Recording.@Nullable Ending ending = part.ending();
        if (ending != null) {
            end(ending);
        } else if (client.writable()) {
            askForMore();
        } else {
            waiting = true;
        }
    }

    private void end(Recording.Ending ending) {
        over = true;
        int status = head == null ? 500 : head.status();
        HttpHeaders headers = head == null ? Headers.empty() : head.headers();
        switch (ending) {
            case Recording.Ending.Whole ignored -> {
                client.end();
                note(status, headers, null);
            }
            case Recording.Ending.Cut ignored -> {
                client.abort();
                note(status, headers, null);
            }
            case Recording.Ending.Refused refused -> {
                client.refuse(refused.error(), marked(refused.headers()));
                note(refused.error().status(), refused.headers(), refused.error());
            }
        }
    }

    /** The same fields, but for those that tell of the present. */
    private static HttpHeaders marked(HttpHeaders recorded) {
        HttpHeaders headers = recorded.copy();
        recorded.names().stream()
                .filter(name -> name.startsWith("x-ratelimit-"))
                .forEach(headers::remove);
        return headers.set("x-tollgate-replayed", "true");
    }

    private void note(int status, HttpHeaders headers, @Nullable ApiError error) {
        long nanos = services.nanoTime().getAsLong() - ask.startedNanos();
        String route = ask.route().path();
        services.metrics().requestEnded(route, OUTCOME, status, nanos);
        services.accessLog()
                .write(new AccessLog.Line(
                        headers.get("x-tollgate-request-id", "none"),
                        route,
                        ask.caller().keyId(),
                        ask.caller().account().customerId(),
                        null,
                        false,
                        status,
                        OUTCOME,
                        error == null ? null : error.code(),
                        0,
                        0,
                        false,
                        0,
                        answerBytes,
                        -1,
                        -1,
                        TimeUnit.NANOSECONDS.toMicros(nanos)));
    }

    private void askForMore() {
        recording.loop().execute(() -> {
            reading = new Reading(reading.position(), reading.headSeen(), false);
            recording.pump(this);
        });
    }

    @Override
    public void clientWritable() {
        if (alone != null) {
            alone.clientWritable();
        } else if (waiting) {
            waiting = false;
            askForMore();
        }
    }

    @Override
    public void clientGone() {
        if (alone != null) {
            alone.clientGone();
        } else if (!over) {
            over = true;
            releaseBody();
            recording.loop().execute(() -> recording.leave(this));
        }
    }

    private void releaseBody() {
        if (!bodyReleased) {
            bodyReleased = true;
            ask.body().release();
        }
    }
}
