package dev.tollgate.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** An archive while it is written: tables like the journal's, with some of its facts. Owned by one thread. */
final class ArchiveFile implements AutoCloseable {
    private static final long SLICE_PLACES = 10_000;

    private final Connection connection;

    private ArchiveFile(Connection connection) {
        this.connection = connection;
    }

    static ArchiveFile create(SqliteJournal.Connections connections, Path file, Path journal) throws SQLException {
        Connection connection = connections.open("jdbc:sqlite:" + file.toAbsolutePath());
        try (Statement statement = connection.createStatement();
                PreparedStatement attach = connection.prepareStatement("ATTACH ? AS journal")) {
            for (FactTable<?> table : Archives.TABLES) {
                statement.execute(table.createSql());
            }
            statement.execute(Schema.SETTLEMENT_INDEX);
            statement.execute("PRAGMA user_version = " + Schema.VERSION);
            attach.setString(1, journal.toAbsolutePath().toString());
            attach.execute();
            return new ArchiveFile(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Copies the facts at the places {@code first} to {@code last} and compares them with the journal's, some at a time, so that
     * the journal's own upkeep never waits long.
     *
     * @return how many
     */
    long copy(long first, long last, Journal.Pause pause) throws SQLException, InterruptedException {
        long facts = 0;
        for (long from = first; from <= last; from += SLICE_PLACES) {
            long to = Math.min(last, from + SLICE_PLACES - 1);
            for (FactTable<?> table : Archives.TABLES) {
                facts += copy(table.name(), from, to);
                requireSame(table.name(), from, to);
            }
            pause.take();
        }
        requireIntact();
        return facts;
    }

    private int copy(String table, long from, long to) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO main." + table + " SELECT * FROM journal." + table + " WHERE seq BETWEEN ? AND ?")) {
            statement.setLong(1, from);
            statement.setLong(2, to);
            return statement.executeUpdate();
        }
    }

    private void requireSame(String table, long from, long to) throws SQLException {
        String between = " WHERE seq BETWEEN " + from + " AND " + to;
        String differing = "SELECT count(*) FROM (SELECT * FROM journal." + table + between + " EXCEPT SELECT * FROM main."
                + table + between + ")";
        if (number(differing) != 0) {
            throw new SQLException("the archive differs from the journal in " + table + between);
        }
    }

    private void requireIntact() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery("PRAGMA main.quick_check")) {
            String found = results.getString(1);
            if (!found.equals("ok")) {
                throw new SQLException("the archive is not intact: " + found);
            }
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return SqliteHistory.number(statement, sql);
        }
    }

    /** Leaves one file, all of it on the disk. */
    @Override
    public void close() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DETACH journal");
            statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            statement.execute("PRAGMA journal_mode = DELETE");
        } finally {
            connection.close();
        }
    }
}
