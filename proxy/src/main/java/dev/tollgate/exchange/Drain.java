package dev.tollgate.exchange;

import dev.tollgate.admission.Caller;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * One answer that is read on although its caller has gone: the provider goes on generating and charging, and says how much
 * it was only at the end. Bounded in time, in bytes, and in how many there are at once. On the exchange's event loop.
 */
final class Drain {
    private final Semaphore places;
    private final ScheduledFuture<?> timer;
    private long leftBytes;

    private Drain(Semaphore places, ScheduledFuture<?> timer, long leftBytes) {
        this.places = places;
        this.timer = timer;
        this.leftBytes = leftBytes;
    }

    /**
     * Begins, if the caller's plan wants it and there is a place.
     *
     * @param tooLong called when time is up
     */
    static Optional<Drain> begin(ExchangeServices services, Caller caller, Runnable tooLong) {
        ExchangeServices.Draining draining = services.draining();
        switch (caller.disconnect()) {
            case CANCEL -> services.metrics().callerGone("cancelled");
            case DRAIN -> {
                if (draining.places().tryAcquire()) {
                    services.metrics().callerGone("drained");
                    ScheduledFuture<?> timer =
                            services.loop().schedule(tooLong, draining.millis(), TimeUnit.MILLISECONDS);
                    return Optional.of(new Drain(draining.places(), timer, draining.bytes()));
                }
                services.metrics().callerGone("no_place");
            }
        }
        return Optional.empty();
    }

    /** Counts a piece of the answer; false when that was too much. */
    boolean take(int bytes) {
        leftBytes -= bytes;
        return leftBytes >= 0;
    }

    /** Gives the place back. To be called once. */
    void end() {
        timer.cancel(false);
        places.release();
    }
}
