package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;
import java.util.Optional;

/**
 * When usage that an earlier journal told Dodo has surely been deducted. Pure.
 *
 * <p>No entry says which usage it deducts, so what had been deducted before this journal began is known only once nothing
 * of this account can be on its way any more: then all that is counted and not deducted here had been.
 */
final class Inheritance {
    /** Dodo deducts about once a minute; a quarter of an hour leaves room for a worker that stood still. */
    static final long LAG_MILLIS = 15 * 60_000;

    private Inheritance() {}

    /** @param facts what the reading has led to so far */
    static Optional<Fact> takenBack(AccountState state, List<Fact> facts, Command.ApplyReading command) {
        boolean quiet = state.isQuiet(LAG_MILLIS, command.reading().readAtMillis());
        if (!state.based() || state.inheritedUnits() == 0 || !quiet) {
            return Optional.empty();
        }
        long leftUnits = state.deductibleUnits();
        for (Fact fact : facts) {
            if (fact instanceof Fact.EntryApplied entry) {
                leftUnits -= entry.usageUnits();
            }
        }
        long units = Math.min(state.inheritedUnits(), leftUnits);
        return units > 0
                ? Optional.of(new Fact.Inherited(command.account(), -units, command.nowMillis()))
                : Optional.empty();
    }
}
