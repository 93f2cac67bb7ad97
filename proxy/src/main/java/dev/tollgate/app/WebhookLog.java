package dev.tollgate.app;

import dev.tollgate.billing.BillingObserver.WebhookOutcome;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The newest webhooks with what became of them. Safe on every thread. */
final class WebhookLog {
    static final int KEPT_MAX = 100;

    private final InstantSource clock;
    private final Deque<Seen> newestFirst = new ArrayDeque<>();

    record Seen(long atMillis, String type, WebhookOutcome outcome) {}

    WebhookLog(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void add(String type, WebhookOutcome outcome) {
        if (newestFirst.size() >= KEPT_MAX) {
            newestFirst.removeLast();
        }
        newestFirst.addFirst(new Seen(clock.millis(), type, outcome));
    }

    synchronized List<Seen> newestFirst() {
        return new ArrayList<>(newestFirst);
    }
}
