package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * Where in the journal a time begins, found by halving, since places grow with time: no index of times has to be kept. Where the
 * clock went back, it is off by as much.
 */
final class PlaceInTime {
    private PlaceInTime() {}

    /** The place of a table's first fact at or after {@code atMillis}, of those from {@code first} to before {@code end}; else {@code end}. */
    static long firstAtOrAfter(Connection connection, String table, long first, long end, long atMillis)
            throws SQLException {
        long low = first;
        long high = end;
        try (PreparedStatement statement = connection.prepareStatement("SELECT seq, at_millis FROM " + table
                + " WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT 1")) {
            while (low < high) {
                long middle = low + (high - low) / 2;
                statement.setLong(1, middle);
                statement.setLong(2, high);
                try (ResultSet results = statement.executeQuery()) {
                    if (!results.next()) {
                        high = middle;
                    } else if (results.getLong(2) >= atMillis) {
                        end = results.getLong(1);
                        high = middle;
                    } else {
                        low = results.getLong(1) + 1;
                    }
                }
            }
        }
        return end;
    }
}
