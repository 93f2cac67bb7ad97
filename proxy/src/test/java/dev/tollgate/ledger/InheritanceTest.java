package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A new journal of a customer with 1,000 credits; an earlier one told Dodo of 300 units of usage lately. */
class InheritanceTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long LAG = Inheritance.LAG_MILLIS;

    private final Ledger ledger = new Ledger();
    private final List<Fact> journal = new ArrayList<>();
    private long now = 1_000_000_000;

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        journal.addAll(decision.facts());
        return Objects.requireNonNull(decision.answer());
    }

    private long inherit(long units) {
        return decide(new Command.Inherit(ACCOUNT, units, now));
    }

    private void read(long balanceUnits, Reading.Entry... entries) {
        decide(new Command.ApplyReading(
                ACCOUNT, new Reading(balanceUnits, 0, 0, List.of(entries), Fact.Terms.NONE, now), now));
    }

    private void settle(String requestId, long units) {
        decide(new Command.Reserve(
                requestId, ACCOUNT, "k", "m", units, 0, 0, 1, Policies.of(new Overage.Off()), true, 9, LAG * 9, now));
        decide(new Command.Settle(requestId, "m", units, Fact.Tokens.NONE, false, now));
    }

    private void acknowledgeAll() {
        decide(new Command.Acknowledge(
                journal.stream()
                        .filter(fact -> fact instanceof Fact.Settled)
                        .map(fact -> (Fact.Settled) fact)
                        .toList(),
                now));
    }

    private static Reading.Entry deduction(String id, long before, long after) {
        return new Reading.Entry(id, "credit_deducted", true, before, after, 0, 0, 10);
    }

    private AccountView view() {
        return ledger.view(ACCOUNT, new Overage.Off());
    }

    @Test
    void usageOfAnEarlierJournalCountsUntilNothingCanBeOnItsWay() {
        assertThat(inherit(300)).isEqualTo(300);
        read(1_000);
        assertThat(view().availableUnits()).isEqualTo(700);

        now += LAG - 1;
        read(1_000);
        assertThat(view().availableUnits()).isEqualTo(700);
        now += 1;
        read(1_000);
        assertThat(view().availableUnits()).isEqualTo(1_000);
        assertThat(journal.getLast()).isEqualTo(new Fact.Inherited(ACCOUNT, -300, now));
        read(1_000);
        assertThat(journal.getLast()).as("once").isEqualTo(new Fact.Inherited(ACCOUNT, -300, now));
    }

    @Test
    void whatIsSaidAgainIsRaisedAndNotAddedTo() {
        assertThat(inherit(300)).isEqualTo(300);
        assertThat(inherit(300)).isZero();
        assertThat(inherit(200)).isZero();
        assertThat(inherit(350)).isEqualTo(50);

        assertThat(view().usedUnits()).isEqualTo(350);
        assertThat(journal).hasSize(2);
        assertThat(inherit(0)).isZero();
        assertThatThrownBy(() -> inherit(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void deductionsTakeFromItAndOnlyTheRestComesBack() {
        inherit(300);
        read(1_000);
        decide(new Command.ApplyEntries(ACCOUNT, List.of(deduction("e1", 1_000, 900)), now));
        assertThat(view().availableUnits()).isEqualTo(700);

        now += LAG;
        read(850, deduction("e1", 1_000, 900), deduction("e2", 900, 850));

        assertThat(journal).contains(new Fact.Inherited(ACCOUNT, -150, now));
        assertThat(view().availableUnits()).isEqualTo(850);
    }

    @Test
    void nothingIsLeftToComeBackWhenAllWasDeducted() {
        inherit(300);
        read(1_000);
        now += LAG;

        read(700, deduction("e1", 1_000, 700));

        assertThat(view().availableUnits()).isEqualTo(700);
        assertThat(journal).filteredOn(fact -> fact instanceof Fact.Inherited).hasSize(1);
    }

    @Test
    void usageHereKeepsItBackUntilThatIsAcknowledgedForAsLong() {
        inherit(300);
        read(1_000);
        settle("r1", 100);
        now += LAG;
        read(1_000);
        assertThat(view().availableUnits()).as("an event waits").isEqualTo(600);

        acknowledgeAll();
        now += LAG - 1;
        read(1_000);
        assertThat(view().availableUnits()).as("Dodo may still deduct it").isEqualTo(600);
        now += 1;
        read(1_000);
        assertThat(view().availableUnits()).as("ours is still to be deducted").isEqualTo(900);
    }

    @Test
    void whatComesBackServesWhoWaits() {
        inherit(300);
        read(1_000);
        decide(new Command.Reserve(
                "r1", ACCOUNT, "k", "m", 600, 0, 0, 1, Policies.of(new Overage.Off()), true, 9, LAG * 9, now));
        Decision<Command.ReserveAnswer> waits = ledger.decide(new Command.Reserve(
                "r2", ACCOUNT, "k", "m", 400, 0, 0, 1, Policies.of(new Overage.Off()), true, 9, LAG * 9, now));
        assertThat(waits.answer()).isNull();
        now += LAG;

        Reading reading = new Reading(1_000, 0, 0, List.of(), Fact.Terms.NONE, now);
        var served =
                ledger.decide(new Command.ApplyReading(ACCOUNT, reading, now)).served();

        assertThat(served).containsExactly(new Decision.Served("r2", new Command.ReserveAnswer.Granted(400, 0, 0, 0)));
    }

    @Test
    void theLedgerThatFoldsTheFactsIsTheSame() {
        inherit(300);
        read(1_000);
        decide(new Command.ApplyEntries(ACCOUNT, List.of(deduction("e1", 1_000, 900)), now));
        AccountView.Fold fold = new AccountView.Fold();
        journal.forEach(fold);

        assertThat(fold.view(ACCOUNT, new Overage.Off())).isEqualTo(view());
    }
}
