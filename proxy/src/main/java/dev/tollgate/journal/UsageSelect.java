package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Sums settled usage in groups. */
final class UsageSelect {
    /** Settlements with what is known of them by now. */
    private static final String TRUTH = "(SELECT s.customer, s.key_id, s.model_asked, s.at_millis, s.input_tokens,"
            + " s.output_tokens, s.total_tokens, s.cached_tokens, s.reasoning_tokens, coalesce(c.units, s.units) AS units,"
            + " s.estimated AND c.seq IS NULL AS estimated FROM settlement s LEFT JOIN correction c USING (request_id))";

    private static final String SUMS =
            ", count(*) AS requests, sum(input_tokens) AS input, sum(output_tokens) AS output,"
                    + " sum(total_tokens) AS total, sum(cached_tokens) AS cached, sum(reasoning_tokens) AS reasoning,"
                    + " sum(units) AS units, sum(estimated) AS estimated FROM " + TRUTH
                    + " WHERE at_millis >= ? AND at_millis < ? AND customer = coalesce(?, customer)"
                    + " AND key_id = coalesce(?, key_id)";

    private UsageSelect() {}

    static List<Journal.UsageSum> run(Connection connection, Journal.UsageQuery query) throws SQLException {
        List<Journal.UsageSum> sums = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql(query.by()))) {
            statement.setLong(1, query.fromMillis());
            statement.setLong(2, query.untilMillis());
            statement.setString(3, query.customerId());
            statement.setString(4, query.keyId());
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    sums.add(sum(results, query.by().size()));
                }
            }
        }
        return sums;
    }

    private static String sql(List<Journal.Dimension> by) {
        String groups = by.stream().map(UsageSelect::column).collect(Collectors.joining(", "));
        String places =
                IntStream.rangeClosed(1, by.size()).mapToObj(Integer::toString).collect(Collectors.joining(", "));
        return "SELECT " + groups + SUMS + " GROUP BY " + places + " ORDER BY " + places;
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
