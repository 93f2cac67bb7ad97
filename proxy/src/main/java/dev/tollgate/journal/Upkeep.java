package dev.tollgate.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Snapshots and archives of the journal, made on a connection of their own beside the thread that appends,
 * once the tables are up to date. Safe on every
 * thread; callers wait for each other.
 */
final class Upkeep implements AutoCloseable {
    private final Path folder;
    private final SqliteJournal.Connections connections;
    private final Connection connection;
    private final Tables tables;
    private final Slices slices;

    Upkeep(Path folder, SqliteJournal.Connections connections, Connection connection, Tables tables)
            throws SQLException {
        this.folder = folder;
        this.connections = connections;
        this.connection = connection;
        this.tables = tables;
        this.slices = new Slices(connection, tables.writing());
        connection.setAutoCommit(false);
    }

    synchronized boolean renewSnapshot(
            long leastFacts, Supplier<List<Journal.Projection<?>>> blank, Journal.Pause pause)
            throws JournalException, InterruptedException {
        tables.tabulate();
        try {
            return ended(new SnapshotWriter(folder, connection, slices).renew(leastFacts, blank, pause));
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot write a snapshot of the journal", e);
        }
    }

    synchronized boolean archive(long beforeMillis, Supplier<List<Journal.Projection<?>>> blank, Journal.Pause pause)
            throws JournalException, InterruptedException {
        tables.tabulate();
        try {
            long position = Snapshots.restore(connection, blank.get());
            connection.rollback();
            ArchiveWriter writer = new ArchiveWriter(folder, connections, connection, slices, pause);
            return ended(writer.move(beforeMillis, position));
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot move old facts of the journal into an archive", e);
        }
    }

    /** Whoever goes on reading keeps the write-ahead file from becoming short. */
    private boolean ended(boolean answer) throws SQLException {
        connection.rollback();
        return answer;
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}
