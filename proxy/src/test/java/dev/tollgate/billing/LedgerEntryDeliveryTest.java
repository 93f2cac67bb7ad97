package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Overage;
import dev.tollgate.ledger.Policies;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.DodoRules;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import dev.tollgate.sandbox.dodo.Plan;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Corrections and debits on their way to a Dodo that speaks the real protocol, and what comes back of them. */
class LedgerEntryDeliveryTest {
    private static final long PARKED_MILLIS = 3_600_000;

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private Sandbox sandbox;
    private Books books;
    private DodoClient client;
    private UsageShipper shipper;
    private BalanceReader balances;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        sandbox.dodo().createCustomer("cus_alice", "alice@example.com");
        sandbox.dodo().createEntitlement("cde_1");
        sandbox.dodo().topUp("cus_alice", "cde_1", 1_000, null);
        InstantSource now = InstantSource.system();
        books = new Books(folder, now);
        client = new DodoClient(
                new BillingSettings.Dodo(
                        sandbox.dodoBaseUrl(),
                        SandboxOptions.defaults().dodoApiKey(),
                        10_000,
                        1,
                        new BillingSettings.RateLimit(1_000, 10_000)),
                now,
                millis -> {},
                new Random(1),
                executor);
        shipper = new UsageShipper(
                books.outbox(),
                books.thread,
                client,
                new BillingSettings.Shipping("api.tokens_used", "tokens", 50, 0),
                clock,
                new Random(1),
                BillingObserver.SILENT,
                Thread.ofVirtual().factory());
        balances = new BalanceReader(
                client,
                books.thread,
                new BillingSettings.Refreshing(60_000, 1, 100),
                now,
                millis -> {},
                BillingObserver.SILENT,
                executor);
        read();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        books.close();
        sandbox.close();
        executor.shutdownNow();
    }

    private void read() {
        balances.refresh(Books.ALICE).toCompletableFuture().join();
    }

    private Fact.Settled estimate(String id, long units) {
        long now = System.currentTimeMillis();
        books.ask(new Command.Reserve(
                id,
                Books.ALICE,
                "key",
                "m",
                100,
                0,
                0,
                1,
                Policies.of(new Overage.AsDodoSays()),
                false,
                10,
                Long.MAX_VALUE / 2,
                now));
        books.ask(new Command.Settle(id, null, units, Fact.Tokens.NONE, true, now));
        return (Fact.Settled) books.facts.getLast();
    }

    /** The customer has no subscription, so this is to be debited. */
    private Fact.Settled debited(String id, long units) {
        long now = System.currentTimeMillis();
        books.ask(new Command.Reserve(
                id,
                Books.ALICE,
                "key",
                "m",
                units,
                0,
                0,
                1,
                Policies.debiting(new Overage.AsDodoSays()),
                false,
                10,
                Long.MAX_VALUE / 2,
                now));
        books.ask(new Command.Settle(id, "m", units, Fact.Tokens.NONE, false, now));
        return (Fact.Settled) books.facts.getLast();
    }

    private void correct(Fact.Settled settled, long units) {
        books.ask(new Command.Correct(settled, units, 100, "log", System.currentTimeMillis()));
    }

    private void drain() throws Exception {
        for (int rounds = 0; rounds < 100; rounds++) {
            switch (shipper.round(true)) {
                case Next.Idle ignored -> {
                    if (shipper.progress().parkedEvents() == 0) {
                        return;
                    }
                    clock.advance(PARKED_MILLIS);
                }
                case Next.Later later -> clock.advance(later.millis());
                case Next.Again ignored -> {}
                case Next.End ignored -> throw new AssertionError("ended");
            }
        }
        throw new AssertionError("never idle");
    }

    private static UnaryOperator<DodoRules> kind(String kind) {
        return rules -> rules.withReplayConflicts(kind.contains("conflict"))
                .withManualEntriesAsAdjustment(kind.contains("adjustment"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"replay", "conflict", "adjustment", "conflict, adjustment"})
    void aCreditIsMadeOnceThoughItsAnswerIsLostAndCountsOnce(String kind) throws Exception {
        sandbox.dodo().rules(kind(kind));
        Fact.Settled estimate = estimate("r1", 80);
        drain();
        correct(estimate, 30);
        sandbox.dodo().acceptButLoseResponse(2);

        drain();
        read();

        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("1050");
        assertThat(books.ingested()).containsExactly("r1", "r1-correction");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(970);
        assertThat(books.look(Books.ALICE).netUnits()).isEqualTo(1_050);
        assertThat(books.drifts()).isZero();
    }

    @Test
    void whatIsMissingGoesAsAnEventOfItsOwn() throws Exception {
        Fact.Settled estimate = estimate("r1", 30);
        drain();
        correct(estimate, 80);
        sandbox.dodo().acceptButLoseResponse(2);

        drain();

        assertThat(sandbox.dodo().events())
                .extracting(event -> event.id() + " " + event.metadata().path("tokens") + " "
                        + event.metadata().path("requestId").asText())
                .containsExactlyInAnyOrder("r1 30 r1", "r1-correction 50 r1");
        assertThat(books.ingested()).containsExactly("r1", "r1-correction");
    }

    @Test
    void whatHasNotGoneOutIsToldOnce() throws Exception {
        correct(estimate("r1", 80), 30);

        drain();

        assertThat(sandbox.dodo().events())
                .extracting(event -> event.id() + " " + event.metadata().path("tokens") + " "
                        + event.metadata().path("estimated"))
                .containsExactly("r1 30 false");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(970);
    }

    @Test
    void aCreditThatDodoRefusesIsSetAsideAndHoldsNobodyUp() throws Exception {
        Fact.Settled estimate = estimate("r1", 80);
        drain();
        correct(estimate, 30);
        sandbox.dodo().failNext(1, 400);
        drain();
        errors.said("is set aside");
        Fact.Settled next = estimate("r2", 10);
        drain();

        assertThat(books.quarantined()).extracting(Fact.Quarantined::requestId).containsExactly("r1-correction");
        assertThat(books.ingested()).containsExactly("r1", next.requestId());
        books.ask(new Command.PutBack(true, List.of(), System.currentTimeMillis()));
        drain();
        read();
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(960);
        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("1050");
    }

    @ParameterizedTest
    @ValueSource(strings = {"replay", "conflict", "adjustment", "conflict, adjustment"})
    void aDebitIsMadeOnceThoughItsAnswerIsLostAndIsNotTakenForSomebodyElses(String kind) throws Exception {
        sandbox.dodo().rules(kind(kind));
        sandbox.dodo().topUp("cus_alice", "cde_1", 1_000, null);
        read();
        debited("r1", 1_200);
        debited("r2", 100);
        sandbox.dodo().acceptButLoseResponse(2);

        shipper.round(true);
        read();
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(700);
        drain();
        read();

        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("700");
        assertThat(sandbox.dodo().events()).isEmpty();
        assertThat(books.ingested()).containsExactlyInAnyOrder("r1", "r2");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(700);
        assertThat(books.look(Books.ALICE).unreflectedUnits()).isZero();
        assertThat(books.drifts()).isZero();
    }

    @Test
    void somebodyElsesDebitIsNotOurs() throws Exception {
        debited("r1", 80);
        sandbox.dodo().debit("cus_alice", 80);
        read();
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(840);
        drain();
        read();
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(840);
        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("840");
    }

    @Test
    void theWayThatWasChosenStaysThoughASubscriptionComesAlive() throws Exception {
        sandbox.dodo().createMeter("mtr_1", "api.tokens_used", "tokens");
        debited("r1", 80);
        sandbox.dodo().subscribe("cus_alice", Plan.of("cde_1", "mtr_1", 500));
        read();
        debited("r2", 10);

        drain();
        sandbox.dodo().runWorker();
        read();

        assertThat(sandbox.dodo().events()).extracting(IngestedEvent::id).containsExactly("r2");
        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("1410");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(1_410);
    }

    @Test
    void aDebitThatTheBalanceDoesNotCoverWaitsInQuarantineAndStillCounts() throws Exception {
        debited("r1", 80);
        sandbox.dodo().debit("cus_alice", 950);

        drain();
        errors.said("is set aside");
        read();
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(-30);

        sandbox.dodo().topUp("cus_alice", "cde_1", 100, null);
        books.ask(new Command.PutBack(true, List.of(), System.currentTimeMillis()));
        drain();
        read();
        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("70");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(70);
    }

    @Test
    void aCorrectionOfADebitIsADebitOrACredit() throws Exception {
        long now = System.currentTimeMillis();
        for (String id : List.of("r1", "r2")) {
            books.ask(new Command.Reserve(
                    id,
                    Books.ALICE,
                    "key",
                    "m",
                    100,
                    0,
                    0,
                    1,
                    Policies.debiting(new Overage.AsDodoSays()),
                    false,
                    10,
                    Long.MAX_VALUE / 2,
                    now));
            books.ask(new Command.Settle(id, null, 50, Fact.Tokens.NONE, true, now));
            Fact.Settled estimate = (Fact.Settled) books.facts.getLast();
            drain();
            correct(estimate, id.equals("r1") ? 90 : 20);
        }

        drain();
        read();

        assertThat(sandbox.dodo().events()).isEmpty();
        assertThat(sandbox.dodo().balance("cus_alice")).isEqualByComparingTo("890");
        assertThat(books.look(Books.ALICE).availableUnits()).isEqualTo(890);
    }
}
