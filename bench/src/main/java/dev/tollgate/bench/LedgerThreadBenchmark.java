package dev.tollgate.bench;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one request costs the ledger: a durable reservation, and once it is granted a durable settlement, on SQLite with
 * full synchronisation.
 *
 * <p>With one request in flight the time is how long both together take. With more it is the time between two requests
 * that end, the inverse of the throughput. Submitted by the benchmark's thread, settled on the ledger thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class LedgerThreadBenchmark {
    private static final Fact.Tokens TOKENS = new Fact.Tokens(200, 100, 300, 0, 0);
    private static final long DAY_MILLIS = 86_400_000;

    @Param({"1", "100"})
    int inFlight = 1;

    private final InstantSource clock = InstantSource.system();
    private Semaphore free = new Semaphore(0);
    private @Nullable OpenLedger open;
    private long requests;

    /** Set by the ledger thread, read by the benchmark's. */
    private volatile @Nullable Object unexpected;

    @Setup
    public void open() throws IOException, JournalException, InterruptedException {
        open = OpenLedger.create(clock);
        free = new Semaphore(inFlight);
    }

    @TearDown
    public void close() throws IOException, JournalException, InterruptedException {
        free.acquire(inFlight);
        Objects.requireNonNull(open).close();
    }

    @Benchmark
    public void reserveAndSettle() throws InterruptedException {
        OpenLedger ledger = Objects.requireNonNull(open);
        String requestId = "request-" + requests++;
        free.acquire();
        ledger.thread().submit(reserve(requestId, ledger.account()), reply -> {
            if (reply instanceof LedgerThread.Reply.Durable<Command.ReserveAnswer> durable
                    && durable.answer() instanceof Command.ReserveAnswer.Granted granted) {
                settle(ledger, requestId, granted.heldUnits());
            } else {
                end(reply);
            }
        });
        if (inFlight == 1) {
            free.acquire();
            free.release();
        }
        if (unexpected != null) {
            throw new IllegalStateException("not durable: " + unexpected);
        }
    }

    private void settle(OpenLedger ledger, String requestId, long heldUnits) {
        Command.Settle settle = new Command.Settle(
                requestId, "gpt-4o-mini-2024-07-18", Math.min(300, heldUnits), TOKENS, false, clock.millis());
        ledger.thread().submit(settle, reply -> {
            boolean booked = reply instanceof LedgerThread.Reply.Durable<Boolean> durable && durable.answer();
            end(booked ? null : reply);
        });
    }

    private void end(@Nullable Object problem) {
        if (problem != null) {
            unexpected = problem;
        }
        free.release();
    }

    private Command.Reserve reserve(String requestId, Account account) {
        return new Command.Reserve(
                requestId,
                account,
                "key-1",
                "gpt-4o-mini",
                1_100,
                4_096,
                4_096,
                1,
                new Command.Policy(new Overage.Off(), true, true, Command.Undeducted.ALLOW, 120_000),
                false,
                1_000,
                DAY_MILLIS,
                clock.millis());
    }
}
