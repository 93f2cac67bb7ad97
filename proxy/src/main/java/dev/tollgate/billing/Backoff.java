package dev.tollgate.billing;

import java.util.random.RandomGenerator;

/** How long to wait after failures in a row: doubling from half a second to a minute, spread so that not all come at once. */
final class Backoff {
    static final long LONGEST_MILLIS = 60_000;
    private static final long SHORTEST_MILLIS = 500;
    private static final int DOUBLINGS_MAX = 7;

    private final RandomGenerator random;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** @param failures how many came before in a row, 0 after the first one */
    long millis(int failures) {
        long fullMillis = Math.min(LONGEST_MILLIS, SHORTEST_MILLIS << Math.min(failures, DOUBLINGS_MAX));
        synchronized (random) {
            return fullMillis - random.nextLong(fullMillis / 2);
        }
    }
}
