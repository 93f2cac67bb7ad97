package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tables, and the durable groups that wait for them. One thread adds groups; every thread that may wait brings the tables
 * up to date. A transaction takes whole groups in their order, so the last place in the tables says what is in them. After a failed
 * transaction there is no other: what is on the disk is unknown then.
 *
 * <p>The connection belongs to whoever holds {@link #writing()}. The groups that wait have a lock of their own, which is never
 * held while anything is written, so that a slow disk holds up nobody who adds.
 */
final class Tables implements AutoCloseable {
    private static final int TRANSACTION_FACTS = 4_000;

    private final Connection connection;
    private final FactWriter facts;
    private final Lock writing = new ReentrantLock();
    private final Deque<Group> waiting = new ArrayDeque<>();

    /** Written by the thread that adds, read by those that tabulate. */
    private volatile long added;

    /** Written by whoever tabulates, read by the thread that adds. */
    private volatile long tabulated;

    /** Written by whoever tabulates, read by the thread that adds. */
    private volatile @Nullable Exception failure;

    interface Reading {
        void read(Connection connection) throws SQLException, JournalException;
    }

    /** @param connection does not commit by itself */
    Tables(Connection connection) throws SQLException {
        this.connection = connection;
        this.facts = new FactWriter(connection);
        this.tabulated = FactWriter.lastSequence(connection);
        this.added = tabulated;
        connection.rollback();
    }

    /** Is held by whoever writes to the database. */
    Lock writing() {
        return writing;
    }

    /** The last place of a durable fact. */
    long added() {
        return added;
    }

    /** Up to where the tables have everything. */
    long tabulated() {
        return tabulated;
    }

    /** How many facts wait. */
    long waiting() {
        return added - tabulated;
    }

    /** Takes over a group that is durable and comes next. */
    void add(Group group) {
        synchronized (waiting) {
            waiting.add(group);
        }
        added = group.last();
    }

    void requireSound() throws JournalException {
        @Nullable Exception cause = failure;
        if (cause != null) {
            throw new JournalException(
                    "the journal stopped after a failed write; restart the process to recover", cause);
        }
    }

    /** Brings everything into the tables that is durable by now. */
    void tabulate() throws JournalException {
        long until = added;
        while (tabulated < until) {
            writing.lock();
            try {
                tabulateSome();
            } finally {
                writing.unlock();
            }
        }
    }

    private void tabulateSome() throws JournalException {
        requireSound();
        List<Group> groups = next();
        if (groups.isEmpty()) {
            return;
        }
        try {
            for (Group group : groups) {
                write(group);
            }
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            failure = e;
            rollBack();
            throw new JournalException("cannot write to the journal's tables", e);
        }
        tabulated = groups.getLast().last();
        synchronized (waiting) {
            groups.forEach(group -> waiting.remove());
        }
    }

    private void write(Group group) throws SQLException {
        long place = group.first();
        for (Fact fact : group.facts()) {
            facts.write(place++, fact);
        }
    }

    private List<Group> next() {
        List<Group> groups = new ArrayList<>();
        int count = 0;
        synchronized (waiting) {
            for (Group group : waiting) {
                groups.add(group);
                count += group.facts().size();
                if (count >= TRANSACTION_FACTS) {
                    break;
                }
            }
        }
        return groups;
    }

    /** Lets go of the file, so that it can be looked at from outside. */
    private void rollBack() {
        try {
            connection.rollback();
        } catch (SQLException e) {
            // SQLite has rolled back by itself; what made the write fail is the failure worth telling.
        }
    }

    /** Up to date; what was read is let go of, or the next transaction could not follow what others write. */
    void read(Reading reading) throws JournalException {
        tabulate();
        writing.lock();
        try {
            reading.read(connection);
            connection.rollback();
        } catch (SQLException e) {
            throw new JournalException("cannot read the journal", e);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() throws SQLException {
        facts.close();
        connection.close();
    }
}
