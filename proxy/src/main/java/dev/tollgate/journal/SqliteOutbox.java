package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads the outbox over a connection of its own, one caller at a time. */
final class SqliteOutbox implements Outbox {
    static final String PENDING = "SELECT s.* FROM outbox o JOIN settlement s ON s.seq = o.seq"
            + " WHERE o.quarantined = 0 AND o.seq > ? ORDER BY o.seq LIMIT ?";
    private static final String COUNT = "SELECT count(*) FROM outbox WHERE quarantined = 0";

    private final Connection connection;

    SqliteOutbox(Connection connection) {
        this.connection = connection;
    }

    @Override
    public synchronized List<Pending> pending(long afterSequence, int limit) throws JournalException {
        try {
            return pending(connection, afterSequence, limit);
        } catch (SQLException e) {
            throw new JournalException("cannot read the outbox", e);
        }
    }

    static List<Pending> pending(Connection connection, long afterSequence, int limit) throws SQLException {
        List<Pending> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(PENDING)) {
            statement.setLong(1, afterSequence);
            statement.setInt(2, limit);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    found.add(new Pending(results.getLong("seq"), Schema.SETTLEMENT.read(results)));
                }
            }
        }
        return found;
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
