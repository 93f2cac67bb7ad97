package dev.tollgate.journal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
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

    /**
     * A request holds {@code promptUnits + outputUnits} and may use {@code overshootUnits} more, which is 0 unless its plan
     * holds estimates; durable before its first byte goes upstream.
     *
     * @param debited whether its usage is debited in Dodo's ledger, since no meter deducts from its credits; it is never told
     *     to a meter then, whatever happens to the customer's subscriptions
     */
    record Reserved(
            String requestId,
            Account account,
            String keyId,
            String model,
            long promptUnits,
            long outputUnits,
            long overshootUnits,
            boolean debited,
            long atMillis)
            implements Fact {
        public Reserved {
            Amounts.requireNotNegative("promptUnits", promptUnits);
            Amounts.requireNotNegative("outputUnits", outputUnits);
            Amounts.requireNotNegative("overshootUnits", overshootUnits);
        }

        /** A hold that bounds what the request can use. */
        public Reserved(
                String requestId,
                Account account,
                String keyId,
                String model,
                long promptUnits,
                long outputUnits,
                long atMillis) {
            this(requestId, account, keyId, model, promptUnits, outputUnits, 0, false, atMillis);
        }

        /** The same with a smaller hold: what goes back is taken off the prompt first, then off the output. */
        public Reserved shrunk(Shrunk shrunk) {
            long promptLeftUnits = Math.max(0, shrunk.heldUnits() - outputUnits);
            return new Reserved(
                    requestId,
                    account,
                    keyId,
                    model,
                    promptLeftUnits,
                    shrunk.heldUnits() - promptLeftUnits,
                    overshootUnits,
                    debited,
                    atMillis);
        }

        public long heldUnits() {
            return Math.addExact(promptUnits, outputUnits);
        }
    }

    /** A running request holds only {@code heldUnits} from now on; always fewer than before. */
    record Shrunk(String requestId, Account account, long heldUnits, long atMillis) implements Fact {
        public Shrunk {
            Amounts.requireNotNegative("heldUnits", heldUnits);
        }
    }

    /**
     * A request used {@code units}; durable before its last byte goes to the client. This fact is also the outbox
     * entry: {@code requestId} is the event id under which Dodo is told, or the idempotency key of the entry that debits
     * the usage, where it is {@code debited} as the hold says. {@code weights} is the version of the table that
     * made units of tokens; null where nothing was weighed, since a whole hold was booked.
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
            @Nullable String weights,
            boolean debited,
            long atMillis)
            implements Fact {
        public Settled {
            Amounts.requireNotNegative("units", units);
        }

        /** Units that nothing was weighed for. */
        public Settled(
                String requestId,
                Account account,
                String keyId,
                String modelAsked,
                @Nullable String modelAnswered,
                long units,
                Tokens tokens,
                boolean estimated,
                long atMillis) {
            this(requestId, account, keyId, modelAsked, modelAnswered, units, tokens, estimated, null, false, atMillis);
        }
    }

    /**
     * The truth about a request that was settled with an estimate: it used {@code units}, not {@code estimatedUnits}. Once
     * for each request. What Dodo hears because of that is {@code remedy}, of {@code remedyUnits}.
     *
     * @param settledMillis when it was settled; the usage stays that day's
     */
    record Corrected(
            String requestId,
            Account account,
            String keyId,
            String model,
            long settledMillis,
            long estimatedUnits,
            long units,
            Remedy remedy,
            long remedyUnits,
            String reason,
            long atMillis)
            implements Fact {
        private static final String DELIVERY = "-correction";

        public Corrected {
            Amounts.requireNotNegative("estimatedUnits", estimatedUnits);
            Amounts.requireNotNegative("units", units);
            Amounts.requireNotNegative("remedyUnits", remedyUnits);
        }

        /** How much more was used than estimated; negative for less. */
        public long changeUnits() {
            return Math.subtractExact(units, estimatedUnits);
        }

        /** What had been written off and was never used. */
        public long notDroppedUnits() {
            return switch (remedy) {
                case CREDIT, NOTHING -> Math.subtractExact(-changeUnits(), remedyUnits);
                case REPLACED, EVENT, DEBIT -> 0;
            };
        }

        /** What Dodo is to be told on its own, if anything. */
        public Optional<Outbox.Delivery> delivery() {
            return Outbox.Delivery.of(this);
        }

        /** As much usage as the remedy tells of. */
        Settled remedyUsage() {
            return new Settled(requestId, account, keyId, model, null, remedyUnits, Tokens.NONE, false, settledMillis);
        }

        /** The id under which Dodo hears of the correction of a request. */
        public static String deliveryId(String requestId) {
            return requestId + DELIVERY;
        }

        /** The request that a delivery is about, whether it is its usage or the correction of it. */
        public static String requestId(String deliveryId) {
            return deliveryId.endsWith(DELIVERY)
                    ? deliveryId.substring(0, deliveryId.length() - DELIVERY.length())
                    : deliveryId;
        }
    }

    /** What Dodo hears of a correction. */
    enum Remedy {
        /** The truth instead of the estimate, under the request's own id: the estimate never went out. */
        REPLACED,
        /** One more usage event, with what was missing. */
        EVENT,
        /** One more debit, of what was missing. */
        DEBIT,
        /** A credit of what was too much. */
        CREDIT,
        /** Nothing: the estimate was right, or Dodo never deducted what was too much of it. */
        NOTHING
    }

    /** A request ended in a way that cannot have been billed upstream; its hold is returned. */
    record Voided(String requestId, Account account, String reason, long atMillis) implements Fact {}

    /** Dodo acknowledged a delivery, named by its id, or a read showed that it has it. */
    record Ingested(String requestId, Account account, long atMillis) implements Fact {}

    /** Dodo refuses a delivery, named by its id, for good; usage still counts against the balance. */
    record Quarantined(String requestId, Account account, String reason, long atMillis) implements Fact {}

    /** A quarantined delivery is to be sent again. */
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
     * {@code usageUnits} the part of it that deducts usage which this journal settled; negative where it credits usage
     * that was corrected.
     */
    record EntryApplied(
            Account account,
            String entryId,
            String type,
            long netUnits,
            long usageUnits,
            long createdMicros,
            long atMillis)
            implements Fact {}

    /**
     * Usage that Dodo had and dropped, since the balance was zero and may not go below. It stays used, and no longer
     * counts against what is available.
     */
    record WrittenOff(Account account, long units, long atMillis) implements Fact {
        public WrittenOff {
            Amounts.requireNotNegative("units", units);
        }
    }

    /**
     * Dodo's ledger was read completely: every entry created before {@code throughMicros}, by Dodo's clock, is inside the
     * sums here. Whoever reads on from there misses nothing.
     */
    record CaughtUp(Account account, long throughMicros, long atMillis) implements Fact {}

    /** What Dodo was seen to say about the account beyond its balance; replaces what was seen before. */
    record TermsSeen(Account account, Terms terms, long atMillis) implements Fact {}

    /**
     * What Dodo says about an account beyond its balance.
     *
     * @param overageLimitUnits how far below zero it may go, {@link Long#MAX_VALUE} without limit, 0 for not at all
     * @param deductingSubscriptions how many live subscriptions deduct the meter's usage from these credits: one, if all
     *     is well
     * @param grants the credits that will expire, those that expire first first
     */
    record Terms(long overageLimitUnits, Standing standing, int deductingSubscriptions, List<Grant> grants) {
        /** Of an account that was never seen. */
        public static final Terms NONE = new Terms(0, Standing.NONE, 0, List.of());

        public Terms {
            Amounts.requireNotNegative("overageLimitUnits", overageLimitUnits);
            Amounts.requireNotNegative("deductingSubscriptions", deductingSubscriptions);
            grants = List.copyOf(grants);
        }

        /** What of the listed grants is gone once it is {@code untilMillis}, if nothing is deducted from them before. */
        public long expiringUnits(long untilMillis) {
            long units = 0;
            for (Grant grant : grants) {
                units = Math.addExact(units, grant.expiresAtMillis() <= untilMillis ? grant.remainingUnits() : 0);
            }
            return units;
        }

        /** The same with those of {@code before} that are missing here and fell due in the last {@code keptMillis}. */
        public Terms withDue(Terms before, long nowMillis, long keptMillis) {
            List<Grant> all = new ArrayList<>();
            for (Grant grant : before.grants()) {
                boolean due = grant.expiresAtMillis() <= nowMillis && nowMillis < grant.expiresAtMillis() + keptMillis;
                boolean missing =
                        grants.stream().noneMatch(listed -> listed.id().equals(grant.id()));
                if (due && missing && grant.remainingUnits() > 0) {
                    all.add(grant);
                }
            }
            all.addAll(grants);
            return new Terms(overageLimitUnits, standing, deductingSubscriptions, all);
        }

        /** The same without the grants of these ids. */
        public Terms without(Collection<String> grantIds) {
            List<Grant> left = grants.stream()
                    .filter(grant -> !grantIds.contains(grant.id()))
                    .toList();
            return new Terms(overageLimitUnits, standing, deductingSubscriptions, left);
        }
    }

    /** Credits that expire together: of what is left of them, Dodo takes away the rest at {@code expiresAtMillis}. */
    record Grant(String id, long expiresAtMillis, long remainingUnits) {
        public Grant {
            Amounts.requireNotNegative("remainingUnits", remainingUnits);
        }
    }

    /** How a customer's best subscription to these credits stands; the better comes first. */
    enum Standing {
        /** Paid, or within the time that Dodo gives to pay. */
        LIVE,
        /** In a trial, which is as good as paid. */
        TRIAL,
        /** Paused by the customer or the merchant. */
        PAUSED,
        /** Waiting for a payment that failed. */
        ON_HOLD,
        /** Cancelled, failed or expired. */
        ENDED,
        /** There is none: credits were bought or given without one. */
        NONE
    }

    /**
     * Usage that Dodo heard of from a journal before this one, and may not have deducted yet. It counts as used until it
     * is deducted; negative {@code units} take back what turned out to have been deducted before.
     */
    record Inherited(Account account, long units, long atMillis) implements Fact {}

    /**
     * A key that a customer was given while the service ran: what is said last of a key id counts.
     *
     * @param hash the SHA-256 of the key, 64 hex digits; the key itself is never kept
     * @param origin what it was made for, such as a purchase; empty for a key that the customer asked for
     */
    record KeyChanged(
            String keyId, Account account, String hash, String name, String origin, boolean revoked, long atMillis)
            implements Fact {
        public KeyChanged asRevoked(long revokedMillis) {
            return new KeyChanged(keyId, account, hash, name, origin, true, revokedMillis);
        }
    }

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
