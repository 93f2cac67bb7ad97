package dev.tollgate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Up to where no entry is missing. */
class CompletenessTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long NOW = 1_000_000;

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
    void aReadingNeedsNotListWhatIsOlderThanTheNewest() {
        read(0, 300);
        journal.addAll(ledger.decide(new Command.ApplyEntries(
                        ACCOUNT, List.of(grant("e1", 300, 400, 10), grant("e2", 400, 500, 20)), NOW))
                .facts());

        read(0, 450, grant("e2", 400, 500, 20));
        assertThat(view().availableUnits()).as("it is put right").isEqualTo(450);

        read(0, 470, grant("e1", 300, 400, 10));
        assertThat(view().availableUnits()).as("older than what is known").isEqualTo(450);
    }

    private void read(long sinceMicros, long balanceUnits, Reading.Entry... entries) {
        Reading reading = new Reading(balanceUnits, 0, sinceMicros, List.of(entries), null, NOW);
        journal.addAll(
                ledger.decide(new Command.ApplyReading(ACCOUNT, reading, NOW)).facts());
    }

    private AccountView view() {
        return ledger.view(ACCOUNT, new Overage.Off());
    }

    private static Reading.Entry grant(String id, long before, long after, long createdMicros) {
        return new Reading.Entry(id, "credit_added", false, before, after, 0, 0, createdMicros);
    }
}
