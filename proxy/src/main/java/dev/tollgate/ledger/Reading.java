package dev.tollgate.ledger;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What Dodo shows of one account at one moment.
 *
 * @param balanceUnits, overageUnits the balance after every entry in {@code entries}
 * @param sinceMicros {@code entries} holds all entries created at or after this time
 * @param overageLimitUnits overage that Dodo allows, {@link Long#MAX_VALUE} for no limit
 * @param readAtMillis when it was read, by this process's clock
 */
public record Reading(
        long balanceUnits,
        long overageUnits,
        long sinceMicros,
        List<Entry> entries,
        long overageLimitUnits,
        long readAtMillis) {
    public Reading {
        entries = List.copyOf(entries);
        if (overageLimitUnits < 0) {
            throw new IllegalArgumentException("overageLimitUnits is negative: " + overageLimitUnits);
        }
    }

    long netUnits() {
        return Math.subtractExact(balanceUnits, overageUnits);
    }

    /** Up to when Dodo's ledger was seen; without entries, that is when they were asked from. */
    long newestMicros() {
        return entries.stream().mapToLong(Entry::createdMicros).max().orElse(sinceMicros);
    }

    Set<String> entryIds() {
        return entries.stream().map(Entry::id).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * One entry of Dodo's credit ledger, amounts in meter units.
     *
     * @param usage whether it deducts metered usage, as opposed to a grant, an expiry or an adjustment
     * @param createdMicros Dodo's time of creation, microseconds since the epoch
     */
    public record Entry(
            String id,
            String type,
            boolean usage,
            long balanceBeforeUnits,
            long balanceAfterUnits,
            long overageBeforeUnits,
            long overageAfterUnits,
            long createdMicros) {

        /** Its signed effect on balance minus overage. */
        public long netUnits() {
            return Math.subtractExact(netAfterUnits(), Math.subtractExact(balanceBeforeUnits, overageBeforeUnits));
        }

        /** Balance minus overage once it took effect. */
        public long netAfterUnits() {
            return Math.subtractExact(balanceAfterUnits, overageAfterUnits);
        }
    }
}
