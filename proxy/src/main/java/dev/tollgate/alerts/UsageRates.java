package dev.tollgate.alerts;

import dev.tollgate.journal.Account;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** How fast accounts use credits, from what was settled within the last hours, told in any order. Safe on every thread. */
final class UsageRates {
    static final long WINDOW_MILLIS = 3 * 3_600_000L;

    private static final long SLICE_MILLIS = 300_000;

    /** Units by the number of their slice of time. */
    private final Map<Account, NavigableMap<Long, Long>> slices = new HashMap<>();

    synchronized void used(Account account, long units, long atMillis) {
        slices.computeIfAbsent(account, any -> new TreeMap<>()).merge(atMillis / SLICE_MILLIS, units, Math::addExact);
    }

    /** Units used within the window, by account; accounts that used none are left out. */
    synchronized Map<Account, Long> usedUnits(long nowMillis) {
        Map<Account, Long> sums = new HashMap<>();
        long lastPassed = (nowMillis - WINDOW_MILLIS) / SLICE_MILLIS - 1;
        slices.values().forEach(theirs -> theirs.headMap(lastPassed, true).clear());
        slices.values().removeIf(Map::isEmpty);
        slices.forEach((account, theirs) -> sums.put(
                account, theirs.values().stream().mapToLong(Long::longValue).reduce(0, Math::addExact)));
        return sums;
    }
}
