package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Balances.Freshness;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How readings begin in a new journal, and how they end where one cannot be made. */
class ReadingEndsTest {
    private static final Account ALICE = Books.ALICE;
    private static final String NOTHING = "{\"items\":[]}";

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<BillingObserver.ReadOutcome> outcomes = new CopyOnWriteArrayList<>();
    private final BillingObserver observer = new BillingObserver() {
        @Override
        public void balanceRead(ReadOutcome outcome) {
            outcomes.add(outcome);
        }
    };
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private BalanceReader reader(DodoClient.Pause pause, Executor threads) {
        return new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, pause, observer, threads);
    }

    /** In a journal that is new until a time. */
    private BalanceReader heir(long untilMillis) {
        return new BalanceReader(
                client,
                books.thread,
                BillingSettings.Refreshing.USUAL,
                new BillingSettings.Inheriting("api.tokens_used", "tokens", untilMillis),
                clock,
                clock,
                observer,
                executor);
    }

    private static Freshness refresh(BalanceReader reader) throws Exception {
        return reader.refresh(ALICE).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private void usedBefore(String id, String customerId, long tokens) {
        ObjectNode event =
                JsonNodeFactory.instance.objectNode().put("event_id", id).put("customer_id", customerId);
        event.putObject("metadata").put("tokens", tokens);
        dodo.events.put(id, event);
    }

    @Test
    void recentUsageOfAnEarlierJournalIsKeptBack() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        usedBefore("e1", "cus_alice", 100);
        usedBefore("e2", "cus_alice", 20);
        usedBefore("e3", "cus_bob", 7);

        assertThat(refresh(heir(clock.millis() + 1))).isEqualTo(Freshness.FRESH);

        assertThat(books.look(ALICE).availableUnits()).isEqualTo(880);
        assertThat(dodo.requests)
                .filteredOn(request -> request.startsWith("GET /events?"))
                .singleElement()
                .asString()
                .contains("start="
                        + clock.instant().minusSeconds(65 * 60).toString().replace(":", "%3A"));
    }

    @Test
    void aJournalThatIsOldEnoughInheritsNothing() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        usedBefore("e1", "cus_alice", 100);
        refresh(heir(clock.millis()));
        assertThat(books.look(ALICE).availableUnits()).isEqualTo(1_000);
        assertThat(dodo.count("GET /events?")).isZero();
    }

    @Test
    void whoUsedNothingLeavesNothing() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh(heir(clock.millis() + 1));
        assertThat(books.look(ALICE).availableUnits()).isEqualTo(1_000);
        assertThat(books.facts).noneMatch(fact -> fact instanceof Fact.Inherited);
    }

    @Test
    void nothingIsKnownUntilItIsKnownWhatWasInherited() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        dodo.fail(200, NOTHING);
        dodo.fail(200, NOTHING);
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }
        assertThat(refresh(heir(clock.millis() + 1))).isEqualTo(Freshness.UNREACHABLE);
        assertThat(books.look(ALICE).known()).isFalse();
        assertThat(outcomes).containsExactly(BillingObserver.ReadOutcome.UNREACHABLE);
    }

    /** Readings, as opposed to the upkeep of a cache that uses the same threads. */
    private static boolean isReading(Runnable task) {
        return task.getClass().getPackageName().equals(BalanceReader.class.getPackageName());
    }

    @Test
    void aReadingThatNobodyRunsIsAnsweredAndLeavesItsPlace() throws Exception {
        AtomicInteger readings = new AtomicInteger();
        BalanceReader reader = reader(clock, task -> {
            if (isReading(task) && readings.incrementAndGet() <= 1_100) {
                throw new RejectedExecutionException();
            }
            executor.execute(task);
        });
        for (int i = 0; i < 1_100; i++) {
            assertThat(refresh(reader)).isEqualTo(Freshness.UNREACHABLE);
        }
        assertThat(refresh(reader)).isEqualTo(Freshness.FRESH);
        assertThat(outcomes).hasSize(1_101).endsWith(BillingObserver.ReadOutcome.FRESH);
    }

    @Test
    void aReadingThatEndsLeavesItsPlace() throws Exception {
        AtomicInteger readings = new AtomicInteger();
        BalanceReader reader = reader(clock, task -> {
            readings.addAndGet(isReading(task) ? 1 : 0);
            task.run();
        });
        books.thread.stop();
        for (int i = 0; i < 1_100; i++) {
            assertThat(refresh(reader)).isEqualTo(Freshness.UNREACHABLE);
        }
        assertThat(readings).hasValue(1_100);
        assertThat(dodo.requests).isEmpty();
    }

    @Test
    void aReadingThatTheLedgerDoesNotTakeIsNone() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        dodo.beforeLedger.add(() -> {
            try {
                books.thread.stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(refresh(reader(clock, executor))).isEqualTo(Freshness.UNREACHABLE);
        assertThat(outcomes).containsExactly(BillingObserver.ReadOutcome.NOT_RECORDED);
    }

    @Test
    void whoeverIsInterruptedBetweenTwoReadingsReadsNothing() throws Exception {
        BalanceReader reader = reader(
                millis -> {
                    throw new InterruptedException();
                },
                executor);
        assertThat(refresh(reader)).isEqualTo(Freshness.FRESH);
        int before = dodo.requests.size();
        assertThat(refresh(reader)).isEqualTo(Freshness.UNREACHABLE);
        assertThat(dodo.requests).hasSize(before);
    }

    @Test
    void theSweepGoesOnUntilItIsInterrupted() throws Exception {
        AtomicInteger pauses = new AtomicInteger();
        BalanceReader reader = reader(
                millis -> {
                    clock.advance(millis);
                    if (pauses.incrementAndGet() == 3) {
                        throw new InterruptedException();
                    }
                },
                Runnable::run);
        dodo.post("cus_alice", "credit_added", 1_000);
        reader.startSweep("cde_1");
        assertThat(dodo.requests)
                .contains("GET /credit-entitlements/cde_1/balances?page_size=100&page_number=0")
                .allMatch(request -> request.contains("/balances?"));
    }

    @Test
    void whatTheSweepFindsMissingIsReadAtOnce() throws Exception {
        BalanceReader reader = reader(clock, Runnable::run);
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh(reader);
        dodo.post("cus_alice", "credit_added", 500);

        reader.sweep("cde_1").step();

        assertThat(books.look(ALICE).netUnits()).isEqualTo(1_500);
    }
}
