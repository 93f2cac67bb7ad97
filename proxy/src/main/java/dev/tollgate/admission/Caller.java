package dev.tollgate.admission;

import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Overage;

/**
 * Whom an API key stands for. Decided by the key alone; nothing in a request can name somebody else.
 *
 * @param keyId names the key in logs and events; not secret
 */
public record Caller(String keyId, Account account, Overage overage, boolean revoked, Disconnect disconnect) {

    /** What becomes of an answer whose caller leaves before its end. */
    public enum Disconnect {
        /** It is read on, so that the provider says what it used. */
        DRAIN,
        /** The provider is stopped, and what it used is estimated. */
        CANCEL
    }
}
