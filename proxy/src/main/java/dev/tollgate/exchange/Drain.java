package dev.tollgate.exchange;

import dev.tollgate.admission.Caller;
import dev.tollgate.openai.ResponseReader.Progress;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One answer that is read on although its caller has gone: the provider goes on generating and charging, and says how much
 * it was only at the end. Bounded in time, in bytes, in tokens, and in how many there are at once. On the exchange's event loop.
 */
final class Drain {
    private final Semaphore places;
    private final ScheduledFuture<?> timer;
    private final long mostTokens;
    private long leftBytes;

    private Drain(Semaphore places, ScheduledFuture<?> timer, long leftBytes, long mostTokens) {
        this.places = places;
        this.timer = timer;
        this.leftBytes = leftBytes;
        this.mostTokens = mostTokens;
    }

    /**
     * Begins, if the caller's plan wants it and there is a place.
     *
     * @param before what has come of the answer, which does not count; null for nothing
     * @param tooLong called when time is up
     */
    static Optional<Drain> begin(ExchangeServices services, Caller caller, @Nullable Answer before, Runnable tooLong) {
        ExchangeServices.Draining draining = services.draining();
        switch (caller.disconnect()) {
            case CANCEL -> services.metrics().callerGone("cancelled");
            case DRAIN -> {
                if (draining.places().tryAcquire()) {
                    services.metrics().callerGone("drained");
                    ScheduledFuture<?> timer =
                            services.loop().schedule(tooLong, draining.millis(), TimeUnit.MILLISECONDS);
                    long mostTokens = Math.addExact(tokens(before), draining.tokens());
                    return Optional.of(new Drain(draining.places(), timer, draining.bytes(), mostTokens));
                }
                services.metrics().callerGone("no_place");
            }
        }
        return Optional.empty();
    }

    /** Counts a piece of the answer; false when that was too much. */
    boolean take(int bytes, Answer answer) {
        leftBytes -= bytes;
        return leftBytes >= 0 && tokens(answer) <= mostTokens;
    }

    /** As an estimate counts them: the provider tells at the end. An answer in one piece shows none before it is whole. */
    private static long tokens(@Nullable Answer answer) {
        @Nullable Progress progress = answer == null ? null : answer.streamProgress();
        return progress == null ? 0 : progress.tokens();
    }

    /** Gives the place of a drain back, where there is one; there is none then. */
    static @Nullable Drain ended(@Nullable Drain drain) {
        if (drain != null) {
            drain.timer.cancel(false);
            drain.places.release();
        }
        return null;
    }
}
