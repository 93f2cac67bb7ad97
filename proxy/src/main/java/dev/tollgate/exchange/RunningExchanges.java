package dev.tollgate.exchange;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The exchanges of one event loop that have not reached their outcome. Owned by that loop; only {@link #count} is safe elsewhere. */
public final class RunningExchanges {
    private final Set<Exchange> exchanges = new HashSet<>();

    /** Written by the event loop, read by whoever shuts down or scrapes. */
    private volatile int count;

    void add(Exchange exchange) {
        exchanges.add(exchange);
        count = exchanges.size();
    }

    void remove(Exchange exchange) {
        exchanges.remove(exchange);
        count = exchanges.size();
    }

    public int count() {
        return count;
    }

    /** Ends all that are waiting for a provider, with what is known so far. On the event loop. */
    public void stopAll() {
        List.copyOf(exchanges).forEach(Exchange::stop);
    }
}
