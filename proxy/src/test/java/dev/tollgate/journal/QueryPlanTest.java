package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked while the service runs, or by a page, must not look through a whole table, however long it has become. */
class QueryPlanTest {
    @TempDir
    Path folder;

    @BeforeEach
    void create() throws JournalException {
        SqliteJournal.open(folder).close();
    }

    static Stream<String> questions() {
        Journal.UsageQuery ofCustomer =
                new Journal.UsageQuery(List.of(Journal.Dimension.DAY), "cus_1", "key", 5, Long.MAX_VALUE);
        Journal.UsageQuery ofAll = new Journal.UsageQuery(List.of(Journal.Dimension.CUSTOMER), null, null, 5, 6);
        return Stream.of(
                SqliteOutbox.PENDING,
                SqliteHistory.SET_ASIDE,
                Totals.RECENT,
                UsageSelect.sql(ofCustomer, 1),
                UsageSelect.sql(ofAll, 0),
                Schema.RESERVATION.selectSql("request_id = ?"),
                Schema.SETTLEMENT.selectSql("request_id = ?"),
                Schema.RESERVATION.selectSql("seq > 7"));
    }

    @ParameterizedTest
    @MethodSource("questions")
    void noQuestionOfTheRunningServiceLooksThroughAWholeTable(String sql) throws SQLException {
        assertThat(plan(sql)).isNotEmpty().noneMatch(step -> step.startsWith("SCAN") && !step.startsWith("SCAN o"));
    }

    @Test
    void usageOfACustomerIsFoundByAccountAndPlace() throws SQLException {
        Journal.UsageQuery query =
                new Journal.UsageQuery(List.of(Journal.Dimension.DAY), "cus_1", null, 5, Long.MAX_VALUE);
        assertThat(plan(UsageSelect.sql(query, 2)))
                .anyMatch(step -> step.contains("settlement_by_account (customer=? AND entitlement=? AND seq>? AND seq<?)"));
    }

    private List<String> plan(String sql) throws SQLException {
        List<String> steps = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                PreparedStatement statement = connection.prepareStatement("EXPLAIN QUERY PLAN " + sql);
                ResultSet results = statement.executeQuery()) {
            while (results.next()) {
                steps.add(results.getString("detail"));
            }
        }
        return steps;
    }
}
