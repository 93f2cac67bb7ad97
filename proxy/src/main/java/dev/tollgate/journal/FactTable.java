package dev.tollgate.journal;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How one kind of fact is kept: a table with one row per fact. Every table begins with {@code seq}, the place in the
 * journal, and {@code customer}, {@code entitlement} and {@code at_millis}, which all facts share.
 *
 * @param extra definitions of the further columns, for {@code CREATE TABLE}
 * @param constraint a table constraint with its leading comma, or nothing
 */
record FactTable<F extends Fact>(
        Class<F> kind, String name, List<String> extra, String constraint, Binder<F> binder, Reader<F> reader) {

    private static final List<String> SHARED =
            List.of("customer TEXT NOT NULL", "entitlement TEXT NOT NULL", "at_millis INTEGER NOT NULL");

    FactTable(Class<F> kind, String name, List<String> extra, Binder<F> binder, Reader<F> reader) {
        this(kind, name, extra, "", binder, reader);
    }

    interface Binder<F> {
        void bind(Row row, F fact) throws SQLException;
    }

    interface Reader<F> {
        F read(Columns columns, Account account, long atMillis) throws SQLException;
    }

    /** One column, of text or of whole numbers. */
    record Column(String name, boolean isText) {
        static Column of(String definition) {
            String[] words = definition.split(" ", 3);
            return new Column(words[0], words[1].equals("TEXT"));
        }
    }

    /** All columns after {@code seq}. */
    List<Column> columns() {
        return Stream.concat(SHARED.stream(), extra.stream()).map(Column::of).toList();
    }

    String createSql() {
        return "CREATE TABLE IF NOT EXISTS " + name
                + " (seq INTEGER PRIMARY KEY, " + String.join(", ", SHARED) + ", " + String.join(", ", extra)
                + constraint
                + ") STRICT";
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

    /** What a row has after its place, in the order of {@link #columns}. */
    void bind(Row row, Fact fact) throws SQLException {
        row.text(fact.account().customerId())
                .text(fact.account().entitlementId())
                .number(fact.atMillis());
        binder.bind(row, kind.cast(fact));
    }

    void insert(PreparedStatement statement, long sequence, Fact fact) throws SQLException {
        statement.setLong(1, sequence);
        bind(new Parameters(statement), fact);
        statement.executeUpdate();
    }

    F read(ResultSet results) throws SQLException {
        return read(new Results(results));
    }

    F read(Columns columns) throws SQLException {
        Account account = new Account(columns.text("customer"), columns.text("entitlement"));
        return reader.read(columns, account, columns.number("at_millis"));
    }

    /** Takes the values of a row, one after the other. */
    interface Row {
        Row text(@Nullable String value) throws SQLException;

        Row number(long value) throws SQLException;
    }

    /** Has the values of a row by name. */
    interface Columns {
        @Nullable
        String textOrNull(String column) throws SQLException;

        long number(String column) throws SQLException;

        default String text(String column) throws SQLException {
            return Objects.requireNonNull(textOrNull(column), column);
        }
    }

    /** Fills the marks of {@link #insertSql} after the first. */
    private static final class Parameters implements Row {
        private final PreparedStatement statement;
        private int index = 2;

        Parameters(PreparedStatement statement) {
            this.statement = statement;
        }

        @Override
        public Row text(@Nullable String value) throws SQLException {
            statement.setString(index++, value);
            return this;
        }

        @Override
        public Row number(long value) throws SQLException {
            statement.setLong(index++, value);
            return this;
        }
    }

    private record Results(ResultSet results) implements Columns {
        @Override
        public @Nullable String textOrNull(String column) throws SQLException {
            return results.getString(column);
        }

        @Override
        public long number(String column) throws SQLException {
            return results.getLong(column);
        }
    }
}
