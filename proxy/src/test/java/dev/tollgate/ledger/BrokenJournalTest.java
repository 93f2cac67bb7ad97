package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Facts that cannot follow each other stop the ledger; those that can are all folded. */
class BrokenJournalTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long NOW = 1_000_000;

    private final Ledger ledger = new Ledger();

    @BeforeEach
    void useFortyAndHoldTen() {
        ledger.apply(new Fact.Based(ACCOUNT, 100, 0, 5, List.of("e0"), NOW));
        ledger.apply(new Fact.Reserved("used", ACCOUNT, "k", "m", 40, 0, NOW));
        ledger.apply(new Fact.Reserved("open", ACCOUNT, "k", "m", 10, 0, NOW));
        ledger.apply(settled("used", 40));
        ledger.apply(new Fact.Inherited(ACCOUNT, 5, NOW));
        ledger.apply(entry("e1", -10, 10, 50));
        ledger.apply(new Fact.CaughtUp(ACCOUNT, 40, NOW));
    }

    private static Fact.Settled settled(String requestId, long units) {
        return new Fact.Settled(requestId, ACCOUNT, "k", "m", "m", units, Fact.Tokens.NONE, false, NOW);
    }

    private static Fact.EntryApplied entry(String id, long netUnits, long usageUnits, long createdMicros) {
        return new Fact.EntryApplied(ACCOUNT, id, "credit_deducted", netUnits, usageUnits, createdMicros, NOW);
    }

    static Stream<Fact> impossible() {
        return Stream.of(
                entry("e1", -10, 10, 50),
                entry("e0", -10, 0, 50),
                entry("e2", -36, 36, 60),
                settled("used", 1),
                settled("never", 1),
                new Fact.Voided("used", ACCOUNT, "not_sent", NOW),
                new Fact.Shrunk("open", ACCOUNT, 10, NOW),
                new Fact.Shrunk("used", ACCOUNT, 1, NOW),
                new Fact.WrittenOff(ACCOUNT, 36, NOW),
                new Fact.Inherited(ACCOUNT, -6, NOW),
                new Fact.CaughtUp(ACCOUNT, 40, NOW));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void whatCannotFollowIsNotBelieved(Fact fact) {
        assertThatThrownBy(() -> ledger.apply(fact)).isInstanceOf(IllegalStateException.class);
    }

    static Stream<Fact> possible() {
        return Stream.of(
                entry("e2", -35, 35, 60),
                settled("open", 11),
                new Fact.Voided("open", ACCOUNT, "not_sent", NOW),
                new Fact.Shrunk("open", ACCOUNT, 9, NOW),
                new Fact.WrittenOff(ACCOUNT, 35, NOW),
                new Fact.Inherited(ACCOUNT, -5, NOW),
                new Fact.CaughtUp(ACCOUNT, 41, NOW));
    }

    @ParameterizedTest
    @MethodSource("possible")
    void whatCanFollowIsFolded(Fact fact) {
        ledger.apply(fact);

        assertThat(ledger.view(ACCOUNT, new Overage.Off()).known()).isTrue();
    }

    @Test
    void anEventThatWasNeverSettledCannotBeMissedByTheCount() {
        ledger.apply(new Fact.Ingested("used", ACCOUNT, NOW));
        ledger.apply(new Fact.Ingested("used", ACCOUNT, NOW + 1));
        ledger.apply(new Fact.Ingested("never", ACCOUNT, NOW + 1));

        assertThat(ledger.decide(new Command.Acknowledge(List.of(Outbox.Delivery.of(settled("used", 40))), NOW))
                        .answer())
                .isZero();
    }

    @Test
    void whatIsSetAsideAndPutBackIsKnownAgain() {
        ledger.apply(new Fact.Quarantined("used", ACCOUNT, "no", NOW));
        assertThat(putBack()).isEqualTo(1);
        ledger.apply(new Fact.Requeued("used", ACCOUNT, NOW));
        assertThat(putBack()).isZero();
    }

    private int putBack() {
        Ledger asked = new Ledger();
        asked.restore(ledger.snapshot());
        Decision<Command.PutBackAnswer> decision = asked.decide(new Command.PutBack(true, List.of(), NOW));
        return decision.facts().size();
    }

    @Test
    void anEntryOrABasisConfirmsTheBalanceAndTermsDoNot() {
        for (Fact fact : List.of(
                new Fact.Based(ACCOUNT, 100, 0, 5, List.of(), NOW + 1),
                new Fact.EntryApplied(ACCOUNT, "e3", "credit_added", 1, 0, 61, NOW + 2))) {
            ledger.apply(fact);
            assertThat(ledger.view(ACCOUNT, new Overage.Off()).confirmedMillis())
                    .isEqualTo(fact.atMillis());
        }
        ledger.apply(new Fact.TermsSeen(ACCOUNT, new Fact.Terms(7, Fact.Standing.LIVE, 1, List.of()), NOW + 3));
        ledger.apply(new Fact.EntryApplied(ACCOUNT, "e4", "credit_added", 1, 0, 62, NOW));
        assertThat(ledger.view(ACCOUNT, new Overage.Off()).confirmedMillis())
                .as("never taken back")
                .isEqualTo(NOW + 2);
    }

    @Test
    void aKeyIsMadeOnceForEachOrigin() {
        assertThat(change("key_1", "purchase", false)).isTrue();
        assertThat(change("key_2", "purchase", false)).isFalse();
        assertThat(change("key_1", "purchase", true)).isTrue();
        assertThat(change("key_3", "", false)).isTrue();
        assertThat(change("key_4", "", false)).isTrue();
    }

    private boolean change(String keyId, String origin, boolean revoked) {
        Fact.KeyChanged fact = new Fact.KeyChanged(keyId, ACCOUNT, "hash", "name", origin, revoked, NOW);
        return Objects.requireNonNull(ledger.decide(new Command.ChangeKey(fact)).answer());
    }

    @Test
    void entriesOfAnAccountThatWasNeverReadTakeNoEffect() {
        Account stranger = new Account("cus_2", "cde_1");
        Reading.Entry entry = new Reading.Entry("e1", "credit_added", false, 0, 5, 0, 0, 10);

        var decision = ledger.decide(new Command.ApplyEntries(stranger, List.of(entry), NOW));

        assertThat(decision.answer()).isEqualTo(new Command.EntriesAnswer(false, 0, false, 0));
        assertThat(decision.facts()).isEmpty();
    }

    @Test
    void onlyWhatIsNoUsageChangesGrants() {
        assertThat(new Reading.Entry("e", "credit_added", false, 0, 5, 0, 0, 1).changesGrants())
                .isTrue();
        assertThat(new Reading.Entry("e", "credit_added", false, 5, 5, 0, 0, 1).changesGrants())
                .isFalse();
        assertThat(new Reading.Entry("e", "credit_deducted", true, 5, 0, 0, 0, 1).changesGrants())
                .isFalse();
    }
}
