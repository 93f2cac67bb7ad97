package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Fact.Standing;
import dev.tollgate.ledger.Command.ReserveAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Dodo says beyond the balance, and who is served then. */
class LedgerTermsTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long NOW = 1_800_000_000_000L;
    private static final long MINUTE = 60_000;
    private static final long HOUR = 60 * MINUTE;
    private static final Command.Policy SERVES_ALL = Policies.of(new Overage.Off());

    private final Ledger ledger = new Ledger();
    private final List<Fact> facts = new ArrayList<>();
    private int requests;

    private static Fact.Terms expiring(Fact.Grant... grants) {
        return new Fact.Terms(0, Standing.LIVE, 1, List.of(grants));
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = ledger.decide(command);
        facts.addAll(decision.facts());
        return Objects.requireNonNull(decision.answer());
    }

    private void read(long balanceUnits, Fact.@Nullable Terms terms, long nowMillis, Reading.Entry... entries) {
        decide(new Command.ApplyReading(
                ACCOUNT, new Reading(balanceUnits, 0, 0, List.of(entries), terms, nowMillis), nowMillis));
    }

    private Command.Reserve request(Command.Policy policy, long units, boolean mayWait, long nowMillis) {
        return new Command.Reserve(
                "r" + requests++, ACCOUNT, "k", "m", units, 0, 0, 1, policy, mayWait, 100, 100 * HOUR, nowMillis);
    }

    private ReserveAnswer ask(Command.Policy policy, long units, long nowMillis) {
        return decide(request(policy, units, false, nowMillis));
    }

    private static Reading.Entry expired(@Nullable String grantId, long before, long after) {
        return new Reading.Entry("e" + after, "credit_expired", false, before, after, 0, 0, NOW * 1_000, grantId);
    }

    @Test
    void creditsAreGivenOutUntilTheGuardBeginsAndNotAfter() {
        read(1_000, expiring(new Fact.Grant("g", NOW + 2 * MINUTE + 1, 700)), NOW);

        assertThat(ask(SERVES_ALL, 400, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
        assertThat(ask(SERVES_ALL, 1, NOW + 1)).isInstanceOf(ReserveAnswer.Held.class);
        assertThat(ask(SERVES_ALL, 301, NOW + 1)).isInstanceOf(ReserveAnswer.Exhausted.class);
    }

    @Test
    void aBalanceIsGoodForAsLongAsIsSaid() {
        read(1_000, Fact.Terms.NONE, NOW);

        assertThat(ask(SERVES_ALL, 1, NOW + 100 * HOUR)).isInstanceOf(ReserveAnswer.Granted.class);
        assertThat(ask(SERVES_ALL, 1, NOW + 100 * HOUR + 1)).isInstanceOf(ReserveAnswer.Stale.class);
    }

    @Test
    void aReadingThatBringsNothingNewMakesABalanceGoodAgain() {
        read(1_000, Fact.Terms.NONE, NOW);
        int before = facts.size();
        read(1_000, Fact.Terms.NONE, NOW + 100 * HOUR);
        assertThat(facts).hasSize(before);

        assertThat(ask(SERVES_ALL, 1, NOW + 200 * HOUR)).isInstanceOf(ReserveAnswer.Granted.class);
        assertThat(ask(SERVES_ALL, 1, NOW + 200 * HOUR + 1)).isInstanceOf(ReserveAnswer.Stale.class);
    }

    @ParameterizedTest
    @CsvSource({"true, 0, true", "true, 1, false", "false, 0, false"})
    void onlyUsageThatNothingDeductsIsDebitedWhereThatIsWanted(boolean wanted, int deducting, boolean debited) {
        read(1_000, new Fact.Terms(0, Standing.LIVE, deducting, List.of()), NOW);

        ask(wanted ? Policies.debiting(new Overage.Off()) : SERVES_ALL, 1, NOW);

        assertThat(((Fact.Reserved) facts.getLast()).debited()).isEqualTo(debited);
    }

    @Test
    void anEntryThatComesAgainConfirmsNothingThoughItEndsAGrantThatWasListedAnew() {
        Fact.Terms listed = expiring(new Fact.Grant("g", NOW, 700));
        read(1_000, listed, NOW);
        decide(new Command.ApplyEntries(ACCOUNT, List.of(expired("g", 1_000, 300)), NOW));
        read(1_000, listed, NOW);
        int before = facts.size();

        decide(new Command.ApplyEntries(ACCOUNT, List.of(expired("g", 1_000, 300)), NOW + 200 * HOUR));

        assertThat(facts.subList(before, facts.size())).singleElement().isInstanceOf(Fact.TermsSeen.class);
        assertThat(ask(SERVES_ALL, 1, NOW + 200 * HOUR)).isInstanceOf(ReserveAnswer.Stale.class);
    }

    @Test
    void anOverageOfNothingIsAllowed() {
        assertThat(new Overage.UpTo(0).limitUnits(5)).isZero();
    }

    @Test
    void anEntryThatNamesAGrantWithoutEndingItLeavesItListed() {
        read(1_000, expiring(new Fact.Grant("g", NOW, 700)), NOW);
        decide(new Command.ApplyEntries(
                ACCOUNT,
                List.of(new Reading.Entry("e1", "credit_added", false, 1_000, 1_100, 0, 0, NOW * 1_000, "g")),
                NOW));

        assertThat(ask(SERVES_ALL, 401, NOW)).isInstanceOf(ReserveAnswer.Exhausted.class);
        assertThat(ask(SERVES_ALL, 400, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void anExpiryThatDodoAnnouncesIsNotCountedTwice() {
        read(1_000, expiring(new Fact.Grant("g", NOW, 700)), NOW);
        decide(new Command.ApplyEntries(ACCOUNT, List.of(expired("g", 1_000, 300)), NOW));

        assertThat(ask(SERVES_ALL, 300, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void anExpiryInsideAReadingIsNotCountedTwice() {
        read(300, expiring(new Fact.Grant("g", NOW, 700)), NOW, expired("g", 1_000, 300));

        assertThat(ask(SERVES_ALL, 300, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void anExpiryThatDoesNotSayOfWhatStaysOutUntilTheGrantsAreListedAgain() {
        read(1_000, expiring(new Fact.Grant("g", NOW + MINUTE, 700)), NOW);
        decide(new Command.ApplyEntries(ACCOUNT, List.of(expired(null, 1_000, 300)), NOW));
        assertThat(ask(SERVES_ALL, 1, NOW)).isInstanceOf(ReserveAnswer.Exhausted.class);

        read(300, expiring(), NOW);

        assertThat(ask(SERVES_ALL, 300, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void aDueGrantThatIsNoLongerListedStaysOutUntilItsEndIsSeenOrAnHourHasPassed() {
        read(1_000, expiring(new Fact.Grant("g", NOW, 700)), NOW);
        read(1_000, expiring(), NOW + MINUTE);
        assertThat(ask(SERVES_ALL, 301, NOW + MINUTE)).isInstanceOf(ReserveAnswer.Exhausted.class);

        read(1_000, expiring(), NOW + HOUR);

        assertThat(ask(SERVES_ALL, 1_000, NOW + HOUR)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void aGrantThatLeavesTheListBeforeItIsDueIsUsedUp() {
        read(1_000, expiring(new Fact.Grant("g", NOW + MINUTE, 700)), NOW);
        read(300, expiring(), NOW);

        assertThat(ask(SERVES_ALL, 300, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
    }

    @Test
    void whoeverWaitedIntoTheGuardGetsNothingOfWhatExpires() {
        read(1_000, expiring(new Fact.Grant("g", NOW + 2 * MINUTE + 1, 700)), NOW);
        assertThat(ask(SERVES_ALL, 900, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
        assertThat(ledger.decide(request(SERVES_ALL, 400, true, NOW)).answer()).isNull();

        Decision<Boolean> ended = ledger.decide(new Command.Release("r0", "refused", NOW + 1));

        assertThat(ended.served()).hasSize(1);
        assertThat(ended.served().getFirst().answer()).isInstanceOf(ReserveAnswer.Exhausted.class);
    }

    @Test
    void aReadingWithoutTermsLeavesThemAsTheyWere() {
        read(1_000, expiring(new Fact.Grant("g", NOW, 700)), NOW);
        int before = facts.size();
        read(1_000, null, NOW);

        assertThat(facts).hasSize(before);
        assertThat(ask(SERVES_ALL, 301, NOW)).isInstanceOf(ReserveAnswer.Exhausted.class);
    }

    @ParameterizedTest
    @CsvSource({
        "LIVE,",
        "TRIAL,",
        "NONE,",
        "PAUSED, SUBSCRIPTION_PAUSED",
        "ON_HOLD, SUBSCRIPTION_ON_HOLD",
        "ENDED, SUBSCRIPTION_ENDED"
    })
    void aStandingIsServedUnlessTheOperatorRefusesIt(Standing standing, ReserveAnswer.@Nullable Reason reason) {
        read(1_000, new Fact.Terms(0, standing, 1, List.of()), NOW);
        Command.Policy strict = new Command.Policy(new Overage.Off(), false, false, Command.Undeducted.REFUSE, 0);

        assertThat(ask(SERVES_ALL, 10, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
        if (reason == null) {
            assertThat(ask(strict, 10, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
        } else {
            assertThat(ask(strict, 10, NOW)).isEqualTo(new ReserveAnswer.Withheld(reason, NOW));
        }
    }

    @Test
    void creditsThatNothingDeductsAreServedUnlessTheOperatorRefusesIt() {
        read(1_000, new Fact.Terms(0, Standing.NONE, 0, List.of()), NOW);
        Command.Policy strict = new Command.Policy(new Overage.Off(), true, true, Command.Undeducted.REFUSE, 0);

        assertThat(ask(SERVES_ALL, 10, NOW)).isInstanceOf(ReserveAnswer.Granted.class);
        assertThat(ask(strict, 10, NOW)).isEqualTo(new ReserveAnswer.Withheld(ReserveAnswer.Reason.NOT_DEDUCTED, NOW));
        read(0, null, NOW);
        assertThat(ask(strict, 10, NOW)).isInstanceOf(ReserveAnswer.Exhausted.class);
    }

    @Test
    void termsAreFoldedFromFacts() {
        read(1_000, expiring(new Fact.Grant("g", NOW, 700)), NOW);
        Ledger restored = new Ledger();
        facts.forEach(restored::apply);

        assertThat(restored.view(ACCOUNT, new Overage.Off())).isEqualTo(ledger.view(ACCOUNT, new Overage.Off()));
    }
}
