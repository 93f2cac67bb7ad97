package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thousands of threads want the same credits at the same moment, from a ledger on a real journal. */
class StressTest {
    private static final int REQUESTS = 5_000;
    private static final long UNITS = 100;
    private static final long NOW = 1_000_000;
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "99, 0", "100, 1", "699, 6", "700, 7", "701, 7"})
    void exactlyAsManyPassAsCanBePaid(long creditUnits, int payable) throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            List<Fact> facts = new ArrayList<>();
            LedgerThread ledger = LedgerThread.recover(
                    journal, facts::addAll, () -> {}, Executors.defaultThreadFactory(), InstantSource.system());
            ledger.start();
            Reading reading = new Reading(creditUnits, 0, 0, List.of(), null, NOW);
            ask(ledger, new Command.ApplyReading(ACCOUNT, reading, NOW));

            int served = race(ledger);
            AccountView end = ask(ledger, new Command.Look(ACCOUNT, new Overage.Off()));
            ledger.stop();

            assertThat(served).isEqualTo(payable);
            assertThat(end.usedUnits()).isEqualTo(payable * UNITS).isLessThanOrEqualTo(creditUnits);
            assertThat(end.heldUnits()).isZero();
            assertThat(facts).filteredOn(fact -> fact instanceof Fact.Settled).hasSize(payable);
        }
    }

    private static int race(LedgerThread ledger) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Boolean>> requests = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < REQUESTS; i++) {
                String requestId = "r" + i;
                requests.add(threads.submit(() -> {
                    start.await();
                    return serve(ledger, requestId);
                }));
            }
            start.countDown();
        }
        int served = 0;
        for (Future<Boolean> request : requests) {
            served += request.get() ? 1 : 0;
        }
        return served;
    }

    private static boolean serve(LedgerThread ledger, String requestId) {
        Command.ReserveAnswer answer = ask(
                ledger,
                new Command.Reserve(
                        requestId,
                        ACCOUNT,
                        "k",
                        "m",
                        UNITS,
                        0,
                        0,
                        1,
                        Policies.of(new Overage.Off()),
                        true,
                        REQUESTS,
                        1,
                        NOW));
        return answer instanceof Command.ReserveAnswer.Granted
                && ask(ledger, new Command.Settle(requestId, "m", UNITS, Fact.Tokens.NONE, false, NOW));
    }

    private static <A> A ask(LedgerThread ledger, Command<A> command) {
        CompletableFuture<A> answer = new CompletableFuture<>();
        ledger.submit(command, reply -> {
            switch (reply) {
                case LedgerThread.Reply.Durable<A> durable -> answer.complete(durable.answer());
                case LedgerThread.Reply.Refused<A> refused ->
                    answer.completeExceptionally(new AssertionError(refused.reason()));
            }
        });
        return answer.join();
    }
}
