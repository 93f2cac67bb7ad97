package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.FakeDodo.Fault;
import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Overage;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Dodo has taken what was sent, or refuses it, and the ledger is to note that. */
class AcknowledgementTest {
    private static final long MINUTE_MILLIS = 60_000;

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger shipped = new AtomicInteger();
    private final CountDownLatch ledgerMayGoOn = new CountDownLatch(1);
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private UsageShipper shipper;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        books.open(Books.ALICE, 1_000_000);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        shipper = shipper(50);
    }

    private UsageShipper shipper(int batchEvents) {
        BillingObserver observer = new BillingObserver() {
            @Override
            public void eventsShipped(int events) {
                shipped.addAndGet(events);
            }
        };
        return new UsageShipper(
                books.outbox(),
                books.thread,
                client,
                new BillingSettings.Shipping("api.tokens_used", "tokens", batchEvents, 0),
                clock,
                new Random(1),
                observer,
                Thread.ofVirtual().factory());
    }

    @AfterEach
    void stop() throws Exception {
        ledgerMayGoOn.countDown();
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    /** Holds the ledger's thread and fills its mailbox, so that whatever comes next is refused as too much. */
    private void crowdLedger() {
        CountDownLatch held = new CountDownLatch(1);
        Command.Look look = new Command.Look(Books.ALICE, new Overage.Off());
        books.thread.submit(look, reply -> {
            held.countDown();
            awaitQuietly(ledgerMayGoOn);
        });
        awaitQuietly(held);
        AtomicInteger refused = new AtomicInteger();
        while (refused.get() == 0) {
            books.thread.submit(look, reply -> {
                if (ledgerMayGoOn.getCount() > 0) {
                    refused.incrementAndGet();
                }
            });
        }
    }

    private void freeLedger() {
        ledgerMayGoOn.countDown();
        await().until(() -> books.thread.queued() == 0);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Goes on until nothing waits, skipping every pause. */
    private void drain() throws Exception {
        for (int rounds = 0; rounds < 100; rounds++) {
            switch (shipper.round(true)) {
                case Next.Idle ignored -> {
                    return;
                }
                case Next.Later later -> clock.advance(later.millis());
                case Next.Again ignored -> {}
                case Next.End ignored -> throw new AssertionError("ended");
            }
        }
        throw new AssertionError("never idle");
    }

    @Test
    void whatTheLedgerHadNoRoomForIsNotedLaterAndNotSentAgain() throws Exception {
        books.settleMany(3);
        dodo.beforeIngest.add(this::crowdLedger);
        assertThat(shipper.round(true)).isEqualTo(new Next.Later(100));
        assertThat(shipped).hasValue(0);
        clock.advance(100);
        assertThat(shipper.round(true)).as("still no room").isEqualTo(new Next.Later(100));

        freeLedger();
        clock.advance(100);
        assertThat(shipper.round(true)).isInstanceOf(Next.Idle.class);

        assertThat(books.ingested()).containsExactly("req_0", "req_1", "req_2");
        assertThat(shipped).hasValue(3);
        assertThat(dodo.batches).hasSize(1);
    }

    @Test
    void aRefusedEventThatTheLedgerHadNoRoomForIsSetAsideLater() throws Exception {
        books.settleMany(1);
        dodo.poisonIds.add("req_0");
        dodo.beforeIngest.add(() -> {});
        dodo.beforeIngest.add(this::crowdLedger);
        assertThat(shipper.round(true)).as("tried again without its time").isEqualTo(new Next.Later(100));
        freeLedger();
        assertThat(books.quarantined()).isEmpty();
        clock.advance(100);
        drain();
        errors.said("req_0 of cus_alice/cde_1 is set aside");
        assertThat(books.quarantined()).hasSize(1);
    }

    @Test
    void aLedgerThatClosesBeforeItCouldNoteEndsShipping() throws Exception {
        books.settleMany(2);
        dodo.beforeIngest.add(() -> {
            try {
                books.thread.stop();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(shipper.round(true)).isInstanceOf(Next.End.class);
        assertThat(dodo.events).hasSize(2);
        assertThat(shipped).hasValue(0);
        assertThat(books.outbox().pendingCount()).isEqualTo(2);
    }

    @Test
    void attemptsAreCountedUntilTheEnd() throws Exception {
        books.settleMany(2);
        assertThat(shipper.attempts("req_1")).isZero();
        for (int i = 1; i <= 2; i++) {
            dodo.faults.add(new Fault.LoseAnswer());
            clock.advance(((Next.Later) shipper.round(true)).millis());
            assertThat(shipper.attempts("req_1")).isEqualTo(i);
        }
        drain();
        assertThat(shipper.attempts("req_1")).isZero();
    }

    @Test
    void whatDodoHasOfADoubtfulBatchIsNotSentAgainAndTheRestIs() throws Exception {
        books.settleMany(2);
        dodo.faults.add(new Fault.LoseAnswer());
        clock.advance(((Next.Later) shipper.round(true)).millis());
        dodo.events.remove("req_1");
        books.settle("req_2", Books.ALICE, 1);
        dodo.poisonIds.add("req_0");

        assertThat(shipper.round(true)).as("in one round").isInstanceOf(Next.Again.class);

        assertThat(dodo.batches.getLast()).containsExactly("req_1", "req_2");
        assertThat(books.ingested()).containsExactly("req_0", "req_1", "req_2");
        assertThat(books.quarantined()).isEmpty();
    }

    @Test
    void whatIsFoundBeforeLookingUpFailsIsNoted() throws Exception {
        books.settleMany(2);
        dodo.faults.add(new Fault.LoseAnswer());
        clock.advance(((Next.Later) shipper.round(true)).millis());
        dodo.fail(400, "");
        dodo.faults.add(new Fault.Say(200, Map.of(), "{}"));
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }

        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);

        assertThat(books.ingested()).containsExactly("req_0");
    }

    @Test
    void aPoisonEventIsFoundWithinOneRound() throws Exception {
        books.settleMany(8);
        dodo.poisonIds.addAll(List.of("req_0", "req_5"));
        assertThat(shipper.round(true)).isInstanceOf(Next.Again.class);
        errors.said("is set aside");
        assertThat(books.ingested()).hasSize(6);
        assertThat(books.quarantined()).hasSize(2);
        assertThat(shipper.round(true)).isInstanceOf(Next.Idle.class);
    }

    @Test
    void timestampsComeBackTenMinutesAfterAFreshOneWasRefused() throws Exception {
        dodo.refuseDated = true;
        books.settle("req_0", Books.ALICE, 1);
        drain();
        dodo.refuseDated = false;
        clock.advance(10 * MINUTE_MILLIS - 1);
        books.settle("req_1", Books.ALICE, 1);
        drain();
        clock.advance(1);
        books.settle("req_2", Books.ALICE, 1);
        drain();
        assertThat(dodo.event("req_1").has("timestamp")).isFalse();
        assertThat(dodo.event("req_2").has("timestamp")).isTrue();
    }

    @Test
    void anEventThatGoesWithoutItsTimestampForAnotherReasonSaysNothingOfTheClock() throws Exception {
        books.settle("old", Books.ALICE, 1);
        clock.advance(50 * MINUTE_MILLIS + 1);
        drain();
        books.settle("new", Books.ALICE, 1);
        drain();
        assertThat(dodo.event("old").has("timestamp")).isFalse();
        assertThat(dodo.event("new").has("timestamp")).isTrue();
    }

    @Test
    void aLongLineIsCountedOnceAMinute() throws Exception {
        shipper = shipper(2);
        books.settleMany(9);
        shipper.round(true);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(7);
        for (int i = 0; i < 4; i++) {
            books.settle("later_" + i, Books.ALICE, 1);
        }
        clock.advance(MINUTE_MILLIS - 1);
        shipper.round(true);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(5);
        clock.advance(1);
        shipper.round(true);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(7);
    }

    @Test
    void aShortLineNeedsNoCounting() throws Exception {
        shipper = shipper(10);
        books.settleMany(9);
        shipper.round(true);
        assertThat(shipper.progress().pendingEvents()).isZero();
        books.settle("later", Books.ALICE, 1);
        dodo.fail(500, "");
        shipper.round(true);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(1);
    }

    @Test
    void entriesThatDoNotFitIntoARoundAreCounted() throws Exception {
        dodo.post("cus_alice", "credit_added", 1_000);
        for (int i = 0; i < 10; i++) {
            books.settleDebited("entry_" + i, Books.ALICE, 1);
        }
        shipper.round(true);
        assertThat(dodo.entries.asked).hasSize(8);
        assertThat(shipper.progress().pendingEvents()).isEqualTo(2);
    }

    @Test
    void nobodyWaitsForACallInProgress() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        dodo.beforeIngest.add(() -> awaitQuietly(hold));
        shipper.start();
        books.settleMany(1);
        shipper.signal();
        await().until(() -> !dodo.requests.isEmpty());

        CompletableFuture<Void> signal = CompletableFuture.runAsync(shipper::signal, executor);

        signal.get(30, TimeUnit.SECONDS);
        hold.countDown();
        shipper.stop();
    }
}
