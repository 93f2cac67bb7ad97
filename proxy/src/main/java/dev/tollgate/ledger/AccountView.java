package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.function.Consumer;

/**
 * One account at one moment, in meter units.
 *
 * @param known false when Dodo has not been read yet; all amounts are then zero
 * @param netUnits Dodo's balance minus accrued overage, as far as known here
 * @param usedUnits all usage settled here, {@code deductedUnits} the part of it that {@code netUnits} already shows
 * @param writtenOffUnits the part of {@code usedUnits} that Dodo dropped
 * @param heldUnits open reservations
 * @param availableUnits what a new request may hold, credits about to expire included; {@link Long#MAX_VALUE} for no limit
 * @param tipMicros creation time of the newest entry known here, by Dodo's clock; 0 for none
 * @param completeMicros no entry created before this is missing here, by Dodo's clock: a reading reaches back to it
 * @param terms what Dodo says beyond the balance, without grants that were seen to expire
 */
public record AccountView(
        Account account,
        boolean known,
        long netUnits,
        long usedUnits,
        long deductedUnits,
        long writtenOffUnits,
        long heldUnits,
        long availableUnits,
        long tipMicros,
        long completeMicros,
        long confirmedMillis,
        Fact.Terms terms) {

    /** Usage that Dodo's balance does not show yet, and will; negative for what it will give back. */
    public long unreflectedUnits() {
        return Math.subtractExact(Math.subtractExact(usedUnits, deductedUnits), writtenOffUnits);
    }

    /**
     * Views computed from facts alone, by the ledger that serves: for whoever reads a journal. Facts come in the order of
     * the journal; those that cannot follow each other throw {@link IllegalStateException}. Owned by one thread.
     */
    public static final class Fold implements Consumer<Fact> {
        private final Ledger ledger = new Ledger();

        @Override
        public void accept(Fact fact) {
            ledger.apply(fact);
        }

        public AccountView view(Account account, Overage overage) {
            return ledger.view(account, overage);
        }
    }
}
