package dev.tollgate.limits;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import java.time.Duration;
import java.util.function.LongSupplier;

/** So much a minute, of requests or tokens: a bucket that holds one minute's worth and fills evenly. Safe on every thread. */
final class Rate {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Bucket bucket;

    /** Written by whichever event loop first sees changed settings; all of them would write the same. */
    private volatile long perMinute;

    /** What came of asking. {@code waitNanos} until asking again helps, 0 if it was granted; {@code fullNanos} until nothing is used. */
    record Answer(boolean granted, long perMinute, long remaining, long waitNanos, long fullNanos) {}

    Rate(long perMinute, LongSupplier nanoTime) {
        this.perMinute = perMinute;
        this.bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, MINUTE))
                .withCustomTimePrecision(new Clock(nanoTime))
                .build();
    }

    /** Another limit from now on; what was used of the old one counts in proportion. */
    void adjust(long changed) {
        if (changed != perMinute) {
            perMinute = changed;
            bucket.replaceConfiguration(
                    BucketConfiguration.builder()
                            .addLimit(limit -> limit.capacity(changed).refillGreedy(changed, MINUTE))
                            .build(),
                    TokensInheritanceStrategy.PROPORTIONALLY);
        }
    }

    Answer take(long amount) {
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(Math.max(1, amount));
        return new Answer(
                probe.isConsumed(),
                perMinute,
                Math.max(0, probe.getRemainingTokens()),
                probe.getNanosToWaitForRefill(),
                probe.getNanosToWaitForReset());
    }

    void giveBack(long amount) {
        if (amount > 0) {
            bucket.addTokens(amount);
        }
    }

    /** Takes what was used already; it may be owed, but never more than a minute's worth, so that nobody is shut out for long. */
    void owe(long amount) {
        long most = Math.addExact(perMinute, bucket.getAvailableTokens());
        long owed = Math.min(amount, most);
        if (owed > 0) {
            bucket.consumeIgnoringRateLimits(owed);
        }
    }

    private record Clock(LongSupplier nanoTime) implements TimeMeter {
        @Override
        public long currentTimeNanos() {
            return nanoTime.getAsLong();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}
