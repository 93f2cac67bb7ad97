package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Reads the outbox over a connection of its own, one caller at a time. */
final class SqliteOutbox implements Outbox {
    static final String PENDING = " WHERE o.quarantined = 0 AND o.seq > ? ORDER BY o.seq LIMIT ?";
    static final String USAGE = "SELECT f.* FROM outbox o JOIN settlement f ON f.seq = o.seq AND f.debited = ";
    static final String CORRECTIONS = "SELECT f.* FROM outbox o JOIN correction f ON f.seq = o.seq AND f.remedy ";
    private static final String COUNT = "SELECT count(*) FROM outbox WHERE quarantined = 0";

    private final Connection connection;

    private interface Reader {
        Delivery read(ResultSet results) throws SQLException;
    }

    SqliteOutbox(Connection connection) {
        this.connection = connection;
    }

    @Override
    public synchronized List<Pending> pending(long afterSequence, int events, int entries) throws JournalException {
        List<Pending> found = new ArrayList<>();
        try {
            found.addAll(oldest(afterSequence, events, "0", "= 'EVENT'"));
            found.addAll(oldest(afterSequence, entries, "1", "<> 'EVENT'"));
        } catch (SQLException e) {
            throw new JournalException("cannot read the outbox", e);
        }
        found.sort(Comparator.comparingLong(Pending::sequence));
        return found;
    }

    private List<Pending> oldest(long afterSequence, int limit, String debited, String remedy) throws SQLException {
        List<Pending> found = new ArrayList<>();
        read(USAGE + debited + PENDING, afterSequence, limit, SqliteOutbox::usage, found);
        read(CORRECTIONS + remedy + PENDING, afterSequence, limit, SqliteOutbox::correction, found);
        return found.stream()
                .sorted(Comparator.comparingLong(Pending::sequence))
                .limit(limit)
                .toList();
    }

    private static Delivery usage(ResultSet results) throws SQLException {
        return Delivery.of(Schema.SETTLEMENT.read(results));
    }

    private void read(String sql, long afterSequence, int limit, Reader reader, List<Pending> found)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, afterSequence);
            statement.setInt(2, limit);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    found.add(new Pending(results.getLong("seq"), reader.read(results)));
                }
            }
        }
    }

    /** What is in the outbox because of a correction is its delivery. */
    private static Delivery correction(ResultSet results) throws SQLException {
        return Schema.CORRECTION.read(results).delivery().orElseThrow();
    }

    @Override
    public synchronized long pendingCount() throws JournalException {
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
