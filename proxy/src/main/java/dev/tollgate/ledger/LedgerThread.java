package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns the ledger and the journal's writing side. It takes what has queued up, decides it, commits
 * the resulting facts as one group, and only then answers.
 *
 * <p>{@link #submit} is safe from every thread and never waits. The mailbox is bounded: when it is half full, new
 * reservations are refused as {@link Reply.Reason#BUSY}, and when it is full everything else is, except for commands
 * that end what was begun. Those are always taken, or a hold would last until a restart; running and waiting requests
 * bound them. Usage that Dodo has not acknowledged is bounded too, see {@link #boundBacklog}. Replies and observers run on
 * the ledger thread and must be brief.
 *
 * <p>After a failed commit nothing more is accepted: what is on disk is unknown until the journal is read again.
 */
public final class LedgerThread {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerThread.class);
    private static final int MAILBOX_COMMANDS_MAX = 1 << 16;
    private static final int GROUP_COMMANDS_MAX = 512;

    /**
     * When commands come together, the next ones are waited for so long: a commit costs about as much as deciding and writing
     * twenty of them, so that fewer and larger groups take a quarter off the processor time of a request under load. Whoever
     * comes alone waits for nothing.
     */
    private static final long LINGER_NANOS = 200_000;

    private static final int TOGETHER_COMMANDS = 4;

    private final Ledger ledger;
    private final Journal journal;
    private final Consumer<List<Fact>> committed;
    private final Runnable onFailure;
    private final Mailbox<Work<?>> mailbox = new Mailbox<>();
    private final Thread thread;

    /** Written by the ledger thread and {@link #stop}, read by submitters, so that a refusal is immediate. */
    private volatile State state = State.RUNNING;

    /** This and {@code waiting} are touched by the ledger thread alone. */
    private boolean ended;

    /** Hears of every command that was queued; set before anybody else knows of this ledger. */
    private Runnable submitted = () -> {};

    /** Reservations whose answer is put off, by request id; bounded by what the ledger lets wait. */
    private final Map<String, Work<Command.ReserveAnswer>> waiting = new HashMap<>();

    /** Written before the thread starts. */
    private Holds holds = Holds.DURABLE;

    /** Written before the thread starts. */
    private int backlogMax = Integer.MAX_VALUE;

    /** Written by the thread that decides, read by submitters. */
    private volatile int backlog;

    /** When a reservation is answered. */
    public enum Holds {
        /** Once it is durable, so that no request goes to a provider which a restart would know nothing of. */
        DURABLE,
        /**
         * Once it is decided; it is written with the same group. A request saves the wait for one commit, and what a crash of
         * the machine finds between the two is forgotten: as many requests as came within one commit are not billed then.
         */
        BEHIND
    }

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
        private boolean answered;

        Work(Command<A> command, Consumer<Reply<A>> reply) {
            this.command = command;
            this.reply = reply;
        }

        void refuse(Reply.Reason reason) {
            outcome = new Reply.Refused<>(reason);
        }

        void succeed(A answer) {
            outcome = new Reply.Durable<>(answer);
        }

        boolean reserves() {
            return command instanceof Command.Reserve;
        }

        /** Once, however often it is called. */
        void answer() {
            if (answered) {
                return;
            }
            answered = true;
            try {
                reply.accept(outcome);
            } catch (RuntimeException e) {
                LOG.error("a reply to {} failed", command.getClass().getSimpleName(), e);
            }
        }
    }

    /** A ledger that knows nothing yet, to be brought to where a journal ends. */
    public static Journal.Projection<?> blank() {
        return new LedgerProjection();
    }

    /** The same when nothing is known of what an earlier process left open. */
    public static LedgerThread recover(
            Journal journal,
            Consumer<List<Fact>> committed,
            Runnable onFailure,
            ThreadFactory threads,
            InstantSource clock)
            throws JournalException {
        return recover(journal, reserved -> new Command.OrphanEnd.Unknown(), committed, onFailure, threads, clock);
    }

    /**
     * Brings a ledger to where the journal ends and closes what an earlier process left open. The thread is not started yet.
     *
     * @param ends says what is known of each request that was open
     * @param committed is told every group of facts once it is durable, in order
     * @param onFailure is called once if the journal cannot be written any more
     */
    public static LedgerThread recover(
            Journal journal,
            Function<Fact.Reserved, Command.OrphanEnd> ends,
            Consumer<List<Fact>> committed,
            Runnable onFailure,
            ThreadFactory threads,
            InstantSource clock)
            throws JournalException {
        LedgerProjection projection = new LedgerProjection();
        journal.recover(List.of(projection));
        Ledger ledger = projection.ledger();
        List<Fact> orphans =
                ledger.decide(new Command.CloseOrphans(ends, clock.millis())).facts();
        if (!orphans.isEmpty()) {
            journal.append(orphans);
            long returned =
                    orphans.stream().filter(fact -> fact instanceof Fact.Voided).count();
            LOG.warn(
                    "{} requests were open when the last process ended: {} returned, {} booked as estimates",
                    orphans.size(),
                    returned,
                    orphans.size() - returned);
        }
        return new LedgerThread(ledger, journal, committed, onFailure, threads);
    }

    private LedgerThread(
            Ledger ledger, Journal journal, Consumer<List<Fact>> committed, Runnable onFailure, ThreadFactory threads) {
        this.ledger = ledger;
        this.journal = journal;
        this.committed = committed;
        this.onFailure = onFailure;
        this.backlog = ledger.backlog();
        this.thread = threads.newThread(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Instead of {@link #start()}, where reservations need not be durable before they are answered. */
    public void start(Holds when) {
        holds = when;
        start();
    }

    /** No reservation is taken while so many deliveries or more wait for Dodo, each of them in memory. Before the start. */
    public void boundBacklog(int deliveriesMax) {
        backlogMax = deliveriesMax;
    }

    /** How many deliveries Dodo has not acknowledged. */
    public int backlog() {
        return backlog;
    }

    public int backlogMax() {
        return backlogMax;
    }

    /**
     * Instead of {@link #start}, for whoever has one thread for everything: {@code submitted} hears of every command, and has
     * it decided by {@link #decideQueued}, at once or later.
     */
    void startWithoutThread(Runnable submitted) {
        this.submitted = submitted;
    }

    /** Decides and answers what has queued up, as the ledger's thread does. */
    void decideQueued() {
        List<Work<?>> works = new ArrayList<>();
        if (mailbox.drain(works, GROUP_COMMANDS_MAX) > 0) {
            process(works);
        }
    }

    /** Queues a command; {@code reply} hears of it exactly once, on the ledger thread or, when refused, right here. */
    public <A> void submit(Command<A> command, Consumer<Reply<A>> reply) {
        State now = state;
        if (now != State.RUNNING) {
            reply.accept(new Reply.Refused<>(now == State.FAILED ? Reply.Reason.FAILED : Reply.Reason.CLOSED));
        } else if (backlog >= backlogMax && command instanceof Command.Reserve) {
            reply.accept(new Reply.Refused<>(Reply.Reason.BACKLOG));
        } else if (!mailbox.offer(new Work<>(command, reply), limit(command))) {
            reply.accept(new Reply.Refused<>(Reply.Reason.BUSY));
        } else {
            submitted.run();
        }
    }

    private static int limit(Command<?> command) {
        boolean ends = command instanceof Command.Settle
                || command instanceof Command.Release
                || command instanceof Command.Withdraw;
        if (ends) {
            return Integer.MAX_VALUE;
        }
        return command instanceof Command.Reserve ? MAILBOX_COMMANDS_MAX / 2 : MAILBOX_COMMANDS_MAX;
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
        boolean together = false;
        while (!ended) {
            mailbox.take(works, GROUP_COMMANDS_MAX);
            if (together) {
                LockSupport.parkNanos(this, LINGER_NANOS);
                mailbox.drain(works, GROUP_COMMANDS_MAX - works.size());
            }
            together = works.size() >= TOGETHER_COMMANDS;
            process(works);
            works.clear();
        }
        mailbox.drain(works, Integer.MAX_VALUE);
        works.addAll(waiting.values());
        works.forEach(work -> work.refuse(Reply.Reason.CLOSED));
        works.forEach(Work::answer);
    }

    private void process(List<Work<?>> works) {
        List<Work<?>> answerable = new ArrayList<>(works.size());
        List<Fact> group = new ArrayList<>();
        try {
            for (Work<?> work : works) {
                if (state != State.FAILED) {
                    decide(work, group, answerable);
                } else {
                    answerable.add(work);
                }
            }
            if (holds == Holds.BEHIND) {
                answerable.stream().filter(Work::reserves).forEach(Work::answer);
            }
            if (!group.isEmpty()) {
                journal.append(group);
                committed.accept(List.copyOf(group));
            }
        } catch (JournalException | RuntimeException e) {
            fail(e, works, answerable);
        }
        backlog = ledger.backlog();
        answerable.forEach(Work::answer);
    }

    private <A> void decide(Work<A> work, List<Fact> group, List<Work<?>> answerable) {
        Decision<A> decision;
        try {
            decision = ledger.decide(work.command);
        } catch (ArithmeticException | IllegalArgumentException e) {
            LOG.error("a {} makes no sense", work.command.getClass().getSimpleName(), e);
            work.refuse(Reply.Reason.SENSELESS);
            answerable.add(work);
            return;
        }
        group.addAll(decision.facts());
        for (Decision.Served served : decision.served()) {
            Work<Command.ReserveAnswer> waited = Objects.requireNonNull(waiting.remove(served.requestId()));
            waited.succeed(served.answer());
            answerable.add(waited);
        }
        @Nullable A answer = decision.answer();
        if (answer != null) {
            work.succeed(answer);
            answerable.add(work);
        } else {
            putOff(work);
        }
    }

    @SuppressWarnings("unchecked") // only a Reserve is ever put off
    private void putOff(Work<?> work) {
        Command.Reserve reserve = (Command.Reserve) work.command;
        waiting.put(reserve.requestId(), (Work<Command.ReserveAnswer>) work);
    }

    /** What was decided in this group may or may not be on disk; nobody is told that it succeeded. */
    private void fail(Exception cause, List<Work<?>> works, List<Work<?>> answerable) {
        state = State.FAILED;
        LOG.error("the ledger stops: nothing more is admitted until the process is restarted", cause);
        Set<Work<?>> all = new LinkedHashSet<>(answerable);
        all.addAll(works);
        all.addAll(waiting.values());
        waiting.clear();
        all.forEach(work -> work.refuse(Reply.Reason.FAILED));
        answerable.clear();
        answerable.addAll(all);
        onFailure.run();
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
        /** Its effects are durable; those of a reservation under {@link Holds#BEHIND} are about to be. */
        record Durable<A>(A answer) implements Reply<A> {}

        /** It was not taken; nothing changed that anybody was told of. */
        record Refused<A>(Reason reason) implements Reply<A> {}

        /** Why a command was not taken. */
        enum Reason {
            /** The mailbox is full; try again shortly. */
            BUSY,
            /** Too much usage waits for Dodo; try again when it has taken some. */
            BACKLOG,
            /** The journal cannot be written; the process must be restarted. */
            FAILED,
            /** The command itself is wrong, such as an amount beyond any account; see the log. */
            SENSELESS,
            /** The ledger has been closed. */
            CLOSED
        }
    }
}
