package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The parcels that one account's balance at Dodo consists of. Owned by its {@link SimulatedDodo}. */
final class SimulatedGrants {
    private static final long LATEST_MILLIS = 3_600_000;

    private final List<Parcel> parcels = new ArrayList<>();
    private final List<Parcel> usedUp = new ArrayList<>();
    private Ways ways = new Ways(Order.OLDEST_FIRST, false, true, false);
    private int made;

    /** Which grant Dodo deducts from first. */
    enum Order {
        OLDEST_FIRST,
        NEWEST_FIRST,
        EARLIEST_EXPIRY_FIRST,
        LATEST_EXPIRY_FIRST
    }

    /**
     * What Dodo does not promise.
     *
     * @param hidesDue whether grants leave the list when they are due, although their credits are taken later
     * @param namesGrants whether entries say of which grant they are
     * @param rollsOver whether half of what expires is granted anew
     */
    record Ways(Order order, boolean hidesDue, boolean namesGrants, boolean rollsOver) {}

    /** One grant; {@code expiresAtMillis} is {@link Long#MAX_VALUE} for one that stays. */
    static final class Parcel {
        final String id;
        final long expiresAtMillis;
        long remainingUnits;

        private Parcel(String id, long expiresAtMillis, long remainingUnits) {
            this.id = id;
            this.expiresAtMillis = expiresAtMillis;
            this.remainingUnits = remainingUnits;
        }
    }

    void behave(Ways changed) {
        ways = changed;
    }

    Ways ways() {
        return ways;
    }

    void add(long units, long expiresAtMillis) {
        if (units > 0) {
            parcels.add(new Parcel("g" + made++, expiresAtMillis, units));
        }
    }

    void deduct(long units) {
        List<Parcel> ordered = new ArrayList<>(parcels);
        Comparator<Parcel> byExpiry = Comparator.comparingLong(parcel -> parcel.expiresAtMillis);
        switch (ways.order()) {
            case OLDEST_FIRST -> {}
            case NEWEST_FIRST -> Collections.reverse(ordered);
            case EARLIEST_EXPIRY_FIRST -> ordered.sort(byExpiry);
            case LATEST_EXPIRY_FIRST -> ordered.sort(byExpiry.reversed());
        }
        long left = units;
        for (Parcel parcel : ordered) {
            long taken = Math.min(left, parcel.remainingUnits);
            parcel.remainingUnits -= taken;
            left -= taken;
        }
        if (left != 0) {
            throw new IllegalStateException("the grants hold " + left + " less than the balance");
        }
        parcels.stream().filter(parcel -> parcel.remainingUnits == 0).forEach(usedUp::add);
        parcels.removeAll(usedUp);
    }

    /** Takes one out that is due and still holds something. */
    Optional<Parcel> expire(long nowMillis) {
        Optional<Parcel> due = parcels.stream()
                .filter(parcel -> parcel.expiresAtMillis <= nowMillis)
                .findFirst();
        due.ifPresent(parcels::remove);
        return due;
    }

    /** Whether a grant that is not listed any more has been due for as long as that may go on. */
    boolean isExpiryOverdue(long nowMillis) {
        return ways.hidesDue()
                && parcels.stream().anyMatch(parcel -> parcel.expiresAtMillis <= nowMillis - LATEST_MILLIS / 2);
    }

    /** What is left of grants that expire by then. */
    long expiringUnits(long untilMillis) {
        return parcels.stream()
                .filter(parcel -> parcel.expiresAtMillis <= untilMillis)
                .mapToLong(parcel -> parcel.remainingUnits)
                .sum();
    }

    List<Parcel> parcels() {
        return Collections.unmodifiableList(parcels);
    }

    /** As Dodo lists them; those that are due and were used up before are known to be empty. */
    List<Fact.Grant> list(long nowMillis) {
        Stream<Parcel> live =
                parcels.stream().filter(parcel -> !ways.hidesDue() || parcel.expiresAtMillis > nowMillis);
        Stream<Parcel> empty = usedUp.stream().filter(parcel -> parcel.expiresAtMillis <= nowMillis);
        return Stream.concat(live, empty)
                .filter(parcel -> parcel.expiresAtMillis < Long.MAX_VALUE)
                .map(parcel -> new Fact.Grant(parcel.id, parcel.expiresAtMillis, parcel.remainingUnits))
                .toList();
    }
}
