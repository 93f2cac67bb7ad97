package dev.tollgate.ledger;

import dev.tollgate.journal.Fact.Terms;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What Dodo shows of one account at one moment.
 *
 * @param balanceUnits, overageUnits the balance after every entry in {@code entries}
 * @param sinceMicros {@code entries} holds all entries created at or after this time
 * @param terms what Dodo says beyond the balance, looked at before the balance; null when that was not read this time
 * @param readAtMillis when it was read, by this process's clock
 */
public record Reading(
        long balanceUnits,
        long overageUnits,
        long sinceMicros,
        List<Entry> entries,
        @Nullable Terms terms,
        long readAtMillis) {
    public Reading {
        entries = List.copyOf(entries);
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

    /** Of the entries, the grants that ended. */
    static Set<String> endedGrantIds(List<Entry> entries) {
        return entries.stream()
                .filter(Entry::endsGrant)
                .map(Entry::grantId)
                .filter(Objects::nonNull)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * One entry of Dodo's credit ledger, amounts in meter units.
     *
     * @param usage whether it is about usage: it deducts what a meter counted, or it may give back what was deducted too
     *     much, as opposed to any other grant, an expiry or an adjustment
     * @param createdMicros Dodo's time of creation, microseconds since the epoch
     * @param grantId the grant that it is about, if it says so
     */
    public record Entry(
            String id,
            String type,
            boolean usage,
            long balanceBeforeUnits,
            long balanceAfterUnits,
            long overageBeforeUnits,
            long overageAfterUnits,
            long createdMicros,
            @Nullable String grantId) {
        private static final Set<String> GRANT_ENDS = Set.of("credit_expired", "rollover_forfeited");

        public Entry(
                String id,
                String type,
                boolean usage,
                long balanceBeforeUnits,
                long balanceAfterUnits,
                long overageBeforeUnits,
                long overageAfterUnits,
                long createdMicros) {
            this(
                    id,
                    type,
                    usage,
                    balanceBeforeUnits,
                    balanceAfterUnits,
                    overageBeforeUnits,
                    overageAfterUnits,
                    createdMicros,
                    null);
        }

        /** Whether there are other grants after it than before, rather than less in them. */
        public boolean changesGrants() {
            return netUnits() > 0 || (!usage && netUnits() < 0);
        }

        /** Whether the grant that it is about is gone for good. */
        boolean endsGrant() {
            return GRANT_ENDS.contains(type);
        }

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
