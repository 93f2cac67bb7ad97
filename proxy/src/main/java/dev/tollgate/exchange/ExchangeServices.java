package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.telemetry.AccessLog;
import dev.tollgate.telemetry.Metrics;
import dev.tollgate.upstream.UpstreamPool;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What every exchange of one event loop works with.
 *
 * @param loop the event loop that all of it runs on
 * @param running the exchanges of this event loop that have not ended
 * @param requestIds makes a new id for each request; ids are unique for good, since they name usage events at Dodo
 * @param maxInputTokens by model: the most that an attached file can cost
 * @param maxOutputTokens by model: the most that it generates where nothing caps it
 * @param drainMillis how long an answer is read on after its caller has gone
 */
public record ExchangeServices(
        ScheduledExecutorService loop,
        Gate gate,
        LedgerThread ledger,
        UpstreamPool upstream,
        Metrics metrics,
        AccessLog accessLog,
        RunningExchanges running,
        InstantSource clock,
        LongSupplier nanoTime,
        Supplier<String> requestIds,
        int jsonDepth,
        ToLongFunction<String> maxInputTokens,
        ToLongFunction<String> maxOutputTokens,
        long drainMillis) {}
