package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.FakeDodo.Fault;
import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.journal.Account;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Debits are made by entries, which count twice here unless Dodo's ledger shows them in a way that is recognised. */
class DebitRecognitionTest {
    private static final Account BOB = new Account("cus_bob", "cde_1");
    private static final String LEDGER = "GET /credit-entitlements/cde_1/balances/cus_alice/ledger?";

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<BillingObserver.BatchOutcome> outcomes = new CopyOnWriteArrayList<>();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private UsageShipper shipper;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        books.open(Books.ALICE, 1_000);
        dodo = new FakeDodo(clock);
        dodo.post("cus_alice", "credit_added", 1_000);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        shipper = shipper();
    }

    private UsageShipper shipper() {
        BillingObserver observer = new BillingObserver() {
            @Override
            public void batchEnded(BatchOutcome outcome) {
                outcomes.add(outcome);
            }
        };
        return new UsageShipper(
                books.outbox(),
                books.thread,
                client,
                new BillingSettings.Shipping("api.tokens_used", "tokens", 50, 0),
                clock,
                new Random(1),
                observer,
                Thread.ofVirtual().factory());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
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

    private long balance() {
        return dodo.ledger("cus_alice").getLast().after();
    }

    @Test
    void noDebitFollowsOneThatIsNotListedYetAndAllDoOnceItIs() throws Exception {
        dodo.entries.hidden = true;
        books.settleDebited("r1", Books.ALICE, 80);
        books.settleDebited("r2", Books.ALICE, 10);
        clock.advance(((Next.Later) shipper.round(true)).millis());
        clock.advance(((Next.Later) shipper.round(true)).millis());
        assertThat(dodo.entries.asked).containsOnly("r1");
        assertThat(books.ingested()).isEmpty();
        assertThat(shipper.progress().lastProblem()).contains("does not show");

        dodo.entries.hidden = false;
        drain();

        assertThat(books.ingested()).containsExactly("r1", "r2");
        assertThat(balance()).isEqualTo(910);
    }

    @Test
    void neitherDoesOneOfAnotherCustomer() throws Exception {
        dodo.entries.hidden = true;
        dodo.post("cus_bob", "credit_added", 1_000);
        books.open(BOB, 1_000);
        books.settleDebited("r1", Books.ALICE, 80);
        books.settleDebited("r2", BOB, 10);
        for (int i = 0; i < 12; i++) {
            if (shipper.round(true) instanceof Next.Later later) {
                clock.advance(later.millis());
            }
        }
        assertThat(dodo.entries.asked).containsOnly("r1");

        dodo.entries.hidden = false;
        drain();

        assertThat(books.ingested()).containsExactlyInAnyOrder("r1", "r2");
        assertThat(dodo.ledger("cus_bob").getLast().after()).isEqualTo(990);
    }

    @Test
    void aDebitThatIsSetAsideKeepsNoOtherFromBeingTried() throws Exception {
        dodo.entries.hidden = true;
        books.settleDebited("r1", Books.ALICE, 80);
        shipper.round(true);
        dodo.entries.refused = true;
        drain();
        errors.said("r1 of cus_alice/cde_1 is set aside");

        dodo.entries.hidden = false;
        dodo.entries.refused = false;
        books.settleDebited("r2", Books.ALICE, 10);
        drain();

        assertThat(books.ingested()).containsExactly("r2");
    }

    @Test
    void theFirstDebitIsLookedUpAndNoLaterOne() throws Exception {
        books.settleDebited("r1", Books.ALICE, 80);
        drain();
        assertThat(dodo.count(LEDGER)).isEqualTo(1);
        books.settleDebited("r2", Books.ALICE, 10);
        books.settleDebited("r3", Books.ALICE, 1);
        drain();
        assertThat(dodo.count(LEDGER)).isEqualTo(1);
        assertThat(books.ingested()).containsExactly("r1", "r2", "r3");
        assertThat(balance()).isEqualTo(909);
    }

    @Test
    void anEntryWhoseAnswerWasLostIsFoundAndNotMadeAgain() throws Exception {
        books.settleDebited("r1", Books.ALICE, 80);
        drain();
        dodo.faults.add(new Fault.LoseAnswer());
        books.settleDebited("r2", Books.ALICE, 10);
        clock.advance(((Next.Later) shipper.round(true)).millis());
        assertThat(shipper.round(true)).isInstanceOf(Next.Again.class);
        assertThat(dodo.entries.asked).containsExactly("r1", "r2");
        assertThat(books.ingested()).containsExactly("r1", "r2");
    }

    @Test
    void aDebitOfNothingNeedsNoEntry() throws Exception {
        books.settleDebited("r1", Books.ALICE, 0);
        assertThat(shipper.round(true)).isInstanceOf(Next.Again.class);
        assertThat(dodo.requests).isEmpty();
        assertThat(books.ingested()).containsExactly("r1");
    }

    @Test
    void aRefusedEntryIsSetAsideOnlyWhenDodoSaysThatItIsNotThere() throws Exception {
        books.settleDebited("r1", Books.ALICE, 80);
        dodo.entries.refused = true;
        dodo.fail(400, "{\"code\":\"NO\"}");
        dodo.fail(503, "");
        dodo.fail(503, "");
        dodo.fail(503, "");
        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);
        assertThat(books.quarantined()).isEmpty();
    }

    @Test
    void aRefusedEntryThatIsThereIsDone() throws Exception {
        books.settleDebited("r1", Books.ALICE, 80);
        dodo.faults.add(new Fault.LoseAnswer());
        shipper.round(true);
        UsageShipper restarted = shipper();
        dodo.entries.refused = true;
        assertThat(restarted.round(true)).isInstanceOf(Next.Again.class);
        assertThat(outcomes)
                .containsExactly(BillingObserver.BatchOutcome.AMBIGUOUS, BillingObserver.BatchOutcome.REFUSED);
        assertThat(books.quarantined()).isEmpty();
        assertThat(books.ingested()).containsExactly("r1");
    }

    @Test
    void anEntryOnWhichDodoFailsTwiceWhileItTakesEventsIsKeptApart() throws Exception {
        dodo.entries.broken = true;
        books.settleDebited("r1", Books.ALICE, 80);
        books.settle("e1", Books.ALICE, 1);
        clock.advance(((Next.Later) shipper.round(true)).millis());
        assertThat(shipper.progress().parkedEvents()).isZero();
        books.settle("e2", Books.ALICE, 1);

        assertThat(shipper.round(true)).as("no pause for the others").isInstanceOf(Next.Again.class);

        errors.said("usage event r1 of cus_alice/cde_1 is parked");
        assertThat(shipper.progress().parkedEvents()).isEqualTo(1);
        assertThat(books.ingested()).containsExactly("e1", "e2");
        dodo.entries.broken = false;
        clock.advance(60_000);
        drain();
        assertThat(books.ingested()).containsExactly("e1", "e2", "r1");
        assertThat(balance()).isEqualTo(920);
    }

    @Test
    void anEntryThatFailsWithoutEventsBesideItIsNotKeptApart() throws Exception {
        dodo.entries.broken = true;
        books.settleDebited("r1", Books.ALICE, 80);
        for (int i = 0; i < 3; i++) {
            clock.advance(((Next.Later) shipper.round(true)).millis());
        }
        assertThat(shipper.progress().parkedEvents()).isZero();
        assertThat(shipper.attempts("r1")).isEqualTo(3);
    }
}
