package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.List;
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
     * @param overage what the operator says about overage for this customer
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
            Overage overage,
            boolean mayWait,
            int requestsMax,
            long staleAfterMillis,
            long nowMillis)
            implements Command<ReserveAnswer> {
        public Reserve {
            boolean ordered = 0 <= leastOutputUnits && leastOutputUnits <= mostOutputUnits;
            if (promptUnits < 0 || !ordered || choices < 1) {
                throw new IllegalArgumentException("a hold needs amounts in order");
            }
        }
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
            long nowMillis)
            implements Command<Boolean> {}

    /** Return the whole hold of a request that cannot have been billed. Answers false when it holds nothing. */
    record Release(String requestId, String reason, long nowMillis) implements Command<Boolean> {}

    /** Dodo has these usage events. Answers how many of them were news. */
    record Acknowledge(List<Fact.Settled> settled, long nowMillis) implements Command<Integer> {}

    /** Dodo refuses this usage event for good. */
    record SetAside(Fact.Settled settled, String reason, long nowMillis) implements Command<Boolean> {}

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

    /** A complete look at one account at Dodo. */
    record ApplyReading(Account account, Reading reading, long nowMillis) implements Command<ReadingAnswer> {}

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
        /** Held: {@code promptUnits + outputUnits}; {@code availableUnits} is what is left for others. */
        record Granted(long promptUnits, long outputUnits, long availableUnits) implements ReserveAnswer {
            public long heldUnits() {
                return Math.addExact(promptUnits, outputUnits);
            }
        }

        /** Even with every running request ended, {@code availableUnits} would not cover {@code neededUnits}. */
        record Exhausted(long neededUnits, long availableUnits, long confirmedMillis) implements ReserveAnswer {}

        /** Running requests hold {@code heldUnits}; without them {@code neededUnits} would fit. */
        record Held(long neededUnits, long availableUnits, long heldUnits) implements ReserveAnswer {}

        /** So many requests of this account hold credits already that another one may not. */
        record Crowded(int requestsMax) implements ReserveAnswer {}

        /** Nothing is known of this account; read it at Dodo first. */
        record Unknown() implements ReserveAnswer {}

        /** What is known was last confirmed at {@code confirmedMillis}, too long ago; read it at Dodo first. */
        record Stale(long confirmedMillis) implements ReserveAnswer {}
    }

    /**
     * What became of a {@link ApplyEntries}.
     *
     * @param known false when the account has never been read, so that nothing could be applied
     * @param applied how many entries took effect; the others had done so before
     * @param gap whether an entry before the newest one is missing here
     */
    record EntriesAnswer(boolean known, int applied, boolean gap) {}

    /**
     * What became of a {@link ApplyReading}.
     *
     * @param applied how many of its entries took effect here
     * @param driftUnits how far this ledger was off, after those entries, from what Dodo shows; 0 when it agreed
     */
    record ReadingAnswer(int applied, long driftUnits) {}
}
