package dev.tollgate.ledger;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what happened, to show that histories are not empty of what they are to try. Owned by one thread. */
final class Tally {
    private static final List<String> EXPECTED = List.of(
            "Granted",
            "Exhausted",
            "Held",
            "Crowded",
            "all of it",
            "more than all of it",
            "Stale",
            "gap",
            "no gap",
            "reading",
            "reading overtaken",
            "re-base",
            "usage from elsewhere",
            "write-off",
            "write-off after a top-up",
            "held a bound",
            "held an estimate",
            "shrunk",
            "crash",
            "expiry",
            "beside expiring credits, Granted",
            "beside expiring credits, Exhausted",
            "crash with open requests",
            "restored");

    private final TreeMap<String, AtomicLong> counts = new TreeMap<>();

    void count(String what) {
        counts.computeIfAbsent(what, key -> new AtomicLong()).incrementAndGet();
    }

    /** What should have happened, but never did. */
    List<String> missing() {
        return EXPECTED.stream().filter(what -> !counts.containsKey(what)).toList();
    }

    @Override
    public String toString() {
        return counts.toString();
    }
}
