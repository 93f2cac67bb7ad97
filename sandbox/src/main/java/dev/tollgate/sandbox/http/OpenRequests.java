package dev.tollgate.sandbox.http;

import java.util.concurrent.atomic.AtomicInteger;

/** How many requests are being answered now, and the most there ever were. Safe for all threads. */
final class OpenRequests {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger peak = new AtomicInteger();

    void enter() {
        int count = now.incrementAndGet();
        if (count > peak.get()) {
            peak.accumulateAndGet(count, Math::max);
        }
    }

    void leave() {
        now.decrementAndGet();
    }

    int now() {
        return now.get();
    }

    int peak() {
        return peak.get();
    }
}
