package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The number that ties a log to its tables. Each process that writes begins with a new one, made by chance, so that neither
 * records of an earlier one, nor files of another journal, nor bytes that somebody put into a fact can be taken for records of
 * this log.
 */
final class GroupMark {
    private GroupMark() {}

    /** 0 before the first. */
    static long of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return SqliteHistory.number(statement, "SELECT coalesce(max(mark), 0) FROM main.log");
        }
    }

    /** Only once the tables have all that the log before has. */
    static long renew(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT OR REPLACE INTO log (id, mark) VALUES (1, random())");
        }
        long mark = of(connection);
        connection.commit();
        return mark;
    }
}
