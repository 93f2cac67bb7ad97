package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A customer with 300 credits used all of them; 120 expired before Dodo deducted, so 120 were dropped. */
class WriteOffTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long MINUTE = 60_000;
    private static final long IDLE = 30 * MINUTE;
    private static final Reading.Entry EXPIRY = entry("e1", false, 300, 180, 10);
    private static final Reading.Entry DEDUCTION = entry("e2", true, 180, 0, 20);

    private final Ledger ledger = new Ledger();
    private final List<Fact> journal = new ArrayList<>();
    private long now = 1_000_000;

    @BeforeEach
    void useThreeHundred() {
        decide(new Command.ApplyReading(ACCOUNT, new Reading(300, 0, 0, List.of(), null, now), now));
        use("r1", 300);
    }

    @Test
    void whatDodoDroppedIsWrittenOffOnceItsWorkerHasBeenIdleForLong() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);

        now += IDLE - 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().unreflectedUnits()).isEqualTo(120);
        now += 1;
        read(0, 0, EXPIRY, DEDUCTION);

        assertThat(journal.getLast()).isEqualTo(new Fact.WrittenOff(ACCOUNT, 120, now));
        assertThat(view().writtenOffUnits()).isEqualTo(120);
        assertThat(view().unreflectedUnits()).isZero();
        apply(entry("e3", false, 0, 500, 30));
        assertThat(view().availableUnits()).isEqualTo(500);
    }

    @Test
    void whatWasInheritedIsTakenBackAndNotWrittenOff() {
        decide(new Command.Inherit(ACCOUNT, 100, now));
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;

        read(0, 0, EXPIRY, DEDUCTION);

        assertThat(view().writtenOffUnits()).isEqualTo(120);
        assertThat(view().unreflectedUnits()).isZero();
    }

    @Test
    void aTopUpAfterwardsIsNotShortOfItEither() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        Reading.Entry topUp = entry("e3", false, 0, 500, 30);
        now += IDLE;
        apply(topUp);
        assertThat(view().availableUnits()).isEqualTo(380);

        read(500, 0, EXPIRY, DEDUCTION, topUp);

        assertThat(view().availableUnits()).isEqualTo(500);
    }

    @Test
    void theReadingThatBringsTheTopUpWritesItOffToo() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;

        read(500, 0, EXPIRY, DEDUCTION, entry("e3", false, 0, 500, 30));

        assertThat(view().availableUnits()).isEqualTo(500);
    }

    @Test
    void theIdleTimeBeginsWithTheLastDeduction() {
        acknowledgeAll();
        now += IDLE - 1;
        apply(EXPIRY, DEDUCTION);
        now += IDLE - 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isZero();

        now += 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isEqualTo(120);
    }

    @Test
    void theIdleTimeBeginsAnewWhenTheBalanceIsPutRight() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE - 1;
        read(5, 0, EXPIRY, DEDUCTION);
        now += IDLE - 1;
        read(5, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isZero();

        now += 1;
        read(5, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isEqualTo(120);
    }

    @Test
    void theIdleTimeBeginsWithTheSettlementAlsoWhereTheClockWasSetBackSince() {
        now += MINUTE;
        use("r2", 0);
        now -= IDLE;
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += 2 * IDLE - 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isZero();

        now += 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isEqualTo(120);
    }

    @Test
    void whatExpiredBeforeAnyDeductionIsWrittenOffToo() {
        acknowledgeAll();
        Reading.Entry expiry = entry("e1", false, 300, 0, 10);
        apply(expiry);
        now += IDLE;

        read(0, 0, expiry);

        assertThat(view().writtenOffUnits()).isEqualTo(300);
    }

    /** A balance that was emptied once says nothing of usage that came after all was deducted. */
    @Test
    void usageAfterEverythingWasDeductedIsNotWrittenOffWhileThereIsABalance() {
        acknowledgeAll();
        Reading.Entry deduction = entry("e1", true, 300, 0, 10);
        Reading.Entry topUp = entry("e2", false, 0, 500, 20);
        apply(deduction, topUp);
        use("r2", 100);
        acknowledgeAll();
        now += IDLE;

        read(500, 0, deduction, topUp);

        assertThat(view().writtenOffUnits()).isZero();
    }

    @Test
    void usageAfterAWriteOffIsNotWrittenOffWhileThereIsABalance() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;
        read(0, 0, EXPIRY, DEDUCTION);
        Reading.Entry topUp = entry("e3", false, 0, 500, 30);
        apply(topUp);
        use("r2", 100);
        acknowledgeAll();
        now += IDLE;

        read(500, 0, EXPIRY, DEDUCTION, topUp);

        assertThat(view().writtenOffUnits()).isEqualTo(120);
    }

    @Test
    void nothingIsWrittenOffTwice() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;
        read(0, 0, EXPIRY, DEDUCTION);
        int facts = journal.size();

        read(0, 0, EXPIRY, DEDUCTION);

        assertThat(journal).hasSize(facts);
    }

    @Test
    void whoseCreditsNoMeterDeductsFromOwesThem() {
        acknowledgeAll();
        now += IDLE;

        read(300, 0);

        assertThat(view().unreflectedUnits()).isEqualTo(300);
        assertThat(view().availableUnits()).isZero();
    }

    @Test
    void nothingIsWrittenOffWhileDodoLacksAnEvent() {
        decide(new Command.SetAside(Outbox.Delivery.of((Fact.Settled) journal.getLast()), "refused", now));
        apply(entry("e1", false, 300, 0, 10));
        now += IDLE;

        read(0, 0, entry("e1", false, 300, 0, 10));

        assertThat(view().unreflectedUnits()).isEqualTo(300);
    }

    @Test
    void nothingIsWrittenOffWhileUsageMoves() {
        apply(EXPIRY, DEDUCTION);
        now += IDLE;
        acknowledgeAll();
        now += IDLE - 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().unreflectedUnits()).isEqualTo(120);

        now += 1;
        Reading.Entry late = entry("e3", true, 20, 0, 40);
        read(0, 0, EXPIRY, DEDUCTION, entry("e4", false, 0, 20, 30), late);
        assertThat(view().writtenOffUnits())
                .as("the reading brought a deduction")
                .isZero();
        assertThat(view().unreflectedUnits()).isEqualTo(100);
    }

    @Test
    void nothingIsWrittenOffWhereDodoGoesBelowZero() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        read(0, 1, EXPIRY, DEDUCTION);
        now += IDLE;
        read(0, 1, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isZero();

        read(0, 0, EXPIRY, DEDUCTION);
        now += IDLE - 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).as("not off for long enough").isZero();
        now += 1;
        read(0, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).isEqualTo(120);
    }

    @Test
    void nothingIsWrittenOffByAReadingThatIsOutrunOrDoesNotFit() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;

        read(0, 0, EXPIRY);
        assertThat(view().writtenOffUnits()).as("outrun").isZero();
        read(-7, 0, EXPIRY, DEDUCTION);
        assertThat(view().writtenOffUnits()).as("the sums were off").isZero();
    }

    @Test
    void aReadingThatBeganBeforeTheIdleTimeWasOverSaysNothing() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        long beganMillis = now + IDLE - 1;
        now += 2 * IDLE;

        Reading reading = new Reading(0, 0, 0, List.of(EXPIRY, DEDUCTION), null, beganMillis);
        decide(new Command.ApplyReading(ACCOUNT, reading, now));

        assertThat(view().writtenOffUnits()).isZero();
    }

    @Test
    void aDeductionThatComesAfterAllIsTakenFromTheBalanceAndNotForUsage() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        now += IDLE;
        read(0, 0, EXPIRY, DEDUCTION);
        apply(entry("e3", false, 0, 500, 30));
        use("r2", 50);

        apply(entry("e4", true, 500, 330, 40));

        assertThat(view().deductedUnits()).isEqualTo(230);
        assertThat(view().unreflectedUnits()).isZero();
        assertThat(view().availableUnits()).as("what Dodo shows").isEqualTo(330);
    }

    @Test
    void theLedgerThatFoldsTheFactsIsTheSame() {
        acknowledgeAll();
        apply(EXPIRY, DEDUCTION);
        Ledger folded = new Ledger();
        journal.forEach(folded::apply);
        now += IDLE;
        Reading reading = new Reading(0, 0, 0, List.of(EXPIRY, DEDUCTION), null, now);
        Command<Command.ReadingAnswer> command = new Command.ApplyReading(ACCOUNT, reading, now);

        assertThat(folded.decide(command)).isEqualTo(ledger.decide(command));
        assertThat(folded.view(ACCOUNT, new Overage.Off())).isEqualTo(view());
    }

    private static Reading.Entry entry(String id, boolean usage, long before, long after, long createdMicros) {
        String type = usage ? "credit_deducted" : "credit_added";
        return new Reading.Entry(id, type, usage, before, after, 0, 0, createdMicros);
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        journal.addAll(decision.facts());
        return Objects.requireNonNull(decision.answer());
    }

    private void use(String requestId, long units) {
        decide(new Command.Reserve(
                requestId,
                ACCOUNT,
                "k",
                "m",
                units,
                0,
                0,
                1,
                Policies.of(new Overage.Off()),
                false,
                9,
                Long.MAX_VALUE,
                now));
        decide(new Command.Settle(requestId, "m", units, Fact.Tokens.NONE, false, now));
    }

    private void acknowledgeAll() {
        List<Fact.Settled> settled = journal.stream()
                .filter(fact -> fact instanceof Fact.Settled)
                .map(fact -> (Fact.Settled) fact)
                .toList();
        decide(new Command.Acknowledge(settled.stream().map(Outbox.Delivery::of).toList(), now));
    }

    private void apply(Reading.Entry... entries) {
        decide(new Command.ApplyEntries(ACCOUNT, List.of(entries), now));
    }

    private void read(long balanceUnits, long overageLimitUnits, Reading.Entry... entries) {
        Fact.Terms terms = new Fact.Terms(overageLimitUnits, Fact.Standing.LIVE, 1, List.of());
        Reading reading = new Reading(balanceUnits, 0, 0, List.of(entries), terms, now);
        decide(new Command.ApplyReading(ACCOUNT, reading, now));
    }

    private AccountView view() {
        return ledger.view(ACCOUNT, new Overage.Off());
    }
}
