package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final Account OTHER = new Account("cus_2", "cde_1");
    private static final long HOUR = 3_600_000;

    private final Ledger ledger = new Ledger();
    private final List<Fact> journal = new ArrayList<>();
    private final List<Decision.Served> served = new ArrayList<>();
    private long now = 1_000_000;
    private int requests;

    @Test
    void anAccountThatWasNeverReadIsUnknown() {
        assertThat(reserve(ACCOUNT, 10, 10, 10)).isEqualTo(new Command.ReserveAnswer.Unknown());
    }

    @Test
    void aHoldTakesFromWhatIsAvailable() {
        read(ACCOUNT, 1_000);

        assertThat(reserve(ACCOUNT, 100, 200, 200)).isEqualTo(new Command.ReserveAnswer.Granted(100, 200, 0, 700));
        assertThat(view(ACCOUNT).heldUnits()).isEqualTo(300);
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(700);
    }

    @Test
    void anOpenOutputIsHeldAsFarAsTheBalancePays() {
        read(ACCOUNT, 1_000);

        assertThat(reserve(ACCOUNT, 100, 16, 128_000)).isEqualTo(new Command.ReserveAnswer.Granted(100, 900, 0, 0));
    }

    @Test
    void anOpenOutputLeavesRoomForRequestsBesideIt() {
        read(ACCOUNT, 100_100);

        assertThat(reserve(ACCOUNT, 100, 16, 128_000))
                .isEqualTo(new Command.ReserveAnswer.Granted(100, 25_000, 0, 75_000));
        assertThat(reserve(ACCOUNT, 100, 25_000, 25_000)).isInstanceOf(Command.ReserveAnswer.Granted.class);
    }

    @Test
    void anOpenOutputIsAWholeMultipleOfItsChoices() {
        read(ACCOUNT, 1_000);

        Command.ReserveAnswer answer = decide(new Command.Reserve(
                "r", ACCOUNT, "k", "m", 100, 48, 300_000, 7, Policies.of(new Overage.Off()), false, 100, HOUR, now));

        assertThat(answer).isEqualTo(new Command.ReserveAnswer.Granted(100, 896, 0, 4));
    }

    @Test
    void theLastUnitCanBeSpentAndNotOneMore() {
        read(ACCOUNT, 300);

        assertThat(reserve(ACCOUNT, 100, 200, 200)).isInstanceOf(Command.ReserveAnswer.Granted.class);
        read(OTHER, 299);
        assertThat(reserve(OTHER, 100, 200, 200)).isEqualTo(new Command.ReserveAnswer.Exhausted(300, 299, now));
    }

    @Test
    void creditsThatRunningRequestsHoldAreNotGone() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 100, 100);

        assertThat(reserve(ACCOUNT, 100, 100, 100)).isEqualTo(new Command.ReserveAnswer.Held(200, 100, 200));
    }

    @Test
    void settlingReturnsTheRestOfTheHold() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);

        assertThat(settle("r1", 120)).isTrue();

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(880);
        assertThat(view(ACCOUNT).heldUnits()).isZero();
        assertThat(view(ACCOUNT).unreflectedUnits()).isEqualTo(120);
    }

    @Test
    void aReleasedHoldComesBackWhole() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);

        assertThat(decide(new Command.Release("r1", "refused", now))).isTrue();

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(1_000);
    }

    @Test
    void aRequestEndsOnlyOnce() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);

        assertThat(settle("r1", 120)).isFalse();
        assertThat(decide(new Command.Release("r1", "late", now))).isFalse();
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(880);
    }

    @Test
    void aDeductionOfOurOwnUsageChangesNothingThatIsAvailable() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);

        apply(ACCOUNT, deduction("e1", 1_000, 880, 10));

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(880);
        assertThat(view(ACCOUNT).netUnits()).isEqualTo(880);
        assertThat(view(ACCOUNT).unreflectedUnits()).isZero();
    }

    @Test
    void aDeductionOfUsageThatNobodyHereSettledLowersTheBalance() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);

        apply(ACCOUNT, deduction("e1", 1_000, 800, 10));

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(800);
        assertThat(view(ACCOUNT).deductedUnits()).isEqualTo(120);
    }

    @Test
    void entriesCountOnceInAnyOrder() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);
        Reading.Entry first = deduction("e1", 1_000, 880, 10);
        Reading.Entry second = grant("e2", 880, 1_380, 20);

        apply(ACCOUNT, second);
        apply(ACCOUNT, first, second);
        apply(ACCOUNT, first);

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(1_380);
        assertThat(view(ACCOUNT).netUnits()).isEqualTo(1_380);
    }

    @Test
    void anEntryInsideTheFirstReadingIsNotCountedAgain() {
        Reading.Entry grant = grant("e0", 0, 1_000, 5);
        decide(new Command.ApplyReading(ACCOUNT, new Reading(1_000, 0, 4, List.of(grant), null, now), now));

        apply(ACCOUNT, grant);
        apply(ACCOUNT, grant("older", 0, 70, 3));

        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(1_000);
    }

    @Test
    void aMissingEntryBeforeTheNewestIsNoticed() {
        read(ACCOUNT, 1_000);

        Command.EntriesAnswer answer = apply(ACCOUNT, grant("e2", 1_500, 1_600, 20));

        assertThat(answer.gap()).isTrue();
        assertThat(apply(ACCOUNT, grant("e1", 1_000, 1_500, 10)).gap()).isFalse();
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(1_600);
    }

    @Test
    void aReadingThatDiffersFromTheSumsHereReplacesThem() {
        read(ACCOUNT, 1_000);

        Command.ReadingAnswer answer = decide(new Command.ApplyReading(
                ACCOUNT, new Reading(700, 0, 0, List.of(grant("e9", 600, 700, 50)), null, now), now));

        assertThat(answer.applied()).isOne();
        assertThat(answer.driftUnits()).isEqualTo(400);
        assertThat(view(ACCOUNT).netUnits()).isEqualTo(700);
    }

    @Test
    void aReadingFromBeforeTheNewestKnownEntryReplacesNothing() {
        read(ACCOUNT, 1_000);
        apply(ACCOUNT, grant("e1", 1_000, 1_500, 30));

        Command.ReadingAnswer answer = decide(new Command.ApplyReading(
                ACCOUNT, new Reading(1_000, 0, 0, List.of(grant("e0", 0, 1_000, 20)), null, now), now));

        assertThat(answer.driftUnits()).isZero();
        assertThat(view(ACCOUNT).netUnits()).isEqualTo(2_500);
    }

    @Test
    void aReadingWithoutAnEntryOfTheNewestMomentReplacesNothing() {
        Reading.Entry first = grant("e1", 0, 1_000, 30);
        read(ACCOUNT, 0);
        Reading between = new Reading(1_000, 0, 0, List.of(first), null, now);
        apply(ACCOUNT, first);
        apply(ACCOUNT, grant("e2", 1_000, 1_500, 30));

        Command.ReadingAnswer answer = decide(new Command.ApplyReading(ACCOUNT, between, now));

        assertThat(answer.driftUnits()).isZero();
        assertThat(view(ACCOUNT).netUnits()).isEqualTo(1_500);
    }

    @Test
    void overageLetsACustomerGoBelowZeroAsFarAsItReaches() {
        read(ACCOUNT, 100);

        assertThat(reserveWith(new Overage.UpTo(50), 100, 50, 50)).isInstanceOf(Command.ReserveAnswer.Granted.class);
        assertThat(reserveWith(new Overage.UpTo(50), 0, 1, 1)).isInstanceOf(Command.ReserveAnswer.Held.class);
        assertThat(reserveWith(new Overage.Unlimited(), 1_000, 1_000, 1_000))
                .isEqualTo(new Command.ReserveAnswer.Granted(1_000, 1_000, 0, Long.MAX_VALUE));
    }

    @Test
    void aLimitBeyondAllAmountsIsNone() {
        read(ACCOUNT, 100);

        assertThat(reserveWith(new Overage.UpTo(Long.MAX_VALUE - 1), 10, 10, 10))
                .isEqualTo(new Command.ReserveAnswer.Granted(10, 10, 0, Long.MAX_VALUE));
    }

    @Test
    void overageAsDodoSaysComesFromTheReading() {
        decide(new Command.ApplyReading(
                ACCOUNT,
                new Reading(0, 0, 0, List.of(), new Fact.Terms(500, Fact.Standing.LIVE, 1, List.of()), now),
                now));

        assertThat(reserveWith(new Overage.Off(), 10, 10, 10)).isInstanceOf(Command.ReserveAnswer.Exhausted.class);
        assertThat(reserveWith(new Overage.AsDodoSays(), 10, 10, 10)).isInstanceOf(Command.ReserveAnswer.Granted.class);
    }

    @Test
    void aBalanceConfirmedTooLongAgoIsStale() {
        read(ACCOUNT, 1_000);
        long confirmed = now;
        now += HOUR + 1;

        assertThat(reserve(ACCOUNT, 1, 1, 1)).isEqualTo(new Command.ReserveAnswer.Stale(confirmed));
    }

    @Test
    void onlySoManyRequestsOfACustomerRunAtOnce() {
        read(ACCOUNT, 1_000);
        for (int i = 0; i < 100; i++) {
            assertThat(reserve(ACCOUNT, 1, 1, 1)).isInstanceOf(Command.ReserveAnswer.Granted.class);
        }

        assertThat(reserve(ACCOUNT, 1, 1, 1)).isEqualTo(new Command.ReserveAnswer.Crowded(100));
        settle("r1", 1);
        assertThat(reserve(ACCOUNT, 1, 1, 1)).isInstanceOf(Command.ReserveAnswer.Granted.class);
    }

    @Test
    void accountsDoNotTouchEachOther() {
        read(ACCOUNT, 1_000);
        read(OTHER, 50);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 300);

        assertThat(view(OTHER).availableUnits()).isEqualTo(50);
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(700);
    }

    @Test
    void foldingTheFactsAgainRestoresTheState() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        reserve(ACCOUNT, 50, 50, 50);
        settle("r1", 120);
        apply(ACCOUNT, deduction("e1", 1_000, 880, 10));

        Ledger restored = new Ledger();
        journal.forEach(restored::apply);

        assertThat(restored.decide(new Command.Look(ACCOUNT, new Overage.Off())).answer())
                .isEqualTo(view(ACCOUNT));
    }

    @Test
    void whatWasOpenAtACrashIsBookedInFullAndFlagged() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);

        assertThat(decide(new Command.CloseOrphans(now))).isOne();

        assertThat(journal.getLast()).isInstanceOfSatisfying(Fact.Settled.class, settled -> {
            assertThat(settled.estimated()).isTrue();
            assertThat(settled.units()).isEqualTo(300);
        });
        assertThat(view(ACCOUNT).heldUnits()).isZero();
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(700);
    }

    @Test
    void whoMayWaitIsServedInTheOrderOfComing() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 200, 200);
        join("first", 150);
        join("second", 100);

        settle("r1", 40);

        assertThat(served)
                .containsExactly(
                        new Decision.Served("first", new Command.ReserveAnswer.Granted(150, 0, 0, 110)),
                        new Decision.Served("second", new Command.ReserveAnswer.Granted(100, 0, 0, 10)));
        assertThat(view(ACCOUNT).heldUnits()).isEqualTo(250);
    }

    @Test
    void nobodyPassesThoseWhoWait() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 150, 150);
        join("large", 200);

        assertThat(reserve(ACCOUNT, 10, 10, 10)).isEqualTo(new Command.ReserveAnswer.Held(20, 50, 250));
        join("small", 20);
        assertThat(served).isEmpty();

        decide(new Command.Withdraw("large", ACCOUNT));

        assertThat(served)
                .containsExactly(
                        new Decision.Served("large", new Command.ReserveAnswer.Held(200, 50, 250)),
                        new Decision.Served("small", new Command.ReserveAnswer.Granted(20, 0, 0, 30)));
    }

    @Test
    void aTopUpServesThoseWhoWait() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 200, 200);
        join("waiting", 100);

        apply(ACCOUNT, grant("e1", 300, 500, 10));

        assertThat(served)
                .containsExactly(new Decision.Served("waiting", new Command.ReserveAnswer.Granted(100, 0, 0, 100)));
    }

    @Test
    void whoWaitsForCreditsThatWereUsedUpIsToldSo() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 200, 200);
        join("waiting", 100);

        settle("r1", 290);

        assertThat(served)
                .containsExactly(new Decision.Served("waiting", new Command.ReserveAnswer.Exhausted(100, 10, now)));
    }

    @Test
    void theLineHasAnEnd() {
        read(ACCOUNT, 300);
        reserve(ACCOUNT, 100, 200, 200);
        for (int i = 0; i < 100; i++) {
            join("w" + i, 10);
        }

        assertThat(decide(waiting("one-too-many", 10))).isEqualTo(new Command.ReserveAnswer.Crowded(100));
    }

    @Test
    void aCommandThatMakesNoSenseChangesNothing() {
        read(ACCOUNT, 300);
        AccountView before = view(ACCOUNT);

        assertThatThrownBy(() -> apply(ACCOUNT, grant("e1", Long.MIN_VALUE, Long.MAX_VALUE, 10)))
                .isInstanceOf(ArithmeticException.class);

        assertThat(view(ACCOUNT)).isEqualTo(before);
    }

    @Test
    void deductionsThatComeTogetherTakeNoMoreForOursThanWasUsed() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);

        assertThat(apply(ACCOUNT, deduction("e1", 1_000, 900, 10), deduction("e2", 900, 800, 20)))
                .isEqualTo(new Command.EntriesAnswer(true, 2, false, 80));
        assertThat(view(ACCOUNT).availableUnits()).isEqualTo(800);
    }

    @Test
    void anEventIsAcknowledgedOnce() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);
        Fact.Settled settled = (Fact.Settled) journal.getLast();

        assertThat(decide(new Command.Acknowledge(
                        List.of(Outbox.Delivery.of(settled), Outbox.Delivery.of(settled)), now)))
                .isOne();
        assertThat(decide(new Command.Acknowledge(List.of(Outbox.Delivery.of(settled)), now)))
                .isZero();
    }

    @Test
    void aJournalThatEndsARequestTwiceIsNotBelieved() {
        read(ACCOUNT, 1_000);
        reserve(ACCOUNT, 100, 200, 200);
        settle("r1", 120);

        assertThatThrownBy(() -> ledger.apply(journal.getLast())).isInstanceOf(IllegalStateException.class);
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        journal.addAll(decision.facts());
        served.addAll(decision.served());
        return Objects.requireNonNull(decision.answer());
    }

    private void read(Account account, long balanceUnits) {
        decide(new Command.ApplyReading(account, new Reading(balanceUnits, 0, 0, List.of(), null, now), now));
    }

    private Command.ReserveAnswer reserve(Account account, long prompt, long least, long most) {
        return decide(new Command.Reserve(
                "r" + ++requests,
                account,
                "k",
                "m",
                prompt,
                least,
                most,
                1,
                Policies.of(new Overage.Off()),
                false,
                100,
                HOUR,
                now));
    }

    private Command.Reserve waiting(String requestId, long prompt) {
        return new Command.Reserve(
                requestId, ACCOUNT, "k", "m", prompt, 0, 0, 1, Policies.of(new Overage.Off()), true, 100, HOUR, now);
    }

    private void join(String requestId, long prompt) {
        assertThat(ledger.decide(waiting(requestId, prompt)).answer()).isNull();
    }

    private Command.ReserveAnswer reserveWith(Overage overage, long prompt, long least, long most) {
        return decide(new Command.Reserve(
                "r" + ++requests,
                ACCOUNT,
                "k",
                "m",
                prompt,
                least,
                most,
                1,
                Policies.of(overage),
                false,
                100,
                HOUR,
                now));
    }

    private boolean settle(String requestId, long units) {
        return decide(new Command.Settle(requestId, "m", units, Fact.Tokens.NONE, false, now));
    }

    private Command.EntriesAnswer apply(Account account, Reading.Entry... entries) {
        return decide(new Command.ApplyEntries(account, List.of(entries), now));
    }

    private AccountView view(Account account) {
        return decide(new Command.Look(account, new Overage.Off()));
    }

    private static Reading.Entry deduction(String id, long before, long after, long createdMicros) {
        return new Reading.Entry(id, "credit_deducted", true, before, after, 0, 0, createdMicros);
    }

    private static Reading.Entry grant(String id, long before, long after, long createdMicros) {
        return new Reading.Entry(id, "credit_added", false, before, after, 0, 0, createdMicros);
    }
}
