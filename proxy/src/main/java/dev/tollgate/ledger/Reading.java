package dev.tollgate.ledger;

import java.util.List;

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
}
