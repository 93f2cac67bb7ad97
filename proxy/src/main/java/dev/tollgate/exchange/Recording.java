package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an exchange and its client, passes everything on at once, and keeps a copy for those who ask for the same
 * again: {@link Viewer}s, which read the copy each at its own pace. In memory alone, never on a disk.
 *
 * <p>Lives on its exchange's event loop. While there are viewers the provider is never paused: who reads slowly only lags
 * behind in the copy. A first client that does not keep up then is cut, since its own retry may be among the viewers.
 */
final class Recording implements ClientSide, Attempts.Attempt {
    private static final int PART_BYTES = 64 * 1024;

    private final Replays replays;
    private final Retry retry;
    private final Executor loop;
    private ClientSide first;
    private final List<Viewer> viewers = new ArrayList<>(0);
    private final RecordedBytes kept = new RecordedBytes();
    private @Nullable Exchange exchange;
    private @Nullable Head head;
    private @Nullable Ending ending;
    private boolean firstGone;
    private boolean dropped;

    /** What it occupies. Written on the event loop, and no more once it has ended; read by whoever forgets it then. */
    private volatile long bytes = Replays.ENTRY_BYTES;

    /** Written on the event loop, read wherever a retry comes. */
    private volatile State state = State.RUNNING;

    /** The same: whether the first client left before the end. */
    private volatile boolean abandoned;

    /** The last attempt that was taken for this answer. Written by whoever claims, one at a time. */
    private volatile int attempt;

    /** Whoever had been the first client; what is remembered holds on to no connection. */
    private static final class Nobody implements ClientSide {
        @Override
        public void head(int status, HttpHeaders headers) {}

        @Override
        public void data(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void flush() {}

        @Override
        public void end() {}

        @Override
        public void refuse(ApiError error, HttpHeaders headers) {}

        @Override
        public void abort() {}

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void readUpload(boolean read) {}
    }

    enum State {
        RUNNING,
        /** Its answer is complete and can be given again. */
        SERVED,
        /** There is no answer to give; who asks again is served anew. */
        FAILED
    }

    record Head(int status, HttpHeaders headers) {}

    /** How an answer comes to its end. */
    sealed interface Ending {
        record Whole() implements Ending {}

        record Cut() implements Ending {}

        record Refused(ApiError error, HttpHeaders headers) implements Ending {}
    }

    /** Some of an answer: its head where that comes first, and its ending where that comes last. */
    record Part(
            @Nullable Head head,
            List<byte[]> pieces,
            @Nullable Ending ending) {}

    Recording(Replays replays, Retry retry, Executor loop, ClientSide first) {
        this.replays = replays;
        this.retry = retry;
        this.loop = loop;
        this.first = first;
        this.attempt = retry.attempt();
    }

    /** Records the answer of {@code recorded}. */
    Recording of(Exchange recorded) {
        exchange = recorded;
        return this;
    }

    Retry retry() {
        return retry;
    }

    State state() {
        return state;
    }

    boolean abandoned() {
        return abandoned;
    }

    int attempt() {
        return attempt;
    }

    void attempted(int by) {
        attempt = by;
    }

    long bytes() {
        return bytes;
    }

    /** Where its methods are to be called. */
    Executor loop() {
        return loop;
    }

    @Override
    public void start() {
        running().start();
    }

    @Override
    public void clientWritable() {
        if (exchange != null) {
            exchange.clientWritable();
        }
    }

    /** Whoever has joined keeps the exchange going as if nobody had left. */
    @Override
    public void clientGone() {
        firstGone = true;
        abandoned = ending == null;
        if (viewers.isEmpty() && exchange != null) {
            exchange.clientGone();
        }
    }

    void join(Viewer viewer) {
        if (state == State.FAILED || dropped) {
            replays.forget(this);
            viewer.goAlone();
            return;
        }
        viewers.add(viewer);
        if (exchange != null) {
            if (firstGone) {
                exchange.clientBack();
            }
            exchange.clientWritable();
        }
        pump(viewer);
    }

    void leave(Viewer viewer) {
        if (viewers.remove(viewer) && viewers.isEmpty()) {
            if (state == State.FAILED) {
                kept.clear();
            } else if (exchange != null && firstGone) {
                exchange.clientGone();
            }
        }
    }

    /** Gives a viewer what it has not seen; it asks again when it has passed that on. */
    void pump(Viewer viewer) {
        if (viewer.reading().busy() || !viewers.contains(viewer)) {
            return;
        }
        Viewer.Reading reading = viewer.reading();
        List<byte[]> next = kept.from(reading.position(), PART_BYTES);
        long position = reading.position();
        for (byte[] piece : next) {
            position += piece.length;
        }
        @Nullable Head unseen = reading.headSeen() ? null : head;
        @Nullable Ending last = position == kept.length() ? ending : null;
        if (unseen == null && next.isEmpty() && last == null) {
            return;
        }
        viewer.read(new Viewer.Reading(position, reading.headSeen() || unseen != null, true));
        viewer.deliver(new Part(unseen, next, last));
        if (last != null) {
            leave(viewer);
        }
    }

    private void pumpAll() {
        List.copyOf(viewers).forEach(this::pump);
    }

    @Override
    public void head(int status, HttpHeaders headers) {
        head = new Head(status, headers.copy());
        first.head(status, headers);
        pumpAll();
    }

    @Override
    public void data(ByteBuf data) {
        keep(data);
        if (!viewers.isEmpty() && !firstGone && !first.writable()) {
            first.abort();
        }
        first.data(data);
        pumpAll();
    }

    private void keep(ByteBuf data) {
        if (dropped || !data.isReadable()) {
            return;
        }
        if (kept.add(data, replays::take)) {
            bytes = Replays.ENTRY_BYTES + kept.occupiedBytes();
        } else {
            drop();
        }
    }

    /** There is no room for the rest, so nobody else can have it: who waits for it is cut, and tries again. */
    private void drop() {
        dropped = true;
        List<Viewer> waiting = List.copyOf(viewers);
        viewers.clear();
        waiting.forEach(viewer -> viewer.deliver(new Part(null, List.of(), new Ending.Cut())));
        free();
        kept.clear();
        if (firstGone && !waiting.isEmpty()) {
            running().clientGone();
        }
    }

    private void free() {
        replays.giveBack(bytes - Replays.ENTRY_BYTES);
        bytes = Replays.ENTRY_BYTES;
    }

    @Override
    public void flush() {
        first.flush();
    }

    @Override
    public void end() {
        first.end();
        over(new Ending.Whole());
    }

    @Override
    public void refuse(ApiError error, HttpHeaders headers) {
        HttpHeaders copy = headers.copy();
        first.refuse(error, headers);
        over(new Ending.Refused(error, copy));
    }

    @Override
    public void abort() {
        first.abort();
        over(new Ending.Cut());
    }

    private void over(Ending how) {
        if (ending == null) {
            ending = how;
            pumpAll();
        }
    }

    @Override
    public void finished(boolean complete) {
        over(new Ending.Cut());
        if (complete && !dropped && ending instanceof Ending.Whole) {
            replays.giveBack(kept.trim());
            bytes = Replays.ENTRY_BYTES + kept.occupiedBytes();
            state = State.SERVED;
        } else {
            free();
            if (viewers.isEmpty()) {
                kept.clear();
            }
            state = State.FAILED;
        }
        exchange = null;
        first = new Nobody();
        replays.ended(this);
    }

    /** A body that is passed on as it comes is never recorded. */
    @Override
    public void readUpload(boolean read) {
        first.readUpload(read);
    }

    @Override
    public boolean writable() {
        return !viewers.isEmpty() || first.writable();
    }

    private Exchange running() {
        return Objects.requireNonNull(exchange, "records nothing yet");
    }
}
