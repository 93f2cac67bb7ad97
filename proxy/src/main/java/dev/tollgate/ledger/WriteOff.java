package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Usage that Dodo will never deduct: with overage off it stops at zero and drops the rest, without an entry. Written off,
 * that rest no longer counts against what the customer buys next. Pure.
 *
 * <p>Nothing at Dodo says that it dropped something, so it is concluded: Dodo has had every event for so long that its
 * worker must have taken them all, every entry since is known here, and they came to less than what was used. What was to
 * be given back meanwhile is no loss: usage that nobody used may be what was dropped.
 */
final class WriteOff {
    /** Dodo's worker runs about once a minute. */
    private static final long WORKER_CYCLE_MILLIS = 60_000;

    /** So many cycles without a settlement, an acknowledgement or a deduction, before the reading began. */
    private static final int IDLE_CYCLES = 30;

    private WriteOff() {}

    /**
     * @param entries the facts of the reading's entries that are news
     * @param driftUnits how far the sums are off from the reading
     */
    static Optional<Fact> of(AccountState state, List<Fact> entries, long driftUnits, Command.ApplyReading command) {
        Reading reading = command.reading();
        boolean exact = state.based() && driftUnits == 0 && !state.isAheadOf(reading) && !deducts(entries);
        Fact.Terms terms = Objects.requireNonNullElse(reading.terms(), state.terms());
        boolean stopsAtZero = terms.overageLimitUnits() == 0 && state.terms().overageLimitUnits() == 0;
        boolean empty = reading.balanceUnits() <= 0 || state.emptied();
        if (!exact || !stopsAtZero || !empty || !isIdle(state, reading)) {
            return Optional.empty();
        }
        long units = state.droppableUnits();
        return units <= 0
                ? Optional.empty()
                : Optional.of(new Fact.WrittenOff(command.account(), units, command.nowMillis()));
    }

    private static boolean isIdle(AccountState state, Reading reading) {
        long idleMillis = reading.readAtMillis() - state.movedMillis();
        return state.unacknowledgedDeliveries() == 0 && idleMillis >= IDLE_CYCLES * WORKER_CYCLE_MILLIS;
    }

    private static boolean deducts(List<Fact> entries) {
        return entries.stream().anyMatch(fact -> fact instanceof Fact.EntryApplied entry && entry.usageUnits() != 0);
    }
}
