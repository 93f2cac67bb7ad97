package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.Lock;

/**
 * Small commits beside those of {@link Tables}. SQLite lets one connection write at a time; a lock hands that right
 * over at once, where its own waiting is by the clock. Owned by one thread.
 */
final class Slices {
    private final Connection connection;
    private final Lock writing;

    interface Step {
        void take() throws SQLException;
    }

    /** @param connection does not commit by itself */
    Slices(Connection connection, Lock writing) {
        this.connection = connection;
        this.writing = writing;
    }

    /** Commits what {@code step} does, whole or not at all. */
    void commit(Step step) throws SQLException {
        writing.lock();
        try {
            step.take();
            connection.commit();
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            writing.unlock();
        }
    }
}
