package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import java.util.concurrent.CompletionStage;

/** Keeps the ledger's view of accounts in step with Dodo. Safe on every thread; never waits. */
public interface Balances {

    /** How a look at Dodo ended. */
    enum Freshness {
        /** Dodo was read and the ledger knows. */
        FRESH,
        /** Dodo could not be read; the ledger knows no more than before. */
        UNREACHABLE
    }

    /** Notes that the account is in use, so that it is refreshed from time to time. */
    void touch(Account account);

    /** Reads the account at Dodo now; calls at the same time share one read, and reads are spaced apart. */
    CompletionStage<Freshness> refresh(Account account);
}
