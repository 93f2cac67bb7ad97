package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Command.CorrectAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Estimates superseded by the truth, step by step. */
class CorrectionsTest {
    private static final Account ALICE = new Account("cus_alice", "cde_1");
    private static final long HOUR_MILLIS = 3_600_000;

    private final Ledger ledger = new Ledger();
    private final List<Fact> facts = new ArrayList<>();
    private final List<Reading.Entry> entries = new ArrayList<>();
    private long now = 1_700_000_000_000L;
    private long balanceUnits;

    @BeforeEach
    void open() {
        balanceUnits = 1_000;
        read();
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        facts.addAll(decision.facts());
        return Objects.requireNonNull(decision.answer());
    }

    private Fact.Settled estimate(String id, long heldUnits, long units) {
        decide(new Command.Reserve(
                id,
                ALICE,
                "key",
                "m",
                heldUnits,
                0,
                0,
                1,
                Policies.of(new Overage.AsDodoSays()),
                false,
                10,
                100 * HOUR_MILLIS,
                now));
        decide(new Command.Settle(id, null, units, Fact.Tokens.NONE, true, now));
        return (Fact.Settled) facts.getLast();
    }

    private void ship(Outbox.Delivery delivery) {
        decide(new Command.Send(List.of(delivery)));
        decide(new Command.Acknowledge(List.of(delivery), now));
    }

    private Fact.Corrected correct(Fact.Settled settled, long units) {
        CorrectAnswer answer = decide(new Command.Correct(settled, units, 100, "log", now));
        return ((CorrectAnswer.Corrected) answer).fact();
    }

    /** Dodo changes the balance, about usage; the entry arrives at once. */
    private void usageEntry(long changeUnits) {
        decide(new Command.ApplyEntries(ALICE, List.of(entry(changeUnits)), now));
    }

    private Reading.Entry entry(long changeUnits) {
        long micros = now * 1_000 + entries.size();
        Reading.Entry entry = new Reading.Entry(
                "e" + entries.size(),
                changeUnits < 0 ? "credit_deducted" : "credit_added",
                true,
                balanceUnits,
                balanceUnits + changeUnits,
                0,
                0,
                micros);
        entries.add(entry);
        balanceUnits += changeUnits;
        return entry;
    }

    private void read() {
        Fact.Terms terms = new Fact.Terms(0, Fact.Standing.LIVE, 1, List.of());
        decide(new Command.ApplyReading(ALICE, new Reading(balanceUnits, 0, 0, entries, terms, now), now));
    }

    private AccountView view() {
        return decide(new Command.Look(ALICE, new Overage.AsDodoSays()));
    }

    @Test
    void whatDodoHasNotHeardOfIsReplacedUnderItsId() {
        Fact.Settled estimate = estimate("r1", 100, 80);

        Fact.Corrected corrected = correct(estimate, 30);

        assertThat(corrected.remedy()).isEqualTo(Fact.Remedy.REPLACED);
        assertThat(view().availableUnits()).isEqualTo(970);
        Outbox.Delivery told =
                decide(new Command.Send(List.of(Outbox.Delivery.of(estimate)))).getFirst();
        assertThat(told.id()).isEqualTo("r1");
        assertThat(told.usage().units()).isEqualTo(30);
        assertThat(told.usage().estimated()).isFalse();
        ship(told);
        usageEntry(-30);
        assertThat(view().availableUnits()).isEqualTo(970);
        assertThat(view().unreflectedUnits()).isZero();
    }

    @Test
    void whatMayHaveBeenSentIsNotReplacedThoughNobodyAcknowledgedIt() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        decide(new Command.Send(List.of(Outbox.Delivery.of(estimate))));

        assertThat(correct(estimate, 90).remedy()).isEqualTo(Fact.Remedy.EVENT);
    }

    @Test
    void afterARestartEverythingThatWaitsMayHaveBeenSent() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        decide(new Command.CloseOrphans(now));

        assertThat(correct(estimate, 30).remedy()).isEqualTo(Fact.Remedy.CREDIT);
    }

    @Test
    void whatDodoRefusedAndDoesNotHaveIsReplaced() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        decide(new Command.Send(List.of(Outbox.Delivery.of(estimate))));
        decide(new Command.SetAside(Outbox.Delivery.of(estimate), "no", now));
        decide(new Command.CloseOrphans(now));

        assertThat(correct(estimate, 30).remedy()).isEqualTo(Fact.Remedy.REPLACED);
    }

    @Test
    void whatIsPutBackIsReplacedAsIfNobodyHadSentIt() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        decide(new Command.Send(List.of(Outbox.Delivery.of(estimate))));
        decide(new Command.SetAside(Outbox.Delivery.of(estimate), "no", now));
        decide(new Command.PutBack(true, List.of(), now));

        assertThat(correct(estimate, 30).remedy()).isEqualTo(Fact.Remedy.REPLACED);
    }

    @ParameterizedTest
    @CsvSource({"50, REPLACED", "51, CREDIT"})
    void whatADeductionWasTakenForCannotBeReplaced(long deductedUnits, Fact.Remedy remedy) {
        Fact.Settled estimate = estimate("r1", 100, 80);
        usageEntry(-deductedUnits);

        assertThat(correct(estimate, 50).remedy()).isEqualTo(remedy);
    }

    @Test
    void anEstimateThatWasRightIsFollowedByNothing() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        ship(Outbox.Delivery.of(estimate));

        Fact.Corrected corrected = correct(estimate, 80);

        assertThat(corrected.remedy()).isEqualTo(Fact.Remedy.NOTHING);
        assertThat(corrected.delivery()).isEmpty();
    }

    @Test
    void ofTwoCreditsAtOnceOnlyOneIsTheOneThatIsDue() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        ship(Outbox.Delivery.of(estimate));
        usageEntry(-80);
        ship(correct(estimate, 30).delivery().orElseThrow());

        decide(new Command.ApplyEntries(ALICE, List.of(entry(50), entry(50)), now));

        assertThat(view().availableUnits()).isEqualTo(1_020);
    }

    @Test
    void aLargerTruthIsOneMoreEvent() {
        Fact.Settled estimate = estimate("r1", 100, 40);
        ship(Outbox.Delivery.of(estimate));
        usageEntry(-40);

        Fact.Corrected corrected = correct(estimate, 100);

        assertThat(view().availableUnits()).isEqualTo(900);
        Outbox.Delivery more = corrected.delivery().orElseThrow();
        assertThat(more.id()).isEqualTo("r1-correction");
        assertThat(more.way()).isEqualTo(Outbox.Way.EVENT);
        assertThat(more.usage().units()).isEqualTo(60);
        ship(more);
        usageEntry(-60);
        assertThat(view().availableUnits()).isEqualTo(900);
        assertThat(view().unreflectedUnits()).isZero();
    }

    @Test
    void aSmallerTruthIsACreditThatCountsOnceWheneverItsEntryComes() {
        Fact.Settled early = estimate("r1", 100, 80);
        Fact.Settled late = estimate("r2", 100, 80);
        ship(Outbox.Delivery.of(early));
        ship(Outbox.Delivery.of(late));
        usageEntry(-80);

        ship(correct(early, 30).delivery().orElseThrow());
        ship(correct(late, 10).delivery().orElseThrow());

        assertThat(view().availableUnits()).isEqualTo(960);
        usageEntry(50);
        assertThat(view().availableUnits()).isEqualTo(960);
        usageEntry(70);
        assertThat(view().availableUnits()).isEqualTo(960);
        usageEntry(-80);
        assertThat(view().availableUnits()).isEqualTo(960);
        assertThat(view().netUnits()).isEqualTo(960);
        assertThat(view().unreflectedUnits()).isZero();
    }

    @Test
    void aCreditBeyondWhatIsDueIsAPresent() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        ship(Outbox.Delivery.of(estimate));
        usageEntry(-80);
        ship(correct(estimate, 30).delivery().orElseThrow());
        usageEntry(500);

        assertThat(view().availableUnits()).isEqualTo(970 + 450);
    }

    @Test
    void itIsCorrectedOnceAndOnlyIfItIsAnEstimateWithinItsHold() {
        Fact.Settled estimate = estimate("r1", 100, 80);
        assertThat(decide(new Command.Correct(estimate, 101, 100, "log", now)))
                .isEqualTo(new CorrectAnswer.BeyondHold(100));
        correct(estimate, 30);
        int before = facts.size();

        assertThat(decide(new Command.Correct(estimate, 30, 100, "log", now))).isEqualTo(new CorrectAnswer.Known(30));
        assertThat(decide(new Command.Correct(estimate, 40, 100, "log", now))).isEqualTo(new CorrectAnswer.Known(30));
        Fact.Settled exact = new Fact.Settled("r9", ALICE, "key", "m", "m", 80, Fact.Tokens.NONE, false, now);
        assertThat(decide(new Command.Correct(exact, 30, 100, "log", now)))
                .isEqualTo(new CorrectAnswer.NotEstimated(80));
        assertThat(facts).hasSize(before);
    }

    @Test
    void whatDodoDroppedIsNotGivenBack() {
        usageEntry(-960);
        balanceUnits = 40;
        read();
        Fact.Settled estimate = estimate("r1", 40, 40);
        ship(Outbox.Delivery.of(estimate));
        balanceUnits = 0;
        entries.add(new Reading.Entry("x", "credit_expired", false, 40, 0, 0, 0, now * 1_000 + 900));
        now += HOUR_MILLIS;
        read();
        assertThat(view().writtenOffUnits()).isEqualTo(40);

        Fact.Corrected corrected = correct(estimate, 10);

        assertThat(corrected.remedy()).isEqualTo(Fact.Remedy.NOTHING);
        assertThat(view().availableUnits()).isZero();
        assertThat(view().writtenOffUnits()).isEqualTo(10);
    }

    /** Dodo deducts a part, drops the rest, and is then asked to give back more than it deducted of it. */
    @Test
    void nothingIsWrittenOffThatWasGivenBack() {
        Fact.Settled estimate = estimate("r1", 100, 100);
        ship(Outbox.Delivery.of(estimate));
        balanceUnits = 40;
        entries.add(new Reading.Entry("x", "credit_expired", false, 1_000, 40, 0, 0, now * 1_000));
        decide(new Command.ApplyEntries(ALICE, List.of(entries.getFirst()), now));
        usageEntry(-40);

        ship(correct(estimate, 30).delivery().orElseThrow());
        usageEntry(70);
        now += HOUR_MILLIS;
        read();

        assertThat(view().writtenOffUnits()).isZero();
        assertThat(view().availableUnits()).isEqualTo(10);
    }

    @Test
    void whoWaitsIsServedOnceTheTruthIsKnown() {
        Fact.Settled estimate = estimate("r1", 100, 100);
        Decision<Command.ReserveAnswer> held = reserve("r2", 850);
        assertThat(held.answer()).isInstanceOf(Command.ReserveAnswer.Granted.class);
        assertThat(reserve("r3", 100).answer()).isNull();

        Decision<CorrectAnswer> decision = ledger.decide(new Command.Correct(estimate, 20, 100, "log", now));

        assertThat(decision.served()).extracting(Decision.Served::requestId).containsExactly("r3");
    }

    private Decision<Command.ReserveAnswer> reserve(String id, long units) {
        return ledger.decide(new Command.Reserve(
                id,
                ALICE,
                "key",
                "m",
                units,
                0,
                0,
                1,
                Policies.of(new Overage.AsDodoSays()),
                true,
                10,
                100 * HOUR_MILLIS,
                now));
    }
}
