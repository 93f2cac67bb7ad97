package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads the outbox over a connection of its own, one caller at a time, once the tables are up to date. */
final class SqliteOutbox implements Outbox {
    private static final String NEXT = " AND o.quarantined = 0 AND o.seq > ? ORDER BY o.seq LIMIT ?";

    /** The same question of events and of entries; the literal lets an index find the few entries. */
    static final List<String> USAGE = List.of(
            "SELECT f.* FROM outbox o JOIN settlement f ON f.seq = o.seq WHERE o.entry = 0" + NEXT,
            "SELECT f.* FROM outbox o JOIN settlement f ON f.seq = o.seq WHERE o.entry = 1" + NEXT);

    /** Goes through the corrections, which are few, and not through the outbox. */
    static final List<String> CORRECTIONS = List.of(
            "SELECT f.* FROM correction f CROSS JOIN outbox o ON o.seq = f.seq WHERE o.entry = 0" + NEXT,
            "SELECT f.* FROM correction f CROSS JOIN outbox o ON o.seq = f.seq WHERE o.entry = 1" + NEXT);

    private static final String COUNT = "SELECT count(*) FROM outbox WHERE quarantined = 0";

    private final Connection connection;
    private final Tables tables;

    private interface Reader {
        Delivery read(ResultSet results) throws SQLException;
    }

    SqliteOutbox(Connection connection, Tables tables) {
        this.connection = connection;
        this.tables = tables;
    }

    @Override
    public synchronized List<Pending> pending(long afterSequence, int events, int entries) throws JournalException {
        tables.tabulate();
        try {
            return pending(connection, afterSequence, events, entries);
        } catch (SQLException e) {
            throw new JournalException("cannot read the outbox", e);
        }
    }

    static List<Pending> pending(Connection connection, long afterSequence, int events, int entries)
            throws SQLException {
        List<Pending> found = new ArrayList<>();
        found.addAll(oldest(connection, afterSequence, events, 0));
        found.addAll(oldest(connection, afterSequence, entries, 1));
        found.sort(Comparator.comparingLong(Pending::sequence));
        return found;
    }

    private static List<Pending> oldest(Connection connection, long afterSequence, int limit, int entry)
            throws SQLException {
        List<Pending> found = new ArrayList<>();
        found.addAll(read(connection, USAGE.get(entry), afterSequence, limit, SqliteOutbox::usage));
        found.addAll(read(connection, CORRECTIONS.get(entry), afterSequence, limit, SqliteOutbox::correction));
        return found.stream()
                .sorted(Comparator.comparingLong(Pending::sequence))
                .limit(limit)
                .toList();
    }

    private static Delivery usage(ResultSet results) throws SQLException {
        return Delivery.of(Schema.SETTLEMENT.read(results));
    }

    private static List<Pending> read(Connection connection, String sql, long afterSequence, int limit, Reader reader)
            throws SQLException {
        List<Pending> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, afterSequence);
            statement.setInt(2, limit);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    found.add(new Pending(results.getLong("seq"), reader.read(results)));
                }
            }
        }
        return found;
    }

    /** What is in the outbox because of a correction is its delivery. */
    private static Delivery correction(ResultSet results) throws SQLException {
        return Schema.CORRECTION.read(results).delivery().orElseThrow();
    }

    @Override
    public synchronized long pendingCount() throws JournalException {
        tables.tabulate();
        try (PreparedStatement statement = connection.prepareStatement(COUNT);
                ResultSet results = statement.executeQuery()) {
            return results.getLong(1);
        } catch (SQLException e) {
            throw new JournalException("cannot count the outbox", e);
        }
    }

    synchronized void close() throws SQLException {
        connection.close();
    }
}
