package dev.tollgate.journal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How one kind of fact is kept: a table with one row per fact. Every table begins with {@code seq}, the place in the
 * journal, and {@code customer}, {@code entitlement} and {@code at_millis}, which all facts share.
 *
 * @param extra definitions of the further columns, for {@code CREATE TABLE}
 * @param constraint a table constraint with its leading comma, or nothing
 */
record FactTable<F extends Fact>(
        Class<F> kind, String name, List<String> extra, String constraint, Binder<F> binder, Reader<F> reader) {

    FactTable(Class<F> kind, String name, List<String> extra, Binder<F> binder, Reader<F> reader) {
        this(kind, name, extra, "", binder, reader);
    }

    interface Binder<F> {
        void bind(Row row, F fact) throws SQLException;
    }

    interface Reader<F> {
        F read(Columns columns, Account account, long atMillis) throws SQLException;
    }

    String createSql() {
        return "CREATE TABLE IF NOT EXISTS " + name
                + " (seq INTEGER PRIMARY KEY, customer TEXT NOT NULL, entitlement TEXT NOT NULL, at_millis INTEGER NOT NULL, "
                + String.join(", ", extra) + constraint + ") STRICT";
    }

    String insertSql() {
        String columns =
                extra.stream().map(definition -> definition.split(" ", 2)[0]).collect(Collectors.joining(", "));
        String[] marks = new String[extra.size() + 4];
        Arrays.fill(marks, "?");
        return "INSERT INTO " + name + " (seq, customer, entitlement, at_millis, " + columns + ") VALUES ("
                + String.join(", ", marks) + ")";
    }

    /** All rows for which {@code condition} holds, in journal order. */
    String selectSql(String condition) {
        return "SELECT * FROM " + name + " WHERE " + condition + " ORDER BY seq";
    }

    void insert(PreparedStatement statement, long sequence, Fact fact) throws SQLException {
        statement.setLong(1, sequence);
        statement.setString(2, fact.account().customerId());
        statement.setString(3, fact.account().entitlementId());
        statement.setLong(4, fact.atMillis());
        binder.bind(new Row(statement), kind.cast(fact));
        statement.executeUpdate();
    }

    F read(ResultSet results) throws SQLException {
        Account account = new Account(results.getString("customer"), results.getString("entitlement"));
        return reader.read(new Columns(results), account, results.getLong("at_millis"));
    }

    /** Fills the columns after the shared ones, in the order of their definitions. */
    static final class Row {
        private final PreparedStatement statement;
        private int index = 5;

        Row(PreparedStatement statement) {
            this.statement = statement;
        }

        Row text(@org.jspecify.annotations.Nullable String value) throws SQLException {
            statement.setString(index++, value);
            return this;
        }

        Row number(long value) throws SQLException {
            statement.setLong(index++, value);
            return this;
        }
    }

    /** Reads columns by name. */
    record Columns(ResultSet results) {
        String text(String column) throws SQLException {
            return java.util.Objects.requireNonNull(results.getString(column), column);
        }

        @org.jspecify.annotations.Nullable
        String textOrNull(String column) throws SQLException {
            return results.getString(column);
        }

        long number(String column) throws SQLException {
            return results.getLong(column);
        }
    }
}
