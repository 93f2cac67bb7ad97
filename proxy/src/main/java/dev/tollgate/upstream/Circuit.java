package dev.tollgate.upstream;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a provider has failed so often in a row that others are asked first. One for each provider, shared by all event
 * loops; its state is one immutable value that is exchanged atomically.
 */
final class Circuit {

    /** On what terms a call may be made. */
    enum Entry {
        USUAL,
        /** The one call that finds out whether the provider is back. Its end must be reported, whatever it is. */
        PROBE,
        BARRED
    }

    private sealed interface State {
        record Closed(int failures) implements State {}

        record Open(long untilNanos) implements State {}

        record Probed() implements State {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(Circuit.class);
    private static final State FRESH = new State.Closed(0);

    private final String upstream;
    private final int failuresMax;
    private final long openNanos;
    private final LongSupplier nanoTime;
    private final AtomicReference<State> state = new AtomicReference<>(FRESH);

    Circuit(String upstream, int failuresMax, long openMillis, LongSupplier nanoTime) {
        this.upstream = upstream;
        this.failuresMax = failuresMax;
        this.openNanos = TimeUnit.MILLISECONDS.toNanos(openMillis);
        this.nanoTime = nanoTime;
    }

    /** Asks to make a call. */
    Entry enter() {
        State seen = Objects.requireNonNull(state.get());
        return switch (seen) {
            case State.Closed ignored -> Entry.USUAL;
            case State.Probed ignored -> Entry.BARRED;
            case State.Open open -> {
                boolean due = nanoTime.getAsLong() - open.untilNanos() >= 0;
                yield due && state.compareAndSet(seen, new State.Probed()) ? Entry.PROBE : Entry.BARRED;
            }
        };
    }

    /** The provider answered as one that works. */
    void succeeded() {
        State before = state.getAndSet(FRESH);
        if (!(before instanceof State.Closed)) {
            LOG.info("upstream {} is back", upstream);
        }
    }

    /** The provider failed. */
    void failed() {
        State before = state.getAndUpdate(this::afterFailure);
        if (before instanceof State.Closed && state.get() instanceof State.Open) {
            LOG.warn(
                    "upstream {} failed {} times in a row; others are asked first for {} s",
                    upstream,
                    failuresMax,
                    TimeUnit.NANOSECONDS.toSeconds(openNanos));
        }
    }

    private State afterFailure(State before) {
        return switch (before) {
            case State.Closed closed ->
                closed.failures() + 1 < failuresMax
                        ? new State.Closed(closed.failures() + 1)
                        : new State.Open(nanoTime.getAsLong() + openNanos);
            case State.Probed ignored -> new State.Open(nanoTime.getAsLong() + openNanos);
            // A call from before it opened, or one for which there was no other choice.
            case State.Open open -> open;
        };
    }

    /** The probe ended without telling anything: the next call is one. */
    void probeAbandoned() {
        state.updateAndGet(before -> before instanceof State.Probed ? new State.Open(nanoTime.getAsLong()) : before);
    }

    boolean closed() {
        return state.get() instanceof State.Closed;
    }
}
