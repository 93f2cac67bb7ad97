package dev.tollgate.bench.load;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What a journal says was used.
 *
 * @param open reservations that came to no end
 */
record Books(long settlements, long units, long estimates, long open) {
    private static final String QUERY = """
            SELECT count(*), coalesce(sum(units), 0), coalesce(sum(estimated), 0),
              (SELECT count(*) FROM reservation) - (SELECT count(*) FROM voiding) - count(*)
            FROM settlement""";

    /** Reads the journal of a service that has ended. */
    static Books of(Path journal) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            row.next();
            return new Books(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
        }
    }

    /** Whether these are exactly the books of so many answers. */
    boolean agreeWith(long answers) {
        return settlements == answers && units == answers * Traffic.UNITS && estimates == 0 && open == 0;
    }
}
