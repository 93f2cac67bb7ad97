package dev.tollgate.bench;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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

/** What one durable group costs the journal: as many holds as settlements, in one commit with full synchronisation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class JournalBenchmark {
    private static final Fact.Tokens TOKENS = new Fact.Tokens(200, 100, 300, 0, 0);
    private static final String MODEL = "gpt-4o-mini";

    /** Requests whose hold and settlement are in the group. */
    @Param({"1", "10", "100"})
    int requests = 1;

    private final InstantSource clock = InstantSource.system();
    private @Nullable OpenLedger open;
    private long written;

    @Setup
    public void open() throws IOException, JournalException, InterruptedException {
        open = OpenLedger.create(clock);
    }

    @TearDown
    public void close() throws IOException, JournalException, InterruptedException {
        Objects.requireNonNull(open).close();
    }

    @Benchmark
    public void append() throws JournalException {
        OpenLedger ledger = Objects.requireNonNull(open);
        Account account = ledger.account();
        List<Fact> group = new ArrayList<>(2 * requests);
        long atMillis = clock.millis();
        for (int i = 0; i < requests; i++) {
            String id = "01a21910-4056-7011-%016x".formatted(written++);
            group.add(new Fact.Reserved(id, account, "key-1", MODEL, 1_000, 600, atMillis));
            group.add(new Fact.Settled(id, account, "key-1", MODEL, MODEL, 300, TOKENS, false, atMillis));
        }
        ledger.journal().append(group);
    }
}
