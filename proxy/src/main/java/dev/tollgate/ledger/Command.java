package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the ledger can be asked. Every command carries the time at which it was made, since the ledger has no clock.
 *
 * @param <A> what it answers
 */
public sealed interface Command<A> {

    /**
     * Hold credits for one request: {@code promptUnits} plus an output between {@code leastOutputUnits} and
     * {@code mostOutputUnits}, in whole multiples of {@code choices}. Where the two differ, the account's state decides
     * how much of it.
     *
     * @param policy what the operator says about this customer
     * @param mayWait whether the answer may be put off while running requests hold the credits, until they end or a
     *     {@link Withdraw} comes
     * @param requestsMax how many requests of this account may hold credits at once
     * @param staleAfterMillis a balance last confirmed longer ago than this is not good enough
     */
    record Reserve(
            String requestId,
            Account account,
            String keyId,
            String model,
            long promptUnits,
            long leastOutputUnits,
            long mostOutputUnits,
            int choices,
            Policy policy,
            boolean mayWait,
            int requestsMax,
            long staleAfterMillis,
            Leeway leeway,
            long nowMillis)
            implements Command<ReserveAnswer> {
        public Reserve {
            boolean ordered = 0 <= leastOutputUnits && leastOutputUnits <= mostOutputUnits;
            if (promptUnits < 0 || !ordered || choices < 1) {
                throw new IllegalArgumentException("a hold needs amounts in order");
            }
        }

        /** A hold of all that the request can use. */
        public Reserve(
                String requestId,
                Account account,
                String keyId,
                String model,
                long promptUnits,
                long leastOutputUnits,
                long mostOutputUnits,
                int choices,
                Policy policy,
                boolean mayWait,
                int requestsMax,
                long staleAfterMillis,
                long nowMillis) {
            this(
                    requestId,
                    account,
                    keyId,
                    model,
                    promptUnits,
                    leastOutputUnits,
                    mostOutputUnits,
                    choices,
                    policy,
                    mayWait,
                    requestsMax,
                    staleAfterMillis,
                    Leeway.STRICT,
                    nowMillis);
        }
    }

    /**
     * How an output is held. An estimate holds less than the output can be: the smaller of {@code likelyUnits} and
     * {@code likelyPermille} of it, but never so little that the running requests of the account together could use more
     * than {@code overshootMaxUnits} beyond their holds. Where they already can, all of the output is held.
     *
     * @param shared whether an output between least and most gets a share of the balance only, as one that nobody asked for
     *     should; otherwise it may take all
     */
    record Leeway(boolean shared, long likelyUnits, int likelyPermille, long overshootMaxUnits) {
        /** All of the output is held. */
        public static final Leeway STRICT = new Leeway(true, Long.MAX_VALUE, 1000, 0);

        public Leeway {
            if (likelyUnits < 0 || likelyPermille < 1 || likelyPermille > 1000 || overshootMaxUnits < 0) {
                throw new IllegalArgumentException("not an estimate: " + likelyUnits + ", " + likelyPermille);
            }
        }

        /** What is held of an output where {@code allowedUnits} may go beyond holds. */
        long heldUnits(long outputUnits, long allowedUnits) {
            long partUnits =
                    outputUnits / 1000 * likelyPermille + Math.ceilDiv(outputUnits % 1000 * likelyPermille, 1000);
            return Math.max(Math.min(likelyUnits, partUnits), outputUnits - Math.min(outputUnits, allowedUnits));
        }

        /** The largest output of which no more than {@code heldUnits} are held. */
        long outputUnits(long heldUnits, long allowedUnits) {
            boolean scaled = heldUnits <= Long.MAX_VALUE / 1000;
            long likelyMostUnits =
                    likelyUnits <= heldUnits || !scaled ? Long.MAX_VALUE : heldUnits * 1000 / likelyPermille;
            long allowedMostUnits =
                    heldUnits > Long.MAX_VALUE - allowedUnits ? Long.MAX_VALUE : heldUnits + allowedUnits;
            return Math.min(likelyMostUnits, allowedMostUnits);
        }
    }

    /**
     * A running request cannot use more than {@code heldUnits} any more; the rest of its hold is returned. Answers false
     * when it holds no more than that.
     */
    record Shrink(String requestId, long heldUnits, long nowMillis) implements Command<Boolean> {
        public Shrink {
            if (heldUnits < 0) {
                throw new IllegalArgumentException("a hold cannot be negative: " + heldUnits);
            }
        }
    }

    /**
     * What the operator decides.
     *
     * @param servesEnded, servesPaused whether credits are of use while the subscription to them has ended, or is paused
     *     or on hold
     * @param undeducted what becomes of requests paid with credits that no subscription deducts usage from at Dodo
     * @param expiryGuardMillis so long before they expire, credits are left out
     */
    record Policy(
            Overage overage, boolean servesEnded, boolean servesPaused, Undeducted undeducted, long expiryGuardMillis) {
        public Policy {
            if (expiryGuardMillis < 0) {
                throw new IllegalArgumentException("expiryGuardMillis is negative: " + expiryGuardMillis);
            }
        }

        /** Why these credits are of no use however many there are, if so. */
        Optional<ReserveAnswer.Reason> objection(Fact.Standing standing, boolean isUndeducted) {
            Optional<ReserveAnswer.Reason> objection = switch (standing) {
                case TRIAL, LIVE, NONE -> Optional.empty();
                case PAUSED -> objection(servesPaused, ReserveAnswer.Reason.SUBSCRIPTION_PAUSED);
                case ON_HOLD -> objection(servesPaused, ReserveAnswer.Reason.SUBSCRIPTION_ON_HOLD);
                case ENDED -> objection(servesEnded, ReserveAnswer.Reason.SUBSCRIPTION_ENDED);
            };
            return objection.or(() ->
                    objection(undeducted != Undeducted.REFUSE || !isUndeducted, ReserveAnswer.Reason.NOT_DEDUCTED));
        }

        /** Whether usage is debited at Dodo by ledger entries. */
        boolean debits(boolean isUndeducted) {
            return undeducted == Undeducted.DEBIT && isUndeducted;
        }

        private static Optional<ReserveAnswer.Reason> objection(boolean serves, ReserveAnswer.Reason otherwise) {
            return serves ? Optional.empty() : Optional.of(otherwise);
        }
    }

    /** What becomes of requests paid with credits that no subscription deducts usage from. */
    enum Undeducted {
        /** They are refused. */
        REFUSE,
        /** They are served, and their usage counts here alone. */
        ALLOW,
        /** They are served, and Tollgate debits their usage in Dodo's ledger. */
        DEBIT
    }

    /** Stop waiting: the {@link Reserve} is answered now. Answers false when it had been answered already. */
    record Withdraw(String requestId, Account account) implements Command<Boolean> {}

    /** Book what a request used and return the rest of its hold. Answers false when the request holds nothing. */
    record Settle(
            String requestId,
            @Nullable String modelAnswered,
            long units,
            Fact.Tokens tokens,
            boolean estimated,
            @Nullable String weights,
            long nowMillis)
            implements Command<Boolean> {
        /** Units that nothing was weighed for. */
        public Settle(
                String requestId,
                @Nullable String modelAnswered,
                long units,
                Fact.Tokens tokens,
                boolean estimated,
                long nowMillis) {
            this(requestId, modelAnswered, units, tokens, estimated, null, nowMillis);
        }
    }

    /** Return the whole hold of a request that cannot have been billed. Answers false when it holds nothing. */
    record Release(String requestId, String reason, long nowMillis) implements Command<Boolean> {}

    /**
     * The truth about a request that was settled with an estimate: it used {@code units}. Within {@code mostUnits}, which
     * is what it could use.
     */
    record Correct(Fact.Settled settled, long units, long mostUnits, String reason, long nowMillis)
            implements Command<CorrectAnswer> {
        public Correct {
            if (units < 0) {
                throw new IllegalArgumentException("units are negative: " + units);
            }
        }
    }

    /** These are about to go to Dodo, which may have them from now on. Answers them as they are to be told. */
    record Send(List<Outbox.Delivery> deliveries) implements Command<List<Outbox.Delivery>> {}

    /** Dodo has these. Answers how many of them were news. */
    record Acknowledge(List<Outbox.Delivery> deliveries, long nowMillis) implements Command<Integer> {}

    /** Dodo refuses this for good, and does not have it. Answers false when that is known, or it is acknowledged. */
    record SetAside(Outbox.Delivery delivery, String reason, long nowMillis) implements Command<Boolean> {}

    /** Send events that are set aside again: {@code all} of them, or those of these requests. */
    record PutBack(boolean all, List<String> requestIds, long nowMillis) implements Command<PutBackAnswer> {
        public PutBack {
            requestIds = List.copyOf(requestIds);
        }
    }

    /** Entries of Dodo's ledger, in any order, seen before or not. Answers how many took effect. */
    record ApplyEntries(Account account, List<Reading.Entry> entries, long nowMillis)
            implements Command<EntriesAnswer> {}

    /**
     * Dodo has heard of this much usage from an earlier journal and may not have deducted it; to be said before the first
     * {@link ApplyReading} of an account. What was said before is not added to, only raised. Answers by how much.
     */
    record Inherit(Account account, long units, long nowMillis) implements Command<Long> {
        public Inherit {
            if (units < 0) {
                throw new IllegalArgumentException("units are negative: " + units);
            }
        }
    }

    /**
     * A look at one account at Dodo. It reaches back to the account's {@link AccountView#completeMicros}, or makes no
     * sense: a balance put right without an entry that is missing before it would leave its usage counted twice.
     */
    record ApplyReading(Account account, Reading reading, long nowMillis) implements Command<ReadingAnswer> {}

    /** Note a customer's key. Answers false, and notes nothing, when a key was made for the same origin before. */
    record ChangeKey(Fact.KeyChanged fact) implements Command<Boolean> {}

    /** The account as it stands. */
    record Look(Account account, Overage overage) implements Command<AccountView> {}

    /** Changes nothing; answered once all commands before it are. */
    record CloseLedger() implements Command<Boolean> {}

    /**
     * End every reservation that was open when an earlier process stopped. Answers how many there were.
     *
     * @param ends says of each of them what is known of it
     */
    record CloseOrphans(Function<Fact.Reserved, OrphanEnd> ends, long nowMillis) implements Command<Integer> {
        /** Nothing is known of any of them. */
        public CloseOrphans(long nowMillis) {
            this(reserved -> new OrphanEnd.Unknown(), nowMillis);
        }
    }

    /** What is known of a request that was open when an earlier process stopped. */
    sealed interface OrphanEnd {
        /** Nothing, so it is booked at its whole hold: never less than what the provider may have charged. */
        record Unknown() implements OrphanEnd {}

        /** It came so far that it used about so much; booked as an estimate within its hold. */
        record Estimated(long units) implements OrphanEnd {}

        /** Nothing can have been billed; its hold is returned. */
        record Unbilled(String reason) implements OrphanEnd {}
    }

    /** What became of a {@link Reserve}. */
    sealed interface ReserveAnswer {
        /**
         * Held: {@code promptUnits + outputUnits}; the output may come to {@code overshootUnits} more than that. {@code
         * availableUnits} is what is left for others.
         */
        record Granted(long promptUnits, long outputUnits, long overshootUnits, long availableUnits)
                implements ReserveAnswer {
            public long heldUnits() {
                return Math.addExact(promptUnits, outputUnits);
            }
        }

        /** Even with every running request ended, {@code availableUnits} would not cover {@code neededUnits}. */
        record Exhausted(long neededUnits, long availableUnits, long confirmedMillis) implements ReserveAnswer {}

        /** The operator does not serve accounts of these terms, whatever is left. */
        record Withheld(Reason reason, long confirmedMillis) implements ReserveAnswer {}

        /** Why credits are of no use. */
        enum Reason {
            SUBSCRIPTION_PAUSED,
            SUBSCRIPTION_ON_HOLD,
            SUBSCRIPTION_ENDED,
            /** No subscription deducts usage from them. */
            NOT_DEDUCTED
        }

        /** Running requests hold {@code heldUnits}; without them {@code neededUnits} would fit. */
        record Held(long neededUnits, long availableUnits, long heldUnits) implements ReserveAnswer {}

        /** So many requests of this account hold credits already that another one may not. */
        record Crowded(int requestsMax) implements ReserveAnswer {}

        /** Nothing is known of this account; read it at Dodo first. */
        record Unknown() implements ReserveAnswer {}

        /** What is known was last confirmed at {@code confirmedMillis}, too long ago; read it at Dodo first. */
        record Stale(long confirmedMillis) implements ReserveAnswer {}
    }

    /** What became of a {@link Correct}. */
    sealed interface CorrectAnswer {
        /** It is corrected, now. */
        record Corrected(Fact.Corrected fact) implements CorrectAnswer {}

        /** It was corrected before, and used {@code units}. */
        record Known(long units) implements CorrectAnswer {}

        /** It used {@code units}, which the provider reported. */
        record NotEstimated(long units) implements CorrectAnswer {}

        /** It could use {@code mostUnits} at most. */
        record BeyondHold(long mostUnits) implements CorrectAnswer {}
    }

    /** How many events were put back; none when there are {@code strangers}, which are not set aside. */
    record PutBackAnswer(int events, List<String> strangers) {
        public PutBackAnswer {
            strangers = List.copyOf(strangers);
        }
    }

    /**
     * What became of a {@link ApplyEntries}.
     *
     * @param known false when the account has never been read, so that nothing could be applied
     * @param applied how many entries took effect; the others had done so before
     * @param gap whether an entry before the newest one is missing here
     * @param foreignUnits usage that they deduct beyond all that was settled here and not deducted before
     */
    record EntriesAnswer(boolean known, int applied, boolean gap, long foreignUnits) {}

    /**
     * What became of a {@link ApplyReading}.
     *
     * @param applied how many of its entries took effect here
     * @param driftUnits how far this ledger was off, after those entries, from what Dodo shows; 0 when it agreed
     * @param foreignUnits usage that they deduct beyond all that was settled here and not deducted before
     */
    record ReadingAnswer(int applied, long driftUnits, long foreignUnits) {}
}
