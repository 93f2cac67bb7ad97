package dev.tollgate.alerts;

import dev.tollgate.journal.Account;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** How fast accounts use credits, from what was settled within the last hours. Safe on every thread. */
final class UsageRates {
    static final long WINDOW_MILLIS = 3 * 3_600_000L;

    private static final long SLICE_MILLIS = 300_000;

    private final Map<Account, Deque<Slice>> slices = new HashMap<>();

    private record Slice(long number, long units) {}

    synchronized void used(Account account, long units, long atMillis) {
        Deque<Slice> theirs = slices.computeIfAbsent(account, any -> new ArrayDeque<>());
        long number = atMillis / SLICE_MILLIS;
        Slice last = theirs.peekLast();
        if (last != null && last.number() >= number) {
            theirs.removeLast();
            theirs.addLast(new Slice(last.number(), Math.addExact(last.units(), units)));
        } else {
            theirs.addLast(new Slice(number, units));
        }
    }

    /** Units used within the window, by account; accounts that used none are left out. */
    synchronized Map<Account, Long> usedUnits(long nowMillis) {
        Map<Account, Long> sums = new HashMap<>();
        slices.values()
                .forEach(theirs ->
                        theirs.removeIf(slice -> (slice.number() + 1) * SLICE_MILLIS <= nowMillis - WINDOW_MILLIS));
        slices.values().removeIf(Deque::isEmpty);
        slices.forEach((account, theirs) ->
                sums.put(account, theirs.stream().mapToLong(Slice::units).reduce(0, Math::addExact)));
        return sums;
    }
}
