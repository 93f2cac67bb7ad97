package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Walks one table in journal order. Owned by the thread that replays. */
final class Cursor implements AutoCloseable {
    private final FactTable<?> table;
    private final Statement statement;
    private final ResultSet results;
    private long sequence;

    Cursor(Connection connection, FactTable<?> table) throws SQLException {
        this.table = table;
        this.statement = connection.createStatement();
        this.results = statement.executeQuery(table.selectSql());
    }

    boolean advance() throws SQLException {
        if (!results.next()) {
            return false;
        }
        sequence = results.getLong("seq");
        return true;
    }

    long sequence() {
        return sequence;
    }

    Fact fact() throws SQLException {
        return table.read(results);
    }

    @Override
    public void close() {
        try {
            statement.close();
        } catch (SQLException e) {
            // Only read; nothing is lost.
        }
    }
}
