package dev.tollgate.timing;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One deadline that moves often and is rarely reached.
 *
 * <p>A later deadline leaves the scheduled task where it is; the task looks at the deadline when it runs and goes back
 * to sleep. So a busy keep-alive connection schedules nothing per request. Time is the executor's own. Owned by one
 * handler, on its event loop.
 */
public final class DeadlineTimer {

    private final EventExecutor executor;
    private final Runnable expired;
    private boolean armed;
    private long deadlineNanos;
    private @Nullable Future<?> task;
    private long taskNanos;

    public DeadlineTimer(EventExecutor executor, Runnable expired) {
        this.executor = executor;
        this.expired = expired;
    }

    public long nowNanos() {
        return executor.ticker().nanoTime();
    }

    public void expireAfterMillis(long delayMillis) {
        expireAt(nowNanos() + TimeUnit.MILLISECONDS.toNanos(delayMillis));
    }

    /** Replaces the deadline. */
    public void expireAt(long newDeadlineNanos) {
        armed = true;
        deadlineNanos = newDeadlineNanos;
        if (task != null && taskNanos - newDeadlineNanos <= 0) {
            return;
        }
        cancelTask();
        schedule();
    }

    /** Forgets the deadline, for the time being. */
    public void disarm() {
        armed = false;
    }

    /** Forgets the deadline and lets go of the executor. */
    public void stop() {
        armed = false;
        cancelTask();
    }

    private void schedule() {
        taskNanos = deadlineNanos;
        task = executor.schedule(this::run, deadlineNanos - nowNanos(), TimeUnit.NANOSECONDS);
    }

    private void run() {
        task = null;
        if (!armed) {
            return;
        }
        if (deadlineNanos - nowNanos() > 0) {
            schedule();
            return;
        }
        armed = false;
        expired.run();
    }

    private void cancelTask() {
        if (task != null) {
            task.cancel(false);
            task = null;
        }
    }
}
