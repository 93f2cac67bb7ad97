package dev.tollgate.simulation;

import dev.tollgate.billing.DodoClient;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The clock and everything that is still to happen, in order. Whoever waits lets the others go on meanwhile, so code that
 * blocks runs on the one thread that there is; what waits inside a wait ends before it.
 */
final class Timeline implements InstantSource, DodoClient.Pause {
    private static final int STEPS_KEPT = 60;

    /** The world outside is nobody's process and outlives all of them. */
    static final int WORLD = 0;

    private record Event(long atMillis, long sequence, int process, boolean mayBlock, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atMillis).thenComparingLong(Event::sequence));
    private final Deque<String> steps = new ArrayDeque<>();
    private long nowMillis;
    private long sequence;
    private long stepsTaken;
    private long digest;
    private int alive;
    private boolean blocking;

    Timeline(long startMillis) {
        nowMillis = startMillis;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(nowMillis);
    }

    @Override
    public long millis() {
        return nowMillis;
    }

    /** Notes what happens, for whoever has to find out what went wrong. */
    void note(String step) {
        stepsTaken++;
        digest = digest * 31 + step.hashCode() + nowMillis;
        steps.addLast(nowMillis + "  " + step);
        if (steps.size() > STEPS_KEPT) {
            steps.removeFirst();
        }
    }

    String lastSteps() {
        return String.join("\n", steps);
    }

    long stepsTaken() {
        return stepsTaken;
    }

    /** The same for the same history. */
    long digest() {
        return digest;
    }

    /** Which process is alive; {@link #WORLD} for none. */
    int alive() {
        return alive;
    }

    void live(int process) {
        alive = process;
    }

    /** Whether what runs now may wait, as opposed to an event loop. */
    boolean blocking() {
        return blocking;
    }

    /** Does something later; not at all if the process that wants it is dead by then. */
    void after(long millis, int process, boolean mayBlock, Runnable action) {
        events.add(new Event(nowMillis + Math.max(0, millis), sequence++, process, mayBlock, action));
    }

    void inWorld(long millis, Runnable action) {
        after(millis, WORLD, false, action);
    }

    /** Lets time pass for the process that is alive; it does not return to one that has died meanwhile. */
    @Override
    public void pause(long millis) {
        int waiting = alive;
        if (waiting == WORLD) {
            throw new Crash("waits no more");
        }
        long untilMillis = nowMillis + millis;
        while (waiting == alive && isDue(untilMillis)) {
            next();
        }
        if (waiting != alive) {
            throw new Crash("waits no more");
        }
        nowMillis = Math.max(nowMillis, untilMillis);
    }

    /** Lets everything happen that is due until then. A process that dies is noticed by whoever starts the next. */
    void run(long untilMillis) {
        while (isDue(untilMillis)) {
            try {
                next();
            } catch (Crash ignored) {
                blocking = false;
            }
        }
        nowMillis = Math.max(nowMillis, untilMillis);
    }

    private boolean isDue(long untilMillis) {
        @Nullable Event first = events.peek();
        return first != null && first.atMillis() <= untilMillis;
    }

    private void next() {
        Event event = events.remove();
        nowMillis = Math.max(nowMillis, event.atMillis());
        if (event.process() != WORLD && event.process() != alive) {
            return;
        }
        boolean before = blocking;
        blocking = event.mayBlock();
        try {
            event.action().run();
        } finally {
            blocking = before;
        }
    }
}
