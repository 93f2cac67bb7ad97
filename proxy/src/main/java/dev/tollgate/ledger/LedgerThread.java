package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the ledger and the journal's writing side. It takes what has queued up, decides it, commits
 * the resulting facts as one group, and only then answers.
 *
 * <p>{@link #submit} is safe from every thread and never waits. The mailbox is bounded: when it is half full, new
 * reservations are refused as {@link Reply.Reason#BUSY}, which leaves the other half to commands that end what was
 * begun. Replies and observers run on the ledger thread and must be brief.
 *
 * <p>After a failed commit nothing more is accepted: what is on disk is unknown until the journal is read again.
 */
public final class LedgerThread {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerThread.class);
    private static final int MAILBOX_COMMANDS_MAX = 1 << 16;
    private static final int GROUP_COMMANDS_MAX = 512;

    private final Ledger ledger;
    private final Journal journal;
    private final Consumer<List<Fact>> committed;
    private final Runnable onFailure;
    private final Mailbox<Work<?>> mailbox = new Mailbox<>();
    private final Thread thread;

    /** Written by the ledger thread and {@link #stop}, read by submitters, so that a refusal is immediate. */
    private volatile State state = State.RUNNING;

    /** Touched by the ledger thread alone. */
    private boolean ended;

    private enum State {
        RUNNING,
        FAILED,
        CLOSED
    }

    /** One command with the way back to whoever sent it. */
    private static final class Work<A> {
        private final Command<A> command;
        private final Consumer<Reply<A>> reply;
        private Reply<A> outcome = new Reply.Refused<>(Reply.Reason.FAILED);

        Work(Command<A> command, Consumer<Reply<A>> reply) {
            this.command = command;
            this.reply = reply;
        }

        void decide(Ledger ledger, List<Fact> group) {
            Decision<A> decision = ledger.decide(command);
            group.addAll(decision.facts());
            outcome = new Reply.Durable<>(decision.answer());
        }

        void fail() {
            outcome = new Reply.Refused<>(Reply.Reason.FAILED);
        }

        void answer() {
            try {
                reply.accept(outcome);
            } catch (RuntimeException e) {
                LOG.error("a reply to {} failed", command.getClass().getSimpleName(), e);
            }
        }
    }

    /**
     * Folds the journal into a ledger and closes what an earlier process left open. The thread is not started yet.
     *
     * @param committed is told every group of facts once it is durable, in order
     * @param onFailure is called once if the journal cannot be written any more
     */
    public static LedgerThread recover(
            Journal journal,
            Consumer<List<Fact>> committed,
            Runnable onFailure,
            ThreadFactory threads,
            InstantSource clock)
            throws JournalException {
        Ledger ledger = new Ledger();
        journal.replay(ledger::apply);
        List<Fact> orphans =
                ledger.decide(new Command.CloseOrphans(clock.millis())).facts();
        if (!orphans.isEmpty()) {
            journal.append(orphans);
            LOG.warn("{} requests were open when the last process ended; booked as estimates", orphans.size());
        }
        return new LedgerThread(ledger, journal, committed, onFailure, threads);
    }

    private LedgerThread(
            Ledger ledger, Journal journal, Consumer<List<Fact>> committed, Runnable onFailure, ThreadFactory threads) {
        this.ledger = ledger;
        this.journal = journal;
        this.committed = committed;
        this.onFailure = onFailure;
        this.thread = threads.newThread(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Queues a command; {@code reply} hears of it exactly once, on the ledger thread or, when refused, right here. */
    public <A> void submit(Command<A> command, Consumer<Reply<A>> reply) {
        State now = state;
        int limit = command instanceof Command.Reserve ? MAILBOX_COMMANDS_MAX / 2 : MAILBOX_COMMANDS_MAX;
        if (now != State.RUNNING) {
            reply.accept(new Reply.Refused<>(now == State.FAILED ? Reply.Reason.FAILED : Reply.Reason.CLOSED));
        } else if (!mailbox.offer(new Work<>(command, reply), limit)) {
            reply.accept(new Reply.Refused<>(Reply.Reason.BUSY));
        }
    }

    /** Commands waiting to be decided. */
    public int queued() {
        return mailbox.size();
    }

    public boolean failed() {
        return state == State.FAILED;
    }

    private void run() {
        List<Work<?>> works = new ArrayList<>(GROUP_COMMANDS_MAX);
        while (!ended) {
            mailbox.take(works, GROUP_COMMANDS_MAX);
            process(works);
            works.clear();
        }
        mailbox.drain(works, Integer.MAX_VALUE);
        works.forEach(Work::answer);
    }

    private void process(List<Work<?>> works) {
        if (state != State.FAILED) {
            commit(works);
        }
        works.forEach(Work::answer);
    }

    private void commit(List<Work<?>> works) {
        List<Fact> group = new ArrayList<>();
        try {
            for (Work<?> work : works) {
                work.decide(ledger, group);
            }
            if (!group.isEmpty()) {
                journal.append(group);
                committed.accept(List.copyOf(group));
            }
        } catch (JournalException | RuntimeException e) {
            state = State.FAILED;
            works.forEach(Work::fail);
            LOG.error("the ledger stops: nothing more is admitted until the process is restarted", e);
            onFailure.run();
        }
    }

    /** Decides everything that was queued, then ends the thread. The journal stays open. Waits. */
    public void stop() throws InterruptedException {
        if (state == State.RUNNING) {
            state = State.CLOSED;
        }
        mailbox.offer(new Work<>(new Command.CloseLedger(), answer -> ended = true), Integer.MAX_VALUE);
        thread.join();
    }

    /** How a command ended. */
    public sealed interface Reply<A> {
        /** Its effects are durable. */
        record Durable<A>(A answer) implements Reply<A> {}

        /** It was not taken; nothing changed that anybody was told of. */
        record Refused<A>(Reason reason) implements Reply<A> {}

        /** Why a command was not taken. */
        enum Reason {
            /** The mailbox is full; try again shortly. */
            BUSY,
            /** The journal cannot be written; the process must be restarted. */
            FAILED,
            /** The ledger has been closed. */
            CLOSED
        }
    }
}
