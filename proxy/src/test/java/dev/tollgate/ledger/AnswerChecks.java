package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;

/** Whether a ledger answers rightly to what Dodo shows, by what the model of an account knows. */
record AnswerChecks(Promises promises, Tally tally) {

    /** Usage from elsewhere is said when it shows, once; what was there before the first reading is none. */
    void checkForeign(LedgerModel model, long saidUnits, long beforeUnits) {
        long newUnits = model.foreignUnits() - beforeUnits;
        if (newUnits > 0) {
            tally.count("usage from elsewhere");
        }
        promises.require(
                Promise.RIGHT_ANSWER,
                saidUnits == newUnits,
                () -> saidUnits + " are said to be foreign of " + newUnits);
    }

    /** An entry newer than all others here tells exactly whether the sums before it are complete. */
    void checkGap(LedgerModel model, long tipMicros, List<Reading.Entry> entries, Command.EntriesAnswer answer) {
        if (!model.isRead() || entries.size() != 1 || entries.getFirst().createdMicros() <= tipMicros) {
            return;
        }
        boolean gap = entries.getFirst().netAfterUnits() != model.knownNetUnits();
        tally.count(gap ? "gap" : "no gap");
        promises.require(Promise.RIGHT_ANSWER, answer.gap() == gap, () -> answer + " but there is a gap: " + gap);
    }

    /** Of the grants that are due none is left out that was used up or taken away, once Dodo was read. */
    void checkDue(LedgerModel model, SimulatedDodo dodo, Fact.Terms terms, LedgerModel.Taken taken) {
        Reading reading = taken.reading();
        if (reading.terms() != null && !model.isOvertaken(taken) && dodo.namedAllEnds()) {
            List<Fact.Grant> leftOut = terms.grants().stream()
                    .filter(grant -> grant.expiresAtMillis() <= reading.readAtMillis() && grant.remainingUnits() > 0)
                    .toList();
            tally.count(leftOut.isEmpty() ? "nothing due" : "due and left out");
            promises.require(
                    Promise.NO_PHANTOM_REFUSAL,
                    leftOut.stream().allMatch(grant -> taken.dueGrantIds().contains(grant.id())),
                    () -> leftOut + " are left out and " + taken.dueGrantIds() + " are due");
        }
    }
}
