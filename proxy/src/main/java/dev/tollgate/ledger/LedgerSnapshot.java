package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.Map;
import java.util.Set;

/** All that a {@link Ledger} knows from facts; who waits for credits is not in it. */
record LedgerSnapshot(
        Map<Account, AccountSnapshot> accounts,
        Map<String, Fact.Reserved> open,
        Set<String> unacknowledged,
        Map<String, Account> setAside,
        Map<String, Fact.Corrected> replacements,
        Map<String, Long> trueUnits,
        Set<String> keyOrigins) {}
