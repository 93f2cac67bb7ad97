package dev.tollgate.billing;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.LedgerThread;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Dodo about every settled request, exactly once under its request id, in the order of the journal.
 *
 * <p>One thread of its own does everything, in rounds: {@link #round} looks at the outbox, sends at most one batch and
 * says when to look again. Other threads only wake it, ask for a {@link #flush}, or read {@link #progress}.
 */
public final class UsageShipper {
    private static final Logger LOG = LoggerFactory.getLogger(UsageShipper.class);

    /** With nothing to do it still looks this often, in case a settlement was put back by hand. */
    private static final long IDLE_MILLIS = 30_000;

    /** A long line is counted this often; counting it takes time in proportion to its length. */
    private static final long COUNT_MILLIS = 60_000;

    private final Outbox outbox;
    private final BillingSettings.Shipping settings;
    private final InstantSource clock;
    private final Recess recess;
    private final Isolation isolation;
    private final Dispatcher dispatcher;
    private final Thread thread;

    /** Set by whoever settles, cleared by the shipping thread before it looks. */
    private final AtomicBoolean signalled = new AtomicBoolean();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** These three are guarded by the lock. */
    private boolean stopping;

    private boolean flushing;
    private boolean drained;

    /** These three are touched by the shipping thread alone. */
    private long pendingEvents;

    private long countedMillis;
    private long lastSuccessMillis;

    /** Written by the shipping thread, read by meters. */
    private volatile Progress progress = new Progress(0, 0, 0, 0, null, false);

    /**
     * How far shipping has come.
     *
     * @param pendingEvents how many wait; in a long line as of at most a minute ago
     * @param parkedEvents how many of them Dodo fails on while it takes others
     * @param oldestPendingMillis when the oldest waiting request was settled; 0 when none waits
     * @param lastSuccessMillis when Dodo last took events; 0 for not yet
     * @param lastProblem what went wrong since; null when nothing did
     * @param blocked whether it stands still until somebody changes a setting
     */
    public record Progress(
            long pendingEvents,
            int parkedEvents,
            long oldestPendingMillis,
            long lastSuccessMillis,
            @Nullable String lastProblem,
            boolean blocked) {}

    /** What the shipping thread does after a round. */
    sealed interface Next {
        /** There may be more. */
        record Again() implements Next {}

        /** Nothing to do before the time is over. */
        record Later(long millis) implements Next {}

        /** Nothing to do before something is settled. */
        record Idle() implements Next {}

        /** The ledger has closed. */
        record End() implements Next {}
    }

    public UsageShipper(
            Outbox outbox,
            LedgerThread ledger,
            DodoClient client,
            BillingSettings.Shipping settings,
            InstantSource clock,
            RandomGenerator random,
            BillingObserver observer,
            ThreadFactory threads) {
        this.outbox = outbox;
        this.settings = settings;
        this.clock = clock;
        this.recess = new Recess(clock, random, observer);
        this.isolation = new Isolation(settings.batchEvents(), clock);
        this.dispatcher =
                new Dispatcher(settings, client, new LedgerClient(ledger), clock, observer, recess, isolation);
        this.thread = threads.newThread(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Says that something was settled and is durable. Safe on every thread; never waits for shipping. */
    public void signal() {
        if (!signalled.getAndSet(true)) {
            wake(() -> {});
        }
    }

    public Progress progress() {
        return progress;
    }

    /** How often an event that waits was sent to Dodo since the start. Safe on every thread. */
    public int attempts(String requestId) {
        return dispatcher.attempts(requestId);
    }

    /** Sends what waits without lingering, until nothing does (true) or the deadline is reached (false). */
    public boolean flush(Instant deadline) throws InterruptedException {
        lock.lock();
        try {
            flushing = true;
            drained = false;
            changed.signalAll();
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(deadline.toEpochMilli() - clock.millis());
            while (!drained && !stopping && leftNanos > 0) {
                leftNanos = changed.awaitNanos(leftNanos);
            }
            return drained;
        } finally {
            flushing = false;
            lock.unlock();
        }
    }

    /** Ends the thread, giving up a call in progress: what it carried is sent again under the same ids after a start. */
    public void stop() throws InterruptedException {
        wake(() -> stopping = true);
        thread.interrupt();
        thread.join();
    }

    private void run() {
        try {
            while (!isOver()) {
                boolean hurry = isFlushing();
                rest(round(hurry), hurry);
            }
        } catch (InterruptedException e) {
            LOG.debug("shipping was interrupted");
        } finally {
            wake(() -> stopping = true);
        }
    }

    /**
     * Sends at most one batch.
     *
     * @param hurry whether a batch goes that would otherwise linger for company
     */
    Next round(boolean hurry) throws InterruptedException {
        signalled.set(false);
        Next next;
        try {
            next = attempt(hurry);
        } catch (JournalException | RuntimeException e) {
            LOG.error("a round of shipping failed", e);
            recess.failed(e.getClass().getSimpleName());
            next = new Next.Later(recess.leftMillis());
        }
        Progress before = progress;
        progress = new Progress(
                pendingEvents,
                isolation.parkedEvents(),
                pendingEvents == 0 ? 0 : before.oldestPendingMillis(),
                lastSuccessMillis,
                recess.problem(),
                recess.blocked());
        return next;
    }

    private Next attempt(boolean hurry) throws JournalException, InterruptedException {
        if (recess.leftMillis() > 0) {
            return new Next.Later(recess.leftMillis());
        }
        if (!dispatcher.recordLeftover()) {
            return afterFailure();
        }
        Optional<Fact.Settled> due = isolation.due();
        if (due.isPresent()) {
            return dispatcher.retry(due.get()) ? new Next.Again() : afterFailure();
        }
        List<Fact.Settled> waiting = look();
        if (waiting.isEmpty()) {
            return new Next.Idle();
        }
        long lingerMillis = hurry ? 0 : lingerMillis(waiting);
        if (lingerMillis > 0) {
            return new Next.Later(lingerMillis);
        }
        List<Fact.Settled> piece = isolation.piece(waiting);
        if (!dispatcher.deliver(piece)) {
            return afterFailure();
        }
        lastSuccessMillis = clock.millis();
        pendingEvents -= piece.size();
        return new Next.Again();
    }

    /** The head of the line, without what is parked. */
    private List<Fact.Settled> look() throws JournalException {
        int limit = settings.batchEvents() + isolation.parkedEvents();
        List<Outbox.Pending> found = outbox.pending(0, limit);
        count(found.size() < limit ? found.size() : -1);
        long oldestMillis = found.isEmpty() ? 0 : found.getFirst().settled().atMillis();
        progress = new Progress(
                pendingEvents, isolation.parkedEvents(), oldestMillis, lastSuccessMillis, recess.problem(), false);
        return found.stream()
                .map(Outbox.Pending::settled)
                .filter(settled -> !isolation.isParked(settled))
                .limit(settings.batchEvents())
                .toList();
    }

    /** Keeps the number of waiting events; a line that is longer than a look is counted now and then. */
    private void count(int seen) throws JournalException {
        long nowMillis = clock.millis();
        if (seen >= 0) {
            pendingEvents = seen;
        } else if (countedMillis == 0 || Math.abs(nowMillis - countedMillis) >= COUNT_MILLIS) {
            pendingEvents = outbox.pendingCount();
            countedMillis = nowMillis;
        }
    }

    private Next afterFailure() {
        return dispatcher.ended() ? new Next.End() : new Next.Later(recess.leftMillis());
    }

    /** How long a batch that has room waits for more; a full one, or one with a time from the future, does not. */
    private long lingerMillis(List<Fact.Settled> batch) {
        if (batch.size() == settings.batchEvents()) {
            return 0;
        }
        long ageMillis = clock.millis() - batch.getFirst().atMillis();
        return ageMillis < 0 ? 0 : Math.max(0, settings.lingerMillis() - ageMillis);
    }

    private void rest(Next next, boolean hurried) throws InterruptedException {
        switch (next) {
            case Next.Again ignored -> {}
            case Next.Later later -> await(later.millis(), false, hurried);
            case Next.Idle ignored -> {
                if (hurried) {
                    wake(() -> drained = true);
                }
                await(IDLE_MILLIS, true, false);
            }
            case Next.End ignored -> wake(() -> stopping = true);
        }
    }

    /**
     * Waits until the time is over, it is to stop, or there is a flush that the last round did not know of; when idle
     * also until something is settled. What that round knew is handed in: a flush may have begun since.
     */
    private void await(long millis, boolean idle, boolean hurried) throws InterruptedException {
        lock.lock();
        try {
            long leftNanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (leftNanos > 0 && !stopping && !(idle && signalled.get())) {
                if (flushing && !drained && !hurried) {
                    return;
                }
                leftNanos = changed.awaitNanos(leftNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isOver() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    private boolean isFlushing() {
        lock.lock();
        try {
            return flushing && !drained;
        } finally {
            lock.unlock();
        }
    }

    private void wake(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
