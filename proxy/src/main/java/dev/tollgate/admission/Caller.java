package dev.tollgate.admission;

import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Overage;

/**
 * Whom an API key stands for. Decided by the key alone; nothing in a request can name somebody else.
 *
 * @param keyId names the key in logs and events; not secret
 * @param hold how much of what a request can use is held for it
 */
public record Caller(
        String keyId, Account account, Overage overage, HoldPolicy hold, boolean revoked, Disconnect disconnect) {

    /** How a request that can use more than it probably will is held. */
    public sealed interface HoldPolicy {
        /** All that it can use. Nobody ever uses more than they have. */
        record Strict() implements HoldPolicy {}

        /**
         * All that it can use, with an output cap that is lowered to what the balance still pays.
         *
         * @param leastTokens of an answer, per choice; who cannot pay for so much is refused
         */
        record Clamp(long leastTokens) implements HoldPolicy {
            public Clamp {
                if (leastTokens < 1) {
                    throw new IllegalArgumentException("an answer has a token at least: " + leastTokens);
                }
            }
        }

        /**
         * A part of the output that it can have: the smaller of a number of tokens and a share. What the running requests of
         * a customer can use beyond their holds, all of them together, is at most {@code overshootMaxUnits}.
         *
         * @param likelyTokens per choice
         * @param likelyPermille of the output that it can have, 1 to 1000
         */
        record Estimate(long likelyTokens, int likelyPermille, long overshootMaxUnits) implements HoldPolicy {
            public Estimate {
                if (likelyTokens < 1 || likelyPermille < 1 || likelyPermille > 1000 || overshootMaxUnits < 0) {
                    throw new IllegalArgumentException("not an estimate: " + likelyTokens + ", " + likelyPermille);
                }
            }
        }
    }

    /** What becomes of an answer whose caller leaves before its end. */
    public enum Disconnect {
        /** It is read on, so that the provider says what it used. */
        DRAIN,
        /** The provider is stopped, and what it used is estimated. */
        CANCEL
    }
}
