package dev.tollgate.journal;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The durable history of all accounts.
 *
 * <p>One thread owns the writing side ({@link #append}, {@link #replay}). {@link #outbox()} may be read from any
 * thread. After a failed append the journal refuses every further one: what is on disk is then unknown until the
 * process starts again and reads it.
 */
public interface Journal extends AutoCloseable {

    /** Opens the journal that is kept in a folder, and creates what is missing of it. */
    @FunctionalInterface
    interface Opener {
        Journal open(Path folder) throws JournalException;
    }

    /** Hands every fact, oldest first, to {@code fold}. */
    void replay(Consumer<Fact> fold) throws JournalException;

    /**
     * Brings blank projections to where the journal ends: from a snapshot and the facts after it where there is one that can
     * be used, else from all facts. The result is the same.
     */
    default void recover(List<? extends Projection<?>> projections) throws JournalException {
        replay(fact -> projections.forEach(projection -> projection.fold(fact)));
    }

    /**
     * Writes a new snapshot when enough was appended since the last one. Waits; for one
     * thread at a time, beside the one that appends, which it holds up for a few milliseconds at most.
     *
     * @param leastFacts how many facts are worth it; more where the snapshot itself is very long
     * @param blank the projections of {@link #recover}, in the same order, none of which has folded anything
     * @return whether there was that much
     */
    default boolean renewSnapshot(long leastFacts, Supplier<List<Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return false;
    }

    /**
     * Moves the oldest month into a file of its own beside the journal, if all of it is older than {@code beforeMillis}, inside a
     * snapshot, and each of its requests acknowledged by Dodo or returned. Questions still find it there. Waits, and is
     * otherwise as {@link #renewSnapshot}.
     *
     * @return whether there was such a month; then there may be another
     */
    default boolean archive(long beforeMillis, Supplier<List<Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return false;
    }

    /** Gives disk and processor to others, between two parts of something long. */
    @FunctionalInterface
    interface Pause {
        void take() throws InterruptedException;
    }

    /** When the first fact was written, milliseconds since the epoch; empty for a journal that has none. */
    OptionalLong beganMillis() throws JournalException;

    /** The same for the keys that customers were given. */
    void replayKeys(Consumer<Fact.KeyChanged> fold) throws JournalException;

    /** Appends the facts as one group. All of them are durable when this returns; none is if it throws. */
    void append(List<Fact> group) throws JournalException;

    /** The reading side for usage that Dodo has not acknowledged. */
    Outbox outbox();

    /**
     * Brings what was appended to where other processes read it, soon after it was appended; whoever reads in this process need not
     * ask for it. Waits; safe on every thread.
     */
    default void tabulate() throws JournalException {}

    /** How many durable facts wait for {@link #tabulate}. Safe on every thread. */
    default long untabulated() {
        return 0;
    }

    /** Moves what was appended into the main file. Called now and then from a thread that may wait. */
    void checkpoint() throws JournalException;

    @Override
    void close() throws JournalException;

    /**
     * Something that facts add up to. Folding facts, and folding some of them, taking a snapshot, restoring it elsewhere and
     * folding the rest there, come to the same. Owned by one thread.
     *
     * @param <S> all there is to it, as a record of numbers, booleans, text, enum constants, lists, sets, maps, and records of
     *     these; without nulls
     */
    interface Projection<S extends Record> {
        Class<S> form();

        void fold(Fact fact);

        /** All of it, in no part shared with what goes on changing. */
        S snapshot();

        /** Takes over a snapshot; only while nothing has been folded. */
        void restore(S snapshot);
    }

    /**
     * A journal as it stood at one moment, to be asked and never changed. A process may go on writing it meanwhile; what it
     * adds is not seen here. For one thread, which may wait.
     */
    interface History extends AutoCloseable {

        /** Hands every fact, oldest first, to {@code fold}. */
        void replay(Consumer<Fact> fold) throws JournalException;

        /** The same for the facts of one account. */
        void replay(Account account, Consumer<Fact> fold) throws JournalException;

        /** What happened to one request, oldest first; empty when the journal does not know it. */
        List<Fact> ofRequest(String requestId) throws JournalException;

        /** An account's settled requests, the newest first, by id. */
        List<String> recentRequests(Account account, int most) throws JournalException;

        /** The accounts of one customer, one for each credit entitlement. */
        List<Account> accounts(String customerId) throws JournalException;

        /** Sums of settled usage in groups, ordered by what they are grouped by. */
        List<UsageSum> usage(UsageQuery query) throws JournalException;

        /** Usage settled since then, the newest first; what a clock that was set back by more than an hour dated is missed. */
        void settledSince(long sinceMillis, Consumer<Fact.Settled> consumer) throws JournalException;

        /** Usage on its way to Dodo after a place in the journal, the oldest first, without what is in quarantine. */
        List<Outbox.Pending> waiting(long afterSequence, int most) throws JournalException;

        /** Events that are in quarantine, oldest settlement first. */
        List<SetAside> setAside() throws JournalException;

        /** Looks for what can never be true of an intact journal. */
        List<Check> verify() throws JournalException;

        /** Every account's sums, added up by the database and not by the ledger. */
        Map<Account, Sums> sums() throws JournalException;

        @Override
        void close() throws JournalException;
    }

    /** What usage can be grouped by: the model is the one that was asked for, the day is that of the settlement, in UTC. */
    enum Dimension {
        CUSTOMER,
        KEY,
        MODEL,
        DAY
    }

    /**
     * Which usage to sum up.
     *
     * @param customerId, keyId only this customer's, only this key's
     * @param fromMillis, untilMillis settled at or after the first and before the second
     */
    record UsageQuery(
            List<Dimension> by,
            @Nullable String customerId,
            @Nullable String keyId,
            long fromMillis,
            long untilMillis) {
        public UsageQuery {
            by = List.copyOf(by);
            if (by.isEmpty() || by.stream().distinct().count() < by.size()) {
                throw new IllegalArgumentException("usage is grouped by something, and by nothing twice: " + by);
            }
        }
    }

    /**
     * The usage of one group.
     *
     * @param group what the group has in common, in the order of {@link UsageQuery#by()}
     * @param estimated how many of the requests the provider never reported usage for
     */
    record UsageSum(List<String> group, long requests, Fact.Tokens tokens, long units, long estimated) {
        public UsageSum {
            group = List.copyOf(group);
        }

        /** The same with so many estimates less, which were so many units too low. */
        UsageSum plus(long moreUnits, long corrected) {
            return new UsageSum(group, requests, tokens, Math.addExact(units, moreUnits), estimated - corrected);
        }
    }

    /** An event in quarantine, with the usage it would tell and why it was set aside last. */
    record SetAside(Outbox.Delivery delivery, Fact.Quarantined quarantined) {}

    /** One thing that was looked for in {@code rows} rows, and where it was not so. */
    record Check(String what, long rows, List<String> problems) {
        public Check {
            problems = List.copyOf(problems);
        }
    }

    /** One account's sums; {@code netUnits} means nothing unless Dodo was read, {@code known}. */
    record Sums(
            boolean known, long netUnits, long usedUnits, long deductedUnits, long writtenOffUnits, long heldUnits) {}
}
