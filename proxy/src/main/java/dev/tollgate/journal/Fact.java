package dev.tollgate.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to an account and is never taken back. The order of facts in the journal is the history;
 * folding it from the start gives the ledger's state.
 *
 * <p>All amounts are whole meter units. {@code atMillis} is this process's wall clock, milliseconds since the epoch.
 */
public sealed interface Fact {
    Account account();

    long atMillis();

    /** A request may use up to {@code promptUnits + outputUnits}; durable before its first byte goes upstream. */
    record Reserved(
            String requestId,
            Account account,
            String keyId,
            String model,
            long promptUnits,
            long outputUnits,
            long atMillis)
            implements Fact {
        public Reserved {
            Amounts.requireNotNegative("promptUnits", promptUnits);
            Amounts.requireNotNegative("outputUnits", outputUnits);
        }

        public long heldUnits() {
            return Math.addExact(promptUnits, outputUnits);
        }
    }

    /**
     * A request used {@code units}; durable before its last byte goes to the client. This fact is also the outbox
     * entry: {@code requestId} is the event id under which Dodo is told.
     */
    record Settled(
            String requestId,
            Account account,
            String keyId,
            String modelAsked,
            @Nullable String modelAnswered,
            long units,
            Tokens tokens,
            boolean estimated,
            long atMillis)
            implements Fact {
        public Settled {
            Amounts.requireNotNegative("units", units);
        }
    }

    /** A request ended in a way that cannot have been billed upstream; its hold is returned. */
    record Voided(String requestId, Account account, String reason, long atMillis) implements Fact {}

    /** Dodo acknowledged the usage event of a settled request, or a read showed that it has it. */
    record Ingested(String requestId, Account account, long atMillis) implements Fact {}

    /** Dodo refuses the usage event of a settled request for good; it still counts against the balance. */
    record Quarantined(String requestId, Account account, String reason, long atMillis) implements Fact {}

    /** A quarantined event is to be sent again. */
    record Requeued(String requestId, Account account, long atMillis) implements Fact {}

    /**
     * Dodo's balance as of one of its ledger entries. Entries created before {@code sinceMicros}, and those named in
     * {@code includedEntryIds}, are inside the balance; all others come on top.
     */
    record Based(
            Account account,
            long balanceUnits,
            long overageUnits,
            long sinceMicros,
            List<String> includedEntryIds,
            long atMillis)
            implements Fact {
        public Based {
            includedEntryIds = List.copyOf(includedEntryIds);
        }

        /** What is left once accrued overage is taken off; negative while a customer is in overage. */
        public long netUnits() {
            return Math.subtractExact(balanceUnits, overageUnits);
        }
    }

    /**
     * One of Dodo's ledger entries took effect here: {@code netUnits} is its signed effect on balance minus overage,
     * {@code usageUnits} the part of it that deducts usage which this journal settled.
     */
    record EntryApplied(
            Account account,
            String entryId,
            String type,
            long netUnits,
            long usageUnits,
            long createdMicros,
            long atMillis)
            implements Fact {
        public EntryApplied {
            Amounts.requireNotNegative("usageUnits", usageUnits);
        }
    }

    /** What Dodo allows beyond zero: {@code limitUnits} of overage, {@link Long#MAX_VALUE} without limit, 0 for none. */
    record OverageSeen(Account account, long limitUnits, long atMillis) implements Fact {
        public OverageSeen {
            Amounts.requireNotNegative("limitUnits", limitUnits);
        }
    }

    /**
     * Usage that Dodo heard of from a journal before this one, and may not have deducted yet. It counts as used until it
     * is deducted; negative {@code units} take back what turned out to have been deducted before.
     */
    record Inherited(Account account, long units, long atMillis) implements Fact {}

    /** What the provider counted, in tokens; zeros when it never said. */
    record Tokens(long input, long output, long total, long cached, long reasoning) {
        public static final Tokens NONE = new Tokens(0, 0, 0, 0, 0);

        public Tokens {
            Amounts.requireNotNegative("input", input);
            Amounts.requireNotNegative("output", output);
            Amounts.requireNotNegative("total", total);
            Amounts.requireNotNegative("cached", cached);
            Amounts.requireNotNegative("reasoning", reasoning);
        }
    }
}
