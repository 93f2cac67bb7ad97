package dev.tollgate.simulation;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** One process's threads or event loops: what they are to do becomes events of the timeline. */
final class SteppedExecutor extends AbstractExecutorService implements ScheduledExecutorService {
    private final Timeline timeline;
    private final int process;
    private final boolean mayBlock;

    SteppedExecutor(Timeline timeline, int process, boolean mayBlock) {
        this.timeline = timeline;
        this.process = process;
        this.mayBlock = mayBlock;
    }

    private static final class Later<A> extends FutureTask<A> implements ScheduledFuture<A> {
        Later(Callable<A> call) {
            super(call);
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return 0;
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }
    }

    @Override
    public void execute(Runnable command) {
        timeline.after(0, process, mayBlock, command);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(
                () -> {
                    command.run();
                    return true;
                },
                delay,
                unit);
    }

    @Override
    public <A> ScheduledFuture<A> schedule(Callable<A> call, long delay, TimeUnit unit) {
        Later<A> later = new Later<>(call);
        timeline.after(unit.toMillis(delay), process, mayBlock, later);
        return later;
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long first, long period, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing on the money path repeats by itself");
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long first, long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nothing on the money path repeats by itself");
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return true;
    }
}
