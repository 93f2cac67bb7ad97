package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.flight.FlightLane;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.limits.Limiter;
import dev.tollgate.metering.PromptCounter;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.telemetry.AccessLog;
import dev.tollgate.telemetry.Metrics;
import dev.tollgate.upstream.Upstreams;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What every exchange of one event loop works with.
 *
 * @param loop the event loop that all of it runs on
 * @param running the exchanges of this event loop that have not ended
 * @param attempts how requests are taken up
 * @param flights where the requests of this event loop leave a trace for whoever starts after a crash
 * @param requestIds makes a new UUID for each request; ids are unique for good, since they name usage events at Dodo
 * @param forms how large forms may be
 * @param maxInputTokens by model: the most that an attached file can cost
 * @param maxOutputTokens by model: the most that it generates where nothing caps it
 * @param promptCounter counts prompts
 * @param pricing how requests that begin now are charged
 * @param draining how far an answer is read on after its caller has gone
 */
public record ExchangeServices(
        ScheduledExecutorService loop,
        Gate gate,
        Limiter limiter,
        LedgerThread ledger,
        Upstreams upstreams,
        Metrics metrics,
        AccessLog accessLog,
        RunningExchanges running,
        Attempts attempts,
        FlightLane flights,
        InstantSource clock,
        LongSupplier nanoTime,
        Supplier<String> requestIds,
        int jsonDepth,
        Forms forms,
        ToLongFunction<String> maxInputTokens,
        ToLongFunction<String> maxOutputTokens,
        PromptCounter promptCounter,
        Supplier<Pricing> pricing,
        Draining draining) {

    /**
     * How large forms may be.
     *
     * @param bytes of one at most
     * @param gathered bytes of forms that are gathered because their files come before what must be known of them, over
     *     all event loops
     */
    public record Forms(int bytes, Semaphore gathered) {}

    /**
     * How far answers are read on.
     *
     * @param millis at most, each
     * @param bytes at most, each
     * @param tokens at most, each, as far as the answer shows them
     * @param places how many at once, over all event loops
     */
    public record Draining(long millis, long bytes, long tokens, Semaphore places) {}

    /**
     * How requests are charged. Immutable; a request keeps what was in force when it began.
     *
     * @param encodings by model: the name of its tokenizer, or null where it is not known
     * @param countsForHolds whether a hold may rely on that
     * @param estimateSharePermille the least part of its hold that an answer without reported usage is charged
     * @param audioSecondsLeast what is held for a recording however short it seems
     */
    public record Pricing(
            UnitWeights.Table weights,
            Function<String, @Nullable String> encodings,
            boolean countsForHolds,
            int estimateSharePermille,
            long audioSecondsLeast) {}
}
