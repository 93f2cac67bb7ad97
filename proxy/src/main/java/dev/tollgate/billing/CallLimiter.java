package dev.tollgate.billing;

/**
 * Keeps calls within a rate limit in every second and every minute, wherever those begin: it remembers when the last
 * calls were made. Safe on every thread; never waits itself.
 */
final class CallLimiter {
    private static final long SECOND_MILLIS = 1_000;
    private static final long MINUTE_MILLIS = 60_000;

    private final BillingSettings.RateLimit limit;
    private final long[] takenMillis;
    private long taken;
    private long closedUntilMillis;
    private long lastMillis = Long.MIN_VALUE;
    private long setBackMillis;

    CallLimiter(BillingSettings.RateLimit limit) {
        this.limit = limit;
        this.takenMillis = new long[limit.callsPerMinute()];
    }

    /** Takes so many calls and answers 0, or takes none and answers how many milliseconds to wait before asking again. */
    synchronized long take(int calls, long nowMillis) {
        long steadyMillis = steady(nowMillis);
        long freeMillis = Math.max(
                closedUntilMillis,
                Math.max(
                        freeMillis(calls, limit.callsPerSecond(), SECOND_MILLIS),
                        freeMillis(calls, limit.callsPerMinute(), MINUTE_MILLIS)));
        if (freeMillis > steadyMillis) {
            return freeMillis - steadyMillis;
        }
        for (int i = 0; i < calls; i++) {
            takenMillis[(int) (taken++ % takenMillis.length)] = steadyMillis;
        }
        return 0;
    }

    /** Notes a call that somebody else makes, whether there is room for it or not. */
    synchronized void spend(long nowMillis) {
        takenMillis[(int) (taken++ % takenMillis.length)] = steady(nowMillis);
    }

    /** Lets nothing pass for a while, because Dodo said so. */
    synchronized void closeFor(long millis, long nowMillis) {
        closedUntilMillis = Math.max(closedUntilMillis, steady(nowMillis) + millis);
    }

    /** When the call that would be one too many in the window has left it. */
    private long freeMillis(int calls, int callsMax, long windowMillis) {
        long index = taken - (callsMax - calls + 1);
        return index < 0 ? Long.MIN_VALUE : takenMillis[(int) (index % takenMillis.length)] + windowMillis;
    }

    /** The given time with every step back of the clock taken out, so that such a step holds nobody up. */
    private long steady(long nowMillis) {
        if (nowMillis < lastMillis) {
            setBackMillis += lastMillis - nowMillis;
        }
        lastMillis = nowMillis;
        return nowMillis + setBackMillis;
    }
}
