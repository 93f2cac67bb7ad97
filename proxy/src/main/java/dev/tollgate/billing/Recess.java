package dev.tollgate.billing;

import dev.tollgate.billing.DodoClient.Result;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Until when nothing is sent, and why. Owned by the shipping thread. */
final class Recess {
    private static final Logger LOG = LoggerFactory.getLogger(Recess.class);
    private static final long SHORT_MILLIS = 100;

    private final InstantSource clock;
    private final Backoff backoff;
    private final BillingObserver observer;
    private long begunMillis;
    private long lengthMillis;
    private int failures;
    private boolean blocked;
    private @Nullable String problem;

    Recess(InstantSource clock, RandomGenerator random, BillingObserver observer) {
        this.clock = clock;
        this.backoff = new Backoff(random);
        this.observer = observer;
    }

    /** How long it lasts yet; a clock that was set back ends it. */
    long leftMillis() {
        long passedMillis = clock.millis() - begunMillis;
        return passedMillis < 0 ? 0 : Math.max(0, lengthMillis - passedMillis);
    }

    boolean blocked() {
        return blocked;
    }

    /** What went wrong last, if nothing went well since. */
    @Nullable
    String problem() {
        return problem;
    }

    /** Begins one after an answer that was no success. Always false, as the answer to "did it work?". */
    boolean after(Result<?> result) {
        return switch (result) {
            case Result.Ok<?> ignored -> throw new IllegalArgumentException("a success needs no recess");
            case Result.Unreachable<?> unreachable -> failed(unreachable.reason());
            case Result.Refused<?> refused -> refused(refused);
        };
    }

    private boolean refused(Result.Refused<?> refused) {
        String told = refused.status() + " " + refused.code() + " " + refused.message();
        if (IngestVerdict.of(refused) == IngestVerdict.BLOCKED) {
            return block(told);
        }
        if (refused.retryAfterMillis() > 0) {
            problem = told;
            return begin(refused.retryAfterMillis());
        }
        return failed(told);
    }

    /** Begins one after a failure, longer with every failure in a row. */
    boolean failed(String reason) {
        if (failures == 0) {
            LOG.warn("usage events wait, Dodo did not take them: {}", reason);
        }
        problem = reason;
        return begin(backoff.millis(failures++));
    }

    private boolean block(String told) {
        problem = told;
        if (!blocked) {
            blocked = true;
            observer.shippingBlocked(true);
            LOG.error(
                    "usage events wait, Dodo takes none: {}; check the API key, its permissions and the address", told);
        }
        return begin(Backoff.LONGEST_MILLIS);
    }

    /** Begins a short one, to let the ledger catch up. */
    void shortly() {
        begin(SHORT_MILLIS);
    }

    /** Ends it, since something went well. */
    void over() {
        if (failures > 0 || blocked) {
            LOG.info("usage events reach Dodo again");
        }
        if (blocked) {
            observer.shippingBlocked(false);
        }
        blocked = false;
        failures = 0;
        problem = null;
        lengthMillis = 0;
    }

    private boolean begin(long millis) {
        begunMillis = clock.millis();
        lengthMillis = millis;
        return false;
    }
}
