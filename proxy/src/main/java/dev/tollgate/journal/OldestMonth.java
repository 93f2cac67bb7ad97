package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The oldest month of which the journal itself has facts, at the places {@code first} to {@code last}. Places grow with time as
 * far as the clock does; where it went back, a fact counts to the month of its place.
 */
record OldestMonth(YearMonth month, long first, long last) {
    private static final Logger LOG = LoggerFactory.getLogger(OldestMonth.class);

    /** One request of which a month cannot do without: it is in the outbox, or runs. */
    private static final String UNDONE = "SELECT o.request_id FROM outbox o JOIN reservation r USING (request_id)"
            + " WHERE r.seq <= ?1 UNION ALL SELECT request_id FROM outbox WHERE seq <= ?1"
            + " UNION ALL SELECT request_id FROM reservation r WHERE seq <= ?1"
            + " AND NOT EXISTS (SELECT 1 FROM settlement s WHERE s.request_id = r.request_id)"
            + " AND NOT EXISTS (SELECT 1 FROM voiding v WHERE v.request_id = r.request_id) LIMIT 1";

    /** Nothing where the month may not be moved yet. */
    static Optional<OldestMonth> find(
            Connection connection, Archives archives, long beforeMillis, long snapshotPosition) throws SQLException {
        long first = archives.last() + 1;
        OptionalLong atMillis = firstMillis(connection, first);
        if (atMillis.isEmpty()) {
            return Optional.empty();
        }
        YearMonth month = YearMonth.from(Instant.ofEpochMilli(atMillis.getAsLong()).atZone(ZoneOffset.UTC));
        long untilMillis = beginning(month.plusMonths(1));
        if (untilMillis > beforeMillis) {
            return Optional.empty();
        }
        OldestMonth found = new OldestMonth(month, first, lastBefore(connection, first, untilMillis));
        return found.last() > snapshotPosition || found.isUndone(connection) ? Optional.empty() : Optional.of(found);
    }

    private boolean isUndone(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UNDONE)) {
            statement.setLong(1, last);
            try (ResultSet results = statement.executeQuery()) {
                boolean undone = results.next();
                if (undone) {
                    LOG.warn(
                            "the facts of {} stay in the journal: Dodo has not acknowledged request {}; see `replay`",
                            month,
                            results.getString(1));
                }
                return undone;
            }
        }
    }

    /** The time of the first fact at or after a place. */
    private static OptionalLong firstMillis(Connection connection, long place) throws SQLException {
        long firstPlace = Long.MAX_VALUE;
        OptionalLong firstMillis = OptionalLong.empty();
        for (FactTable<?> table : Archives.TABLES) {
            try (PreparedStatement statement = connection.prepareStatement("SELECT seq, at_millis FROM " + table.name()
                    + " WHERE seq >= ? ORDER BY seq LIMIT 1")) {
                statement.setLong(1, place);
                try (ResultSet results = statement.executeQuery()) {
                    if (results.next() && results.getLong(1) < firstPlace) {
                        firstPlace = results.getLong(1);
                        firstMillis = OptionalLong.of(results.getLong(2));
                    }
                }
            }
        }
        return firstMillis;
    }

    /** The last place before that of the first fact of a later time, in whatever table. */
    private static long lastBefore(Connection connection, long first, long untilMillis) throws SQLException {
        long later = FactWriter.lastSequence(connection) + 1;
        for (FactTable<?> table : Archives.TABLES) {
            later = Math.min(later, PlaceInTime.firstAtOrAfter(connection, table.name(), first, later, untilMillis));
        }
        return later - 1;
    }

    private static long beginning(YearMonth month) {
        return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }

    long fromMillis() {
        return beginning(month);
    }

    long untilMillis() {
        return beginning(month.plusMonths(1));
    }

    /** A name that no archive has yet: a clock that went back may give a month twice. */
    String file(Archives archives) {
        String file = "journal-" + month + ".db";
        for (int i = 2; isTaken(archives, file); i++) {
            file = "journal-" + month + "-" + i + ".db";
        }
        return file;
    }

    private static boolean isTaken(Archives archives, String file) {
        return archives.archives().stream().anyMatch(archive -> archive.file().equals(file));
    }
}
