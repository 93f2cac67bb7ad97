package dev.tollgate.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sandbox time: real time multiplied, or time that stands still until told to move, and the tasks that wait for it.
 *
 * <p>Tasks run one at a time, earliest first, on the clock's own thread or inside {@link #advance}. Safe for all
 * threads. Lock order: {@code running}, then this object's monitor.
 */
public final class SandboxClock implements InstantSource, AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger(SandboxClock.class.getName());
    private static final long SETTLE_MILLIS_MAX = 60_000;

    private final long timeScale;
    private final Instant startedAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
    private final long startedNanos = System.nanoTime();
    private final ReentrantLock running = new ReentrantLock();
    private final PriorityQueue<Task> waiting =
            new PriorityQueue<>(Comparator.comparing(Task::due).thenComparingLong(Task::number));
    private final Thread thread;
    private Duration advanced = Duration.ZERO;
    private long nextNumber;
    private int busy;
    private boolean closed;

    private record Task(Instant due, long number, Runnable action) {}

    /** A clock that runs {@code timeScale} times as fast as real time; 0 makes it stand still. */
    public SandboxClock(long timeScale) {
        if (timeScale < 0) {
            throw new IllegalArgumentException("timeScale " + timeScale);
        }
        this.timeScale = timeScale;
        this.thread = Thread.ofPlatform().daemon().name("sandbox-clock").start(this::runDueTasks);
    }

    /** Whether only {@link #advance} moves this clock. */
    public boolean isManual() {
        return timeScale == 0;
    }

    /** How many times faster than real time this clock runs; 0 when it stands still. */
    public long timeScale() {
        return timeScale;
    }

    @Override
    public synchronized Instant instant() {
        long flowedNanos = timeScale == 0 ? 0 : Math.multiplyExact(System.nanoTime() - startedNanos, timeScale);
        return startedAt.plusNanos(flowedNanos).plus(advanced).truncatedTo(ChronoUnit.MICROS);
    }

    /** Runs {@code action} once this much sandbox time has passed. It must not block for long. */
    public void schedule(Duration delay, Runnable action) {
        scheduleAt(instant().plus(delay), action);
    }

    /** Runs {@code action} at that time, or at once when it has passed. */
    public synchronized void scheduleAt(Instant due, Runnable action) {
        waiting.add(new Task(due, nextNumber++, action));
        notifyAll();
    }

    /**
     * Moves sandbox time forward, stopping at each task that falls due to run it here. Returns when the tasks and all
     * work they announced by {@link #enterBusy} are done.
     */
    public void advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("time does not go back: " + step);
        }
        running.lock();
        try {
            Instant target = instant().plus(step);
            settle();
            Optional<Task> task = moveToNext(target);
            while (task.isPresent()) {
                task.get().action().run();
                settle();
                task = moveToNext(target);
            }
        } finally {
            running.unlock();
        }
    }

    /** Announces work on another thread that {@link #advance} must wait for. */
    public synchronized void enterBusy() {
        busy++;
    }

    /** Ends one announced piece of work. */
    public synchronized void leaveBusy() {
        busy--;
        notifyAll();
    }

    /** Waits until no announced work is under way and nothing is due, at most a minute of real time. */
    public synchronized void settle() {
        long deadlineNanos = System.nanoTime() + SETTLE_MILLIS_MAX * 1_000_000;
        while (busy > 0 || (!running.isHeldByCurrentThread() && isDue())) {
            long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (closed || leftMillis <= 0) {
                return;
            }
            await(leftMillis);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.interrupt();
    }

    private synchronized Optional<Task> moveToNext(Instant target) {
        Task next = waiting.peek();
        if (next == null || next.due().isAfter(target)) {
            moveTo(target);
            return Optional.empty();
        }
        moveTo(next.due());
        return Optional.of(waiting.remove());
    }

    private void moveTo(Instant time) {
        Instant now = instant();
        if (time.isAfter(now)) {
            advanced = advanced.plus(Duration.between(now, time));
            notifyAll();
        }
    }

    private void runDueTasks() {
        while (awaitDue()) {
            running.lock();
            try {
                takeDue().ifPresent(task -> task.action().run());
            } catch (RuntimeException bug) {
                LOGGER.log(System.Logger.Level.ERROR, "a task of the sandbox clock failed", bug);
            } finally {
                running.unlock();
            }
            synchronized (this) {
                notifyAll();
            }
        }
    }

    private synchronized Optional<Task> takeDue() {
        return isDue() ? Optional.of(waiting.remove()) : Optional.empty();
    }

    private synchronized boolean awaitDue() {
        while (!closed && !isDue()) {
            Task next = waiting.peek();
            await(next == null || timeScale == 0 ? SETTLE_MILLIS_MAX : realMillisUntil(next.due()));
        }
        return !closed;
    }

    private boolean isDue() {
        Task next = waiting.peek();
        return next != null && !next.due().isAfter(instant());
    }

    private long realMillisUntil(Instant due) {
        long millis = Duration.between(instant(), due).toMillis() / timeScale + 1;
        return Math.clamp(millis, 1, SETTLE_MILLIS_MAX);
    }

    @SuppressWarnings("WaitNotInLoop") // both callers loop around it
    private void await(long millis) {
        try {
            wait(millis);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }
}
