package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Accounts and their sums, straight from the tables. */
final class Totals {
    /** Every table names its account, whatever else happened to it. */
    private static final String ACCOUNTS = Schema.TABLES.stream()
            .map(table -> "SELECT customer, entitlement FROM " + table.name())
            .collect(Collectors.joining(" UNION "));

    /** No account holds, uses or is deducted anything before Dodo was asked about it; most facts need not be looked through. */
    private static final String ACCOUNTS_OF_CUSTOMER = Stream.of(
                    Schema.BASIS, Schema.TERMS, Schema.INHERITANCE, Schema.KEY, Schema.SETTLEMENT)
            .map(table -> "SELECT customer, entitlement FROM " + table.name() + " WHERE customer = ?1")
            .collect(Collectors.joining(" UNION ", "", " ORDER BY 2"));

    static final String RECENT =
            "SELECT request_id FROM settlement WHERE customer = ? AND entitlement = ? ORDER BY seq DESC LIMIT ?";

    private static final String SUMS = "WITH account AS (" + ACCOUNTS + """
            ),
            used AS (
              SELECT customer, entitlement, sum(units) AS units FROM (
                SELECT customer, entitlement, units FROM settlement
                UNION ALL SELECT customer, entitlement, units FROM inheritance) GROUP BY 1, 2),
            held AS (
              SELECT customer, entitlement, sum(coalesce(
                (SELECT min(held_units) FROM shrinkage s WHERE s.request_id = r.request_id),
                prompt_units + output_units)) AS units FROM reservation r
              WHERE NOT EXISTS (SELECT 1 FROM settlement s WHERE s.request_id = r.request_id)
                AND NOT EXISTS (SELECT 1 FROM voiding v WHERE v.request_id = r.request_id)
              GROUP BY 1, 2),
            based AS (
              SELECT customer, entitlement, balance_units - overage_units AS units, max(seq) AS last_seq
              FROM basis GROUP BY 1, 2),
            moved AS (
              SELECT customer, entitlement, sum(usage_units) AS deducted_units,
                sum(CASE WHEN e.seq > coalesce(b.last_seq, 0) THEN net_units ELSE 0 END) AS net_units
              FROM entry e LEFT JOIN based b USING (customer, entitlement) GROUP BY 1, 2),
            written_off AS (
              SELECT customer, entitlement, sum(units) AS units FROM write_off GROUP BY 1, 2)
            SELECT customer, entitlement, based.last_seq IS NOT NULL AS known,
              coalesce(based.units, 0) + coalesce(moved.net_units, 0) AS net_units,
              coalesce(used.units, 0) AS used_units,
              coalesce(moved.deducted_units, 0) AS deducted_units,
              coalesce(written_off.units, 0) AS written_off_units,
              coalesce(held.units, 0) AS held_units
            FROM account
              LEFT JOIN used USING (customer, entitlement)
              LEFT JOIN written_off USING (customer, entitlement)
              LEFT JOIN held USING (customer, entitlement)
              LEFT JOIN based USING (customer, entitlement)
              LEFT JOIN moved USING (customer, entitlement)
            ORDER BY customer, entitlement
            """;

    private Totals() {}

    /** An account's settled requests, the newest first, by id. */
    static List<String> recentRequests(Connection connection, Account account, int most) throws SQLException {
        List<String> ids = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(RECENT)) {
            statement.setString(1, account.customerId());
            statement.setString(2, account.entitlementId());
            statement.setInt(3, most);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    ids.add(results.getString(1));
                }
            }
        }
        return ids;
    }

    static List<Account> accounts(Connection connection, String customerId) throws SQLException {
        List<Account> accounts = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(ACCOUNTS_OF_CUSTOMER)) {
            statement.setString(1, customerId);
            try (ResultSet results = statement.executeQuery()) {
                while (results.next()) {
                    accounts.add(account(results));
                }
            }
        }
        return accounts;
    }

    static Map<Account, Journal.Sums> sums(Connection connection) throws SQLException {
        Map<Account, Journal.Sums> sums = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(SUMS);
                ResultSet results = statement.executeQuery()) {
            while (results.next()) {
                sums.put(
                        account(results),
                        new Journal.Sums(
                                results.getInt("known") == 1,
                                results.getLong("net_units"),
                                results.getLong("used_units"),
                                results.getLong("deducted_units"),
                                results.getLong("written_off_units"),
                                results.getLong("held_units")));
            }
        }
        return sums;
    }

    private static Account account(ResultSet results) throws SQLException {
        return new Account(results.getString("customer"), results.getString("entitlement"));
    }
}
