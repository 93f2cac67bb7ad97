package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;

/**
 * How much one reservation needs and gets of an account. Pure.
 *
 * @param overshootUnits what the account's running requests may use beyond their holds already
 */
record HoldSize(Command.Reserve reserve, long overshootUnits) {
    /** An open output may take one part in so many of what is affordable, */
    private static final long OPEN_OUTPUT_SHARE = 4;

    /** or this much, where that is more. */
    private static final long OPEN_OUTPUT_UNITS = 4_096;

    /** What has to be available for the least output. */
    long neededUnits() {
        long outputUnits = reserve.leeway().heldUnits(reserve.leastOutputUnits(), allowedUnits());
        return Math.addExact(reserve.promptUnits(), outputUnits);
    }

    /** The largest hold that fits; {@code availableUnits} covers what is needed. */
    Fact.Reserved fitting(long availableUnits, boolean debited) {
        long outputUnits = outputUnits(availableUnits - reserve.promptUnits());
        long wholeUnits = Math.max(reserve.leastOutputUnits(), outputUnits - outputUnits % reserve.choices());
        long heldUnits = reserve.leeway().heldUnits(wholeUnits, allowedUnits());
        return new Fact.Reserved(
                reserve.requestId(),
                reserve.account(),
                reserve.keyId(),
                reserve.model(),
                reserve.promptUnits(),
                heldUnits,
                wholeUnits - heldUnits,
                debited,
                reserve.nowMillis());
    }

    /** How much further the account's running requests may go beyond their holds. */
    private long allowedUnits() {
        return Math.max(0, reserve.leeway().overshootMaxUnits() - overshootUnits);
    }

    /**
     * An output that the caller left open gets a share of what the balance pays, so that it does not take everything from
     * the requests beside it; most answers are far shorter than what a model could say.
     */
    private long outputUnits(long affordableUnits) {
        boolean open = reserve.leastOutputUnits() < reserve.mostOutputUnits();
        long shareUnits = open && reserve.leeway().shared()
                ? Math.max(affordableUnits / OPEN_OUTPUT_SHARE, Math.min(affordableUnits, OPEN_OUTPUT_UNITS))
                : affordableUnits;
        return Math.min(reserve.mostOutputUnits(), reserve.leeway().outputUnits(shareUnits, allowedUnits()));
    }
}
