package dev.tollgate.sandbox.dodo;

/**
 * How Dodo behaves where its documents leave room.
 *
 * @param numericBalances balances as JSON numbers instead of strings; ledger entries are always strings
 * @param unknownCustomerStatus status for events of customers that do not exist; 0 accepts them
 * @param knownIdsSkipWindow whether an event whose id is known already is ignored before its time is judged
 * @param wallClockWindow whether event times are judged by real time instead of sandbox time
 * @param replayConflicts whether a repeated idempotency key gives 409 instead of 201
 * @param manualEntriesAsAdjustment whether manual entries are of the type {@code manual_adjustment}
 * @param entryPerEvent whether the worker writes an entry for each event instead of one for each run
 * @param earliestExpiryFirst whether deductions take the grant that expires first instead of the oldest
 * @param everySubscriptionDeducts whether each of several live subscriptions on an entitlement deducts the same usage
 * @param refundsTakeCredits whether what is left of the credits that a payment brought goes when it is paid back
 * @param keylessRevocations whether a grant of a licence key that was revoked no longer shows the key
 * @param tier rate limits
 */
public record DodoRules(
        boolean numericBalances,
        int unknownCustomerStatus,
        boolean knownIdsSkipWindow,
        boolean wallClockWindow,
        boolean replayConflicts,
        boolean manualEntriesAsAdjustment,
        boolean entryPerEvent,
        boolean earliestExpiryFirst,
        boolean everySubscriptionDeducts,
        boolean refundsTakeCredits,
        boolean keylessRevocations,
        Tier tier) {
    /** Rate limits of a merchant. */
    public enum Tier {
        OFF(0, 0),
        TIER_0(40, 240),
        TIER_1(100, 1000),
        TIER_2(500, 5000);

        final int perSecond;
        final int perMinute;

        Tier(int perSecond, int perMinute) {
            this.perSecond = perSecond;
            this.perMinute = perMinute;
        }
    }

    /** As observed on the wire, without rate limits. */
    public static DodoRules defaults() {
        return new DodoRules(true, 404, false, false, false, false, false, false, false, true, true, Tier.OFF);
    }

    public DodoRules withNumericBalances(boolean value) {
        return with(value, unknownCustomerStatus, knownIdsSkipWindow, wallClockWindow);
    }

    public DodoRules withUnknownCustomerStatus(int status) {
        return with(numericBalances, status, knownIdsSkipWindow, wallClockWindow);
    }

    public DodoRules withKnownIdsSkipWindow(boolean value) {
        return with(numericBalances, unknownCustomerStatus, value, wallClockWindow);
    }

    public DodoRules withWallClockWindow(boolean value) {
        return with(numericBalances, unknownCustomerStatus, knownIdsSkipWindow, value);
    }

    public DodoRules withReplayConflicts(boolean value) {
        return withDeductions(value, manualEntriesAsAdjustment, entryPerEvent, earliestExpiryFirst);
    }

    public DodoRules withManualEntriesAsAdjustment(boolean value) {
        return withDeductions(replayConflicts, value, entryPerEvent, earliestExpiryFirst);
    }

    public DodoRules withEntryPerEvent(boolean value) {
        return withDeductions(replayConflicts, manualEntriesAsAdjustment, value, earliestExpiryFirst);
    }

    public DodoRules withEarliestExpiryFirst(boolean value) {
        return withDeductions(replayConflicts, manualEntriesAsAdjustment, entryPerEvent, value);
    }

    public DodoRules withEverySubscriptionDeducts(boolean value) {
        return new DodoRules(
                numericBalances,
                unknownCustomerStatus,
                knownIdsSkipWindow,
                wallClockWindow,
                replayConflicts,
                manualEntriesAsAdjustment,
                entryPerEvent,
                earliestExpiryFirst,
                value,
                refundsTakeCredits,
                keylessRevocations,
                tier);
    }

    public DodoRules withRefundsTakingCredits(boolean value) {
        return withGoodbyes(value, keylessRevocations);
    }

    public DodoRules withKeylessRevocations(boolean value) {
        return withGoodbyes(refundsTakeCredits, value);
    }

    public DodoRules withTier(Tier value) {
        return new DodoRules(
                numericBalances,
                unknownCustomerStatus,
                knownIdsSkipWindow,
                wallClockWindow,
                replayConflicts,
                manualEntriesAsAdjustment,
                entryPerEvent,
                earliestExpiryFirst,
                everySubscriptionDeducts,
                refundsTakeCredits,
                keylessRevocations,
                value);
    }

    private DodoRules with(boolean numeric, int unknownStatus, boolean skipWindow, boolean wallClock) {
        return new DodoRules(
                numeric,
                unknownStatus,
                skipWindow,
                wallClock,
                replayConflicts,
                manualEntriesAsAdjustment,
                entryPerEvent,
                earliestExpiryFirst,
                everySubscriptionDeducts,
                refundsTakeCredits,
                keylessRevocations,
                tier);
    }

    private DodoRules withDeductions(boolean conflicts, boolean adjustment, boolean perEvent, boolean expiryFirst) {
        return new DodoRules(
                numericBalances,
                unknownCustomerStatus,
                knownIdsSkipWindow,
                wallClockWindow,
                conflicts,
                adjustment,
                perEvent,
                expiryFirst,
                everySubscriptionDeducts,
                refundsTakeCredits,
                keylessRevocations,
                tier);
    }

    private DodoRules withGoodbyes(boolean takeCredits, boolean keyless) {
        return new DodoRules(
                numericBalances,
                unknownCustomerStatus,
                knownIdsSkipWindow,
                wallClockWindow,
                replayConflicts,
                manualEntriesAsAdjustment,
                entryPerEvent,
                earliestExpiryFirst,
                everySubscriptionDeducts,
                takeCredits,
                keyless,
                tier);
    }
}
