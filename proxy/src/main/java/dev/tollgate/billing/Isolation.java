package dev.tollgate.billing;

import dev.tollgate.journal.Outbox;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells an event on which Dodo fails from a Dodo that fails, and keeps such an event from holding up the others.
 *
 * <p>While all is well, everything goes in full batches. After {@value #FAILURES_MAX} failures in a row pieces of a quarter
 * are tried. An event that fails alone although another one passed meanwhile is parked: it is left out, and tried again
 * alone, after a pause that doubles from a minute to an hour. As long as nothing passes it is Dodo that fails, and nothing
 * is parked; then the head of the line and, in turn, an event behind it are tried. Owned by the shipping
 * thread; what is parked is found out anew after a restart.
 */
final class Isolation {
    static final int FAILURES_MAX = 3;
    private static final int SHRINKING = 4;
    private static final int GROWTH = 2;
    private static final int PARKED_MAX = 200;
    private static final long SHORTEST_MILLIS = 60_000;
    private static final long LONGEST_MILLIS = 3_600_000;
    private static final Logger LOG = LoggerFactory.getLogger(Isolation.class);

    /** An event that is kept apart, and when it is tried again. */
    private record Parked(Outbox.Delivery delivery, long pauseMillis, long sinceMillis) {
        Parked postponed(long nowMillis) {
            return new Parked(delivery, Math.min(LONGEST_MILLIS, 2 * pauseMillis), nowMillis);
        }

        /** A clock that was set back makes it due. */
        boolean isDue(long nowMillis) {
            return nowMillis - sinceMillis >= pauseMillis || nowMillis < sinceMillis;
        }
    }

    private final int batchEvents;
    private final InstantSource clock;
    private final Map<String, Parked> parked = new LinkedHashMap<>();
    private int failures;
    private int pieceEvents;

    /** Whether something passed since the last event was parked, or since failures began. */
    private boolean othersPass;

    /** Whether an event from behind the head is tried next, and which. */
    private boolean asideNext;

    private boolean triedAside;

    /** Whether Dodo, when it failed on the head, answered other questions. */
    private boolean mayOvertake;

    private int aside;

    Isolation(int batchEvents, InstantSource clock) {
        this.batchEvents = batchEvents;
        this.pieceEvents = batchEvents;
        this.clock = clock;
    }

    int parkedEvents() {
        return parked.size();
    }

    boolean isParked(Outbox.Delivery delivery) {
        return parked.containsKey(delivery.id());
    }

    /** A parked event whose time has come. */
    Optional<Outbox.Delivery> due() {
        long nowMillis = clock.millis();
        return parked.values().stream()
                .filter(each -> each.isDue(nowMillis))
                .map(Parked::delivery)
                .findFirst();
    }

    /** What to send now of what waits: everything while all is well, else a piece of it. */
    List<Outbox.Delivery> piece(List<Outbox.Delivery> waiting) {
        Optional<Outbox.Delivery> other = asideNext ? other(waiting) : Optional.empty();
        triedAside = other.isPresent();
        return other.map(List::of).orElseGet(() -> waiting.subList(0, Math.min(pieceEvents, waiting.size())));
    }

    /**
     * In turn the first event of every other customer, which changes no order, and then, unless Dodo is down altogether,
     * whatever else is behind the head.
     */
    private Optional<Outbox.Delivery> other(List<Outbox.Delivery> waiting) {
        List<Outbox.Delivery> others = new ArrayList<>();
        List<Outbox.Delivery> rest = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Outbox.Delivery delivery : waiting) {
            (seen.add(delivery.account().customerId()) ? others : rest).add(delivery);
        }
        others.removeFirst();
        if (aside >= others.size() && mayOvertake) {
            others.addAll(rest);
        }
        return others.isEmpty() ? Optional.empty() : Optional.of(others.get(aside % others.size()));
    }

    /** Dodo took events that were not parked. */
    void passed() {
        failures = 0;
        asideNext = false;
        if (triedAside) {
            othersPass = true;
            return;
        }
        pieceEvents = Math.min(batchEvents, pieceEvents * GROWTH);
        othersPass = pieceEvents < batchEvents;
    }

    /**
     * Dodo failed on these.
     *
     * @param answers whether Dodo answers at all, asked about an event that failed alone
     */
    void failed(List<Outbox.Delivery> piece, Predicate<Outbox.Delivery> answers) {
        Outbox.Delivery first = piece.getFirst();
        failures++;
        if (triedAside) {
            asideNext = false;
            aside++;
        } else if (piece.size() > 1) {
            boolean shrinks = failures >= FAILURES_MAX || pieceEvents < batchEvents;
            pieceEvents = shrinks ? Math.max(1, piece.size() / SHRINKING) : pieceEvents;
        } else if (othersPass && park(first)) {
            othersPass = false;
        } else {
            pieceEvents = failures >= FAILURES_MAX ? 1 : pieceEvents;
            asideNext = pieceEvents == 1;
            mayOvertake = asideNext && answers.test(first);
        }
    }

    /** Keeps one apart on which Dodo fails while it takes others. Answers false when too many are parked already. */
    boolean park(Outbox.Delivery delivery) {
        if (parked.size() >= PARKED_MAX) {
            return false;
        }
        parked.put(delivery.id(), new Parked(delivery, SHORTEST_MILLIS, clock.millis()));
        LOG.error(
                "usage event {} of {} is parked: Dodo fails on it and takes others; it is tried again from time to time",
                delivery.id(),
                delivery.account());
        return true;
    }

    /** Dodo failed on a parked event once more. */
    void postpone(Outbox.Delivery delivery) {
        parked.computeIfPresent(delivery.id(), (id, each) -> each.postponed(clock.millis()));
    }

    /** The event came to its end. */
    void forget(Outbox.Delivery delivery) {
        if (parked.remove(delivery.id()) != null) {
            LOG.info("usage event {} of {} is parked no more", delivery.id(), delivery.account());
        }
    }
}
