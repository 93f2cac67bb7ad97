package dev.tollgate.ledger;

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
