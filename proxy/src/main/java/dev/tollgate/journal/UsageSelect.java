package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Sums settled usage in groups. */
final class UsageSelect {
    private static final String SUMS =
            ", count(*) AS requests, sum(input_tokens) AS input, sum(output_tokens) AS output,"
                    + " sum(total_tokens) AS total, sum(cached_tokens) AS cached, sum(reasoning_tokens) AS reasoning,"
                    + " sum(units) AS units, sum(estimated) AS estimated FROM settlement"
                    + " WHERE at_millis >= ? AND at_millis < ? AND seq >= ? AND seq < ?";

    /** The places of a time are looked for so much earlier and later, for a clock that was put right. */
    private static final long CLOCK_MILLIS = 24L * 3_600 * 1_000;

    private UsageSelect() {}

    static List<Journal.UsageSum> run(Connection connection, Journal.UsageQuery query) throws SQLException {
        List<Journal.UsageSum> sums = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        @Nullable String customerId = query.customerId();
        if (customerId != null) {
            texts.add(customerId);
            texts.addAll(entitlements(connection, customerId));
        }
        String sql = sql(query, Math.max(0, texts.size() - 1));
        @Nullable String keyId = query.keyId();
        if (keyId != null) {
            texts.add(keyId);
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, query.fromMillis());
            statement.setLong(2, query.untilMillis());
            long end = lastPlace(connection) + 1;
            statement.setLong(3, from(connection, query.fromMillis(), end));
            statement.setLong(4, until(connection, query.untilMillis(), end));
            for (int i = 0; i < texts.size(); i++) {
                statement.setString(5 + i, texts.get(i));
            }
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    sums.add(sum(results, query.by().size()));
                }
            }
        }
        return sums;
    }

    private static long from(Connection connection, long atMillis, long end) throws SQLException {
        return atMillis < CLOCK_MILLIS ? 0 : place(connection, atMillis - CLOCK_MILLIS, end);
    }

    private static long until(Connection connection, long atMillis, long end) throws SQLException {
        return atMillis > Long.MAX_VALUE - CLOCK_MILLIS ? end : place(connection, atMillis + CLOCK_MILLIS, end);
    }

    private static long place(Connection connection, long atMillis, long end) throws SQLException {
        return PlaceInTime.firstAtOrAfter(connection, "settlement", 1, end, atMillis);
    }

    private static long lastPlace(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return SqliteHistory.number(statement, "SELECT max(seq) FROM settlement");
        }
    }

    /** In which a customer has used anything, each found by one look into the index. */
    private static List<String> entitlements(Connection connection, String customerId) throws SQLException {
        List<String> found = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("SELECT entitlement FROM settlement"
                + " WHERE customer = ? AND entitlement > ? ORDER BY entitlement LIMIT 1")) {
            statement.setString(1, customerId);
            @Nullable String next = "";
            while (next != null) {
                statement.setString(2, next);
                try (ResultSet results = statement.executeQuery()) {
                    next = results.next() ? results.getString(1) : null;
                }
                if (next != null) {
                    found.add(next);
                }
            }
        }
        return found;
    }

    /** Names each entitlement of a customer, so that the index leads to the places of the time and not to all of theirs. */
    static String sql(Journal.UsageQuery query, int entitlements) {
        List<Journal.Dimension> by = query.by();
        String groups = by.stream().map(UsageSelect::column).collect(Collectors.joining(", "));
        String places =
                IntStream.rangeClosed(1, by.size()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        String marks = String.join(", ", Collections.nCopies(entitlements, "?"));
        return "SELECT " + groups + SUMS
                + (query.customerId() == null ? "" : " AND customer = ? AND entitlement IN (" + marks + ")")
                + (query.keyId() == null ? "" : " AND key_id = ?")
                + " GROUP BY " + places + " ORDER BY " + places;
    }

    private static String column(Journal.Dimension dimension) {
        return switch (dimension) {
            case CUSTOMER -> "customer";
            case KEY -> "key_id";
            case MODEL -> "model_asked";
            case DAY -> "date(at_millis / 1000, 'unixepoch')";
        };
    }

    private static Journal.UsageSum sum(ResultSet results, int groups) throws SQLException {
        List<String> group = new ArrayList<>();
        for (int i = 1; i <= groups; i++) {
            group.add(results.getString(i));
        }
        Fact.Tokens tokens = new Fact.Tokens(
                results.getLong("input"),
                results.getLong("output"),
                results.getLong("total"),
                results.getLong("cached"),
                results.getLong("reasoning"));
        return new Journal.UsageSum(
                group, results.getLong("requests"), tokens, results.getLong("units"), results.getLong("estimated"));
    }
}
