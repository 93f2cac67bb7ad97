package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Walks one table in journal order. Owned by the thread that reads. */
final class Cursor implements AutoCloseable {
    private final FactTable<?> table;
    private final PreparedStatement statement;
    private final ResultSet results;
    private long sequence;

    /** @param arguments for the marks in {@code condition} */
    Cursor(Connection connection, FactTable<?> table, String condition, List<String> arguments) throws SQLException {
        this.table = table;
        this.statement = connection.prepareStatement(table.selectSql(condition));
        for (int i = 0; i < arguments.size(); i++) {
            statement.setString(i + 1, arguments.get(i));
        }
        this.results = statement.executeQuery();
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
