package dev.tollgate.ledger;

import java.util.List;

/**
 * One thing that happens in a {@link History}. A step means something after any other steps, or does nothing, so a
 * history stays a history when steps are taken out of it. Places count backwards from the newest and wrap around.
 */
sealed interface Step {

    /** Steps that belong to one account. */
    sealed interface OfAccount extends Step {
        int account();
    }

    /** Steps that are one command of a request; a process may die while deciding it. */
    sealed interface OfRequest extends Step {
        int request();
    }

    record Advance(long millis) implements Step {}

    record Grant(int account, long units, boolean repaysOverage, boolean sameMoment, long lifeMillis)
            implements OfAccount {}

    /** A debit by hand, or an expiry that does not say of what. */
    record Debit(int account, long units, boolean sameMoment) implements OfAccount {}

    /** Dodo takes away what is left of the grants that are due, as late as it comes. */
    record Expire(int account) implements OfAccount {}

    /** Dodo deducts, lists and expires from now on in one of the ways that are possible. */
    record Behave(int account, SimulatedGrants.Ways ways) implements OfAccount {}

    /** Whether Dodo says from now on that a subscription deducts usage. What it is told as an event it deducts anyway. */
    record Subscribe(int account, boolean deducts) implements OfAccount {}

    record ResetOverage(int account) implements OfAccount {}

    /** Dodo changes the balance, up or down, without an entry. */
    record Correct(int account, long units) implements OfAccount {}

    /** Dodo changes how far the customer may go below zero. */
    record Allow(int account, long limitUnits) implements OfAccount {}

    /** Usage that this ledger never saw is deducted from the same credits. */
    record ForeignUsage(int account, long units) implements OfAccount {}

    record Reserve(
            int request,
            int account,
            long promptUnits,
            long leastUnits,
            long mostUnits,
            int choices,
            int requestsMax,
            long staleAfterMillis,
            Command.Leeway leeway)
            implements OfAccount, OfRequest {}

    /** A request for all that can be spent, and {@code beyondUnits} more. */
    record ReserveAll(int request, int account, int beyondUnits) implements OfAccount {}

    /** The request can use no more than {@code permille} of its hold any more. */
    record Shrink(int request, int permille) implements OfRequest {}

    /** {@code permille} of what the request may use was used. */
    record Settle(int request, int permille, boolean estimated) implements OfRequest {
        Settle(int request, int permille) {
            this(request, permille, false);
        }
    }

    /** Somebody finds out that an estimate should have been {@code permille} of what the request could use. */
    record FindTruth(int request, int permille) implements Step {}

    record Release(int request) implements OfRequest {}

    /** Usage goes to Dodo, whose worker deducts it {@code lagMillis} later. A lost answer leaves it to be sent again. */
    record Ship(int account, int place, long lagMillis, boolean answerLost) implements OfAccount {}

    /** Dodo's worker deducts what is due, in so many entries, of one moment or not. */
    record Work(int account, int parts, boolean sameMoment) implements OfAccount {}

    /** One webhook after another, with one entry each. What is in no such step was lost. */
    record Deliver(int account, List<Integer> places) implements OfAccount {
        public Deliver {
            places = List.copyOf(places);
        }
    }

    /** The same entries in one go, as a reader hands them over. */
    record DeliverTogether(int account, List<Integer> places) implements OfAccount {
        public DeliverTogether {
            places = List.copyOf(places);
        }
    }

    /**
     * Dodo is read; the ledger hears of it later. A narrow reading reaches back no further than it must; one without
     * terms looks at the balance only.
     */
    record TakeReading(int account, boolean narrow, boolean withTerms) implements OfAccount {}

    /** The oldest reading on its way arrives. */
    record DeliverReading(int account) implements OfAccount {}

    /**
     * Everything that can go to Dodo goes there, and nothing more happens to the account for a while. Dodo is read, and read
     * again after another while and perhaps a top-up.
     */
    record Quiet(int account, long lagMillis, long pauseMillis, boolean topUp) implements OfAccount {}

    /** The process dies, and another one folds the journal and closes what was open. */
    record Crash() implements Step {}

    /** The process dies after it decided a command and before the command's facts were durable. */
    record CrashDuring(OfRequest undecided) implements Step {}
}
