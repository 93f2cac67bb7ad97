package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Account;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Balances.Freshness;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Reading;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BalanceReaderTest {
    private static final Account ALICE = Books.ALICE;
    private static final long MINUTE_MILLIS = 60_000;

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private BalanceReader reader;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        reader = reader();
    }

    private BalanceReader reader() {
        return new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, BillingObserver.SILENT, executor);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private Freshness refresh() throws Exception {
        return reader.refresh(ALICE).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private AccountView alice() {
        return books.look(ALICE);
    }

    private void deliver(FakeDodo.Line line) throws Exception {
        Reading.Entry entry = new CreditUnits(1).entry(FakeDodo.json("cus_alice", line));
        books.ask(new Command.ApplyEntries(ALICE, List.of(entry), clock.millis()));
    }

    @Test
    void aCustomerWithoutCreditsHasZero() throws Exception {
        assertThat(refresh()).isEqualTo(Freshness.FRESH);
        assertThat(alice().known()).isTrue();
        assertThat(alice().netUnits()).isZero();
    }

    @Test
    void anEntitlementThatDoesNotExistIsNotZero() throws Exception {
        Account mistyped = new Account("cus_alice", "cde_mistyped");
        assertThat(reader.refresh(mistyped).toCompletableFuture().get(30, TimeUnit.SECONDS))
                .isEqualTo(Freshness.UNREACHABLE);
        assertThat(books.look(mistyped).known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFirstReadingTakesTheBalanceAndKnowsWhatIsInside(boolean numbers) throws Exception {
        dodo.numbers = numbers;
        FakeDodo.Line grant = dodo.post("cus_alice", "credit_added", 1_000);
        clock.advance(1_000);
        dodo.post("cus_alice", "credit_deducted", -300);
        refresh();
        deliver(grant);
        assertThat(alice().netUnits()).isEqualTo(700);
    }

    @Test
    void aCreditThatArrivesWhileTheFirstReadingRunsCountsOnce() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        dodo.beforeLedger.add(() -> dodo.post("cus_alice", "credit_added", 500));
        refresh();
        assertThat(alice().netUnits()).isEqualTo(1_500);
        deliver(dodo.ledger("cus_alice").getLast());
        assertThat(alice().netUnits()).isEqualTo(1_500);
        assertThat(refresh()).isEqualTo(Freshness.FRESH);
        assertThat(books.drifts()).isZero();
    }

    @Test
    void aBalanceThatNeverStandsStillIsTakenFromItsNewestEntry() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        for (int i = 0; i < 3; i++) {
            dodo.beforeLedger.add(() -> dodo.post("cus_alice", "credit_deducted", -1));
        }
        refresh();
        assertThat(alice().netUnits()).isEqualTo(997);
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice/ledger"))
                .isEqualTo(3);
    }

    @Test
    void aKnownAccountIsFollowedEntryByEntryWithOneCall() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        books.settle("req_1", ALICE, 300);
        clock.advance(MINUTE_MILLIS);
        dodo.post("cus_alice", "credit_deducted", -300);
        clock.advance(MINUTE_MILLIS);
        int before = dodo.requests.size();
        refresh();
        assertThat(alice().netUnits()).isEqualTo(700);
        assertThat(alice().unreflectedUnits()).isZero();
        assertThat(dodo.requests).hasSize(before + 1);
        assertThat(books.drifts()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 101, 250})
    void manyEntriesSinceTheLastReadingAreAllFollowed(int entries) throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        books.settle("req_1", ALICE, 500);
        for (int i = 0; i < entries; i++) {
            clock.advance(1);
            dodo.post("cus_alice", "credit_deducted", -1);
        }
        refresh();
        assertThat(alice().deductedUnits()).isEqualTo(entries);
        assertThat(alice().netUnits()).isEqualTo(1_000 - entries);
        assertThat(books.drifts()).isZero();
    }

    @Test
    void anOldEntryThatNeverArrivedIsFoundBehindANewerOne() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        books.settle("req_1", ALICE, 300);
        clock.advance(60 * MINUTE_MILLIS);
        dodo.post("cus_alice", "credit_deducted", -300);
        clock.advance(60 * MINUTE_MILLIS);
        deliver(dodo.post("cus_alice", "credit_added", 50));
        refresh();
        assertThat(alice().netUnits()).isEqualTo(750);
        assertThat(alice().unreflectedUnits())
                .as("the deduction was recognised as ours")
                .isZero();
        assertThat(books.drifts()).isZero();
    }

    @Test
    void aDeductionIsFoundHoweverLongAgoItsWebhookWasLost() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        books.settle("req_1", ALICE, 300);
        clock.advance(MINUTE_MILLIS);
        dodo.post("cus_alice", "credit_deducted", -300);
        clock.advance(90 * 24 * 60 * MINUTE_MILLIS);
        deliver(dodo.post("cus_alice", "credit_added", 50));
        refresh();
        assertThat(alice().availableUnits()).isEqualTo(750);
        assertThat(alice().unreflectedUnits()).isZero();
        assertThat(books.drifts()).isZero();
    }

    @Test
    void aLostDeductionIsFoundAlsoWhereALostGrantMadeUpForIt() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        books.settle("req_1", ALICE, 300);
        clock.advance(MINUTE_MILLIS);
        dodo.post("cus_alice", "credit_deducted", -300);
        dodo.post("cus_alice", "credit_added", 300);
        clock.advance(60 * MINUTE_MILLIS);
        deliver(dodo.post("cus_alice", "credit_added", 50));
        refresh();
        assertThat(alice().availableUnits()).isEqualTo(1_050);
        assertThat(alice().unreflectedUnits()).isZero();
    }

    @Test
    void aReadingReachesBackToWhereTheLastOneGotAlsoAfterARestart(@TempDir Path elsewhere) throws Exception {
        books.close();
        books = new Books(elsewhere, clock);
        reader = reader();
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        for (int hour = 0; hour < 5; hour++) {
            clock.advance(60 * MINUTE_MILLIS);
            dodo.post("cus_alice", "credit_added", 1);
            refresh();
        }
        books.close();
        books = new Books(elsewhere, clock);
        assertThat(alice().completeMicros())
                .isEqualTo(CreditUnits.micros(clock.instant().minusSeconds(5 * 60)));
    }

    @Test
    void whatNoEntryExplainsIsPutRightAndSaid() throws Exception {
        List<Long> drifts = new java.util.concurrent.CopyOnWriteArrayList<>();
        BillingObserver observer = new BillingObserver() {
            @Override
            public void balanceDrifted(Account account, long driftUnits) {
                drifts.add(driftUnits);
            }
        };
        reader = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
        FakeDodo.Line grant = dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        dodo.ledger("cus_alice").clear();
        dodo.ledger("cus_alice").add(new FakeDodo.Line(grant.id(), "credit_added", "api", 0, 900, grant.createdAt()));
        refresh();
        assertThat(alice().netUnits()).isEqualTo(900);
        assertThat(drifts).containsExactly(100L);
    }

    @Test
    void usageThatSomebodyElseSentIsSaid() throws Exception {
        AtomicLong foreignUnits = new AtomicLong();
        BillingObserver observer = new BillingObserver() {
            @Override
            public void foreignUsageDeducted(Account account, long units) {
                assertThat(account).isEqualTo(ALICE);
                foreignUnits.addAndGet(units);
            }
        };
        reader = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
        dodo.post("cus_alice", "credit_added", 1_000);
        dodo.post("cus_alice", "credit_deducted", -10);
        refresh();
        books.settle("req_1", ALICE, 300);
        dodo.post("cus_alice", "credit_deducted", -300);
        refresh();
        assertThat(foreignUnits).as("the first reading and our own").hasValue(0);

        dodo.post("cus_alice", "credit_deducted", -40);
        dodo.post("cus_alice", "credit_expired", -5);
        refresh();
        refresh();

        assertThat(foreignUnits).hasValue(40);
        assertThat(alice().availableUnits()).isEqualTo(645);
    }

    @Test
    void aWebhookThatOvertakesAnEmptyReadingIsNotUndone() throws Exception {
        refresh();
        clock.advance(MINUTE_MILLIS);
        CountDownLatch hold = new CountDownLatch(1);
        dodo.holdBalances = Optional.of(hold);
        var reading = reader.refresh(ALICE).toCompletableFuture();
        await().until(() -> dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice") >= 3);
        FakeDodo.Line topUp = new FakeDodo.Line("cdl_top_up", "credit_added", "payment", 0, 1_000, clock.instant());
        deliver(topUp);
        hold.countDown();
        reading.get(30, TimeUnit.SECONDS);
        assertThat(alice().netUnits()).isEqualTo(1_000);
        assertThat(books.drifts()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "active, false, null, 0",
        "active, true, null, 9223372036854775807",
        "active, true, '\"500\"', 500",
        "active, true, 500, 500",
        "past_due, true, 500, 500",
        "cancelled, true, 500, 0",
        "something, true, 500, 0"
    })
    void overageIsAllowedAsLiveSubscriptionsSay(String status, boolean enabled, String limit, long units)
            throws Exception {
        dodo.subscriptions.put("sub_1", status);
        dodo.overageEnabled = enabled;
        dodo.overageLimit = limit;
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        assertThat(alice().availableUnits()).isEqualTo(units == Long.MAX_VALUE ? units : 1_000 + units);
    }

    @Test
    void theTermsAreReadAgainWhenTheyMayHaveChangedOrAreOld() throws Exception {
        refresh();
        refresh();
        assertThat(dodo.count("GET /subscriptions?")).isEqualTo(1);
        reader.termsMayHaveChanged(ALICE);
        refresh();
        assertThat(dodo.count("GET /subscriptions?")).isEqualTo(2);
        clock.advance(10 * MINUTE_MILLIS);
        refresh();
        assertThat(dodo.count("GET /subscriptions?")).isEqualTo(3);
    }

    @Test
    void termsThatCannotBeReadStayAsTheyWere() throws Exception {
        dodo.subscriptions.put("sub_1", "active");
        dodo.overageEnabled = true;
        dodo.overageLimit = "500";
        refresh();
        for (int i = 0; i < 3; i++) {
            dodo.fail(500, "");
        }
        reader.termsMayHaveChanged(ALICE);
        assertThat(refresh()).isEqualTo(Freshness.FRESH);
        assertThat(alice().availableUnits()).isEqualTo(500);
    }

    @Test
    void whoeverAsksWhileAReadingRunsGetsOneThatBeganLater() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch hold = new CountDownLatch(1);
        dodo.beforeLedger.add(() -> {
            reached.countDown();
            awaitQuietly(hold);
        });
        CompletableFuture<Freshness> running = reader.refresh(ALICE).toCompletableFuture();
        reached.await();
        CompletableFuture<Freshness> later = reader.refresh(ALICE).toCompletableFuture();
        CompletableFuture<Freshness> joined = reader.refresh(ALICE).toCompletableFuture();
        long before = dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice/ledger");
        hold.countDown();
        assertThat(running.get(30, TimeUnit.SECONDS)).isEqualTo(Freshness.FRESH);
        assertThat(later.get(30, TimeUnit.SECONDS)).isEqualTo(Freshness.FRESH);
        assertThat(joined.get(30, TimeUnit.SECONDS)).isEqualTo(Freshness.FRESH);
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice/ledger"))
                .isEqualTo(before + 1);
    }

    @Test
    void readingsOfOneAccountAreASecondApart() throws Exception {
        refresh();
        long beforeMillis = clock.millis();
        refresh();
        assertThat(clock.millis() - beforeMillis).isEqualTo(1_000);
    }

    @Test
    void manyWhoAskAtOnceShareOneReading() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        dodo.holdBalances = Optional.of(hold);
        var asked = new java.util.ArrayList<CompletableFuture<Freshness>>();
        for (int i = 0; i < 100; i++) {
            asked.add(reader.refresh(ALICE).toCompletableFuture());
        }
        hold.countDown();
        for (CompletableFuture<Freshness> one : asked) {
            assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(Freshness.FRESH);
        }
        assertThat(dodo.count("GET /credit-entitlements/cde_1/balances/cus_alice"))
                .as("two readings, the first with the grants")
                .isLessThanOrEqualTo(5);
    }

    @Test
    void dodoOutOfReachLeavesTheLedgerAsItWas() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        refresh();
        long confirmedMillis = alice().confirmedMillis();
        clock.advance(MINUTE_MILLIS);
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }
        assertThat(refresh()).isEqualTo(Freshness.UNREACHABLE);
        assertThat(alice().netUnits()).isEqualTo(1_000);
        assertThat(alice().confirmedMillis()).isEqualTo(confirmedMillis);
        assertThat(refresh()).isEqualTo(Freshness.FRESH);
        assertThat(alice().confirmedMillis()).isGreaterThan(confirmedMillis);
    }

    @Test
    void anAccountInUseIsReadAheadOnceAMinute() throws Exception {
        AtomicInteger launched = new AtomicInteger();
        Executor counting = task -> {
            launched.incrementAndGet();
            executor.execute(task);
        };
        reader = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, BillingObserver.SILENT, counting);
        dodo.post("cus_alice", "credit_added", 1_000);
        reader.touch(ALICE);
        await().until(() -> alice().known());
        refresh();
        int before = launched.get();
        clock.advance(MINUTE_MILLIS - 1);
        reader.touch(ALICE);
        assertThat(launched).hasValue(before);
        dodo.post("cus_alice", "credit_added", 7);
        clock.advance(1);
        await().until(() -> {
            reader.touch(ALICE);
            return alice().netUnits() == 1_007;
        });
        assertThat(launched).hasValue(before + 1);
    }

    @Test
    void readingAheadKeepsToItsShare() throws Exception {
        reader = new BalanceReader(
                client,
                books.thread,
                BillingSettings.Refreshing.USUAL,
                clock,
                clock,
                BillingObserver.SILENT,
                Runnable::run);
        for (int i = 0; i < 300; i++) {
            reader.touch(new Account("cus_" + i, "cde_1"));
            clock.advance(i % 30 == 0 ? 1_000 : 0);
        }
        assertThat(refresh()).as("what is asked for goes nevertheless").isEqualTo(Freshness.FRESH);
        await().until(() -> books.facts.stream()
                        .filter(fact -> fact instanceof dev.tollgate.journal.Fact.Based)
                        .count()
                == 26);
        assertThat(dodo.requests.size()).isLessThanOrEqualTo(26 * 4);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
