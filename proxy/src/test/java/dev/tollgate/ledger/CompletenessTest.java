package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Up to where no entry is missing. */
class CompletenessTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long NOW = 1_000_000;

    private long nowMillis = NOW;
    private final Ledger ledger = new Ledger();
    private final List<Fact> journal = new ArrayList<>();

    @Test
    void aReadingThatLeavesSomethingOutMakesNoSense() {
        long minute = 60_000_000;
        read(0, 300);
        read(0, 400, grant("e1", 300, 400, 60 * minute));
        assertThat(view().completeMicros()).isEqualTo(55 * minute);

        read(55 * minute, 400, grant("e1", 300, 400, 60 * minute));
        AccountView before = view();
        assertThatThrownBy(() -> read(55 * minute + 1, 400, grant("e1", 300, 400, 60 * minute)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(view()).isEqualTo(before);
    }

    @Test
    void whatWasReadCompletelyIsNotNotedAgainForEveryMinute() {
        long minute = 60_000_000;
        read(0, 300);
        read(0, 400, grant("e1", 300, 400, 60 * minute));
        int facts = journal.size();

        read(0, 500, grant("e2", 400, 500, 69 * minute));
        assertThat(journal.subList(facts, journal.size())).hasOnlyElementsOfType(Fact.EntryApplied.class);
        read(0, 600, grant("e3", 500, 600, 70 * minute));
        assertThat(view().completeMicros()).isEqualTo(65 * minute);
    }

    @Test
    void anEntryOfTheMomentFromWhichABasisCountsComesOnTop() {
        read(100, 300);
        tell(grant("e1", 300, 400, 100));
        assertThat(view().netUnits()).isEqualTo(400);
        tell(grant("e0", 200, 300, 99));
        assertThat(view().netUnits()).as("inside the basis").isEqualTo(400);
    }

    @Test
    void aReadingThatShowsNothingAsNewAsTheBasisReplacesNothing() {
        read(100, 300);
        read(50, 250);
        assertThat(view().netUnits()).isEqualTo(300);
    }

    @Test
    void aMissingEntryIsNoticedAmongThoseOfOneMoment() {
        read(0, 300);
        assertThat(tell(grant("e1", 300, 400, 10)).gap()).isFalse();
        assertThat(tell(grant("e3", 450, 500, 10)).gap()).isTrue();
    }

    @Test
    void theNewestEntryAloneSaysWhetherOneIsMissing() {
        read(0, 300);
        assertThat(tell(grant("e1", 305, 315, 10), grant("e2", 495, 500, 20)).gap())
                .isTrue();
    }

    @Test
    void theOldestEntryThatIsRememberedIsNoNewsEither() {
        long minute = 60_000_000;
        long oldest = 60 * minute;
        read(0, 300);
        read(0, 400, grant("e1", 300, 400, oldest));
        read(
                0,
                500,
                grant("e1", 300, 400, oldest),
                grant("e2", 400, 500, oldest + AccountState.LATE_MICROS + 5 * minute));
        assertThat(view().completeMicros()).isEqualTo(oldest + AccountState.LATE_MICROS);

        assertThat(tell(grant("e1", 300, 400, oldest)).applied()).isZero();
    }

    private Command.EntriesAnswer tell(Reading.Entry... entries) {
        Decision<Command.EntriesAnswer> decision =
                ledger.decide(new Command.ApplyEntries(ACCOUNT, List.of(entries), nowMillis));
        journal.addAll(decision.facts());
        return Objects.requireNonNull(decision.answer());
    }

    @Test
    void aReadingNeedsNotListWhatIsOlderThanTheNewest() {
        read(0, 300);
        journal.addAll(ledger.decide(new Command.ApplyEntries(
                        ACCOUNT, List.of(grant("e1", 300, 400, 10), grant("e2", 400, 500, 20)), nowMillis))
                .facts());

        read(0, 450, grant("e2", 400, 500, 20));
        assertThat(view().availableUnits()).as("it is put right").isEqualTo(450);

        read(0, 470, grant("e1", 300, 400, 10));
        assertThat(view().availableUnits()).as("older than what is known").isEqualTo(450);
    }

    @Test
    void aCopyOfAnEntryIsNoNewsHoweverLateItIs() {
        long hour = 3_600_000_000L;
        List<Reading.Entry> entries = new ArrayList<>();
        int days = 60;
        for (int i = 0; i < days * 24; i++) {
            nowMillis = (i + 1) * hour / 1_000;
            entries.add(grant("e" + i, 100L * i, 100L * (i + 1), (i + 1) * hour));
            long sinceMicros = view().completeMicros();
            Reading.Entry[] listed = entries.stream()
                    .filter(entry -> entry.createdMicros() >= sinceMicros)
                    .toArray(Reading.Entry[]::new);
            read(sinceMicros, 100L * (i + 1), listed);
            if (i == 30 * 24) {
                base(sinceMicros, 100L * (i + 1) + 1, listed);
                base(sinceMicros, 100L * (i + 1), listed);
            }
        }
        int facts = journal.size();
        for (Reading.Entry entry : entries) {
            journal.addAll(ledger.decide(new Command.ApplyEntries(ACCOUNT, List.of(entry), nowMillis))
                    .facts());
        }
        assertThat(journal).hasSize(facts);
        assertThat(view().netUnits()).isEqualTo(100L * days * 24);
        assertThat(Objects.requireNonNull(ledger.snapshot().accounts().get(ACCOUNT))
                        .entryIds())
                .hasSizeLessThan(8 * 24);
    }

    @Test
    void anEntryInsideTheBasisIsNoNewsWhileItMayStillBeSent() {
        long hour = 3_600_000_000L;
        nowMillis = 10 * hour / 1_000;
        Reading.Entry inside = grant("e0", 200, 300, 9 * hour);
        read(8 * hour, 300, inside);
        for (int i = 1; i <= 100; i++) {
            read(8 * hour, 300 + i, inside, grant("e" + i, 299 + i, 300 + i, (10 + i) * hour));
        }
        assertThat(ledger.decide(new Command.ApplyEntries(ACCOUNT, List.of(inside), nowMillis))
                        .facts())
                .isEmpty();
    }

    @Test
    void anEntryThatIsListedAFewDaysLateIsNews() {
        long day = 24 * 3_600_000_000L;
        read(0, 300);
        read(0, 400, grant("e1", 300, 400, 30 * day));
        read(0, 350, grant("e1", 300, 400, 30 * day), grant("e0", 450, 400, 26 * day));
        assertThat(view().netUnits()).isEqualTo(350);
        assertThat(journal.getLast()).isInstanceOf(Fact.EntryApplied.class);
    }

    /** A reading that differs from the sums, which is then the new basis. */
    private void base(long sinceMicros, long balanceUnits, Reading.Entry... entries) {
        read(sinceMicros, balanceUnits, entries);
        assertThat(journal)
                .anyMatch(fact -> fact instanceof Fact.Based basis
                        && basis.balanceUnits() == balanceUnits
                        && basis.includedEntryIds().size() == entries.length);
    }

    private void read(long sinceMicros, long balanceUnits, Reading.Entry... entries) {
        Reading reading = new Reading(balanceUnits, 0, sinceMicros, List.of(entries), null, nowMillis);
        journal.addAll(ledger.decide(new Command.ApplyReading(ACCOUNT, reading, nowMillis))
                .facts());
    }

    private AccountView view() {
        return ledger.view(ACCOUNT, new Overage.Off());
    }

    private static Reading.Entry grant(String id, long before, long after, long createdMicros) {
        return new Reading.Entry(id, "credit_added", false, before, after, 0, 0, createdMicros);
    }
}
