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
    private static final String PENDING = " f ON f.seq = o.seq WHERE o.quarantined = 0 AND o.seq > ? ORDER BY o.seq LIMIT ?";
    private static final String USAGE = "SELECT f.* FROM outbox o JOIN settlement" + PENDING;
    private static final String CORRECTIONS = "SELECT f.* FROM outbox o JOIN correction" + PENDING;
    private static final String COUNT = "SELECT count(*) FROM outbox WHERE quarantined = 0";

    private final Connection connection;

    private interface Reader {
        Delivery read(ResultSet results) throws SQLException;
    }

    SqliteOutbox(Connection connection) {
        this.connection = connection;
    }

    @Override
    public synchronized List<Pending> pending(long afterSequence, int limit) throws JournalException {
        List<Pending> found = new ArrayList<>();
        try {
            read(USAGE, afterSequence, limit, results -> Delivery.of(Schema.SETTLEMENT.read(results)), found);
            read(CORRECTIONS, afterSequence, limit, SqliteOutbox::correction, found);
        } catch (SQLException e) {
            throw new JournalException("cannot read the outbox", e);
        }
        return found.stream()
                .sorted(Comparator.comparingLong(Pending::sequence))
                .limit(limit)
                .toList();
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
