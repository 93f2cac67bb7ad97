package dev.tollgate.billing;

import dev.tollgate.journal.Account;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Usage that Dodo deducted and nobody here settled. Tollgate must be the only one who sends usage of the credits that it
 * sells: what somebody else sends is taken from a balance that requests here already count on.
 */
final class ForeignUsage {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignUsage.class);

    private ForeignUsage() {}

    /** Warns, unless there was none. */
    static void tell(Account account, long units, BillingObserver observer) {
        if (units == 0) {
            return;
        }
        observer.foreignUsageDeducted(account, units);
        LOG.warn(
                "Dodo deducted {} units of usage from {} that nobody here used; does something else send usage to this meter?",
                units,
                account);
    }
}
