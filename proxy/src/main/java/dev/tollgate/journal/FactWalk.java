package dev.tollgate.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads facts out of their tables in the order of the journal. Owned by the thread that reads. */
final class FactWalk {
    private final Connection connection;

    FactWalk(Connection connection) {
        this.connection = connection;
    }

    /** The same, out of archives too where the journal itself does not go back that far. */
    static void after(Connection connection, Path folder, long position, Consumer<Fact> fold)
            throws SQLException, JournalException {
        if (position >= Archives.of(connection, folder).last()) {
            new FactWalk(connection).after(position, fold);
            return;
        }
        try (SqliteHistory whole = SqliteHistory.open(folder)) {
            whole.after(position, fold);
        }
    }

    void all(Consumer<Fact> fold) throws SQLException {
        after(0, fold);
    }

    /** The facts at later places than {@code position}. */
    void after(long position, Consumer<Fact> fold) throws SQLException {
        where(Schema.TABLES, "seq > " + position, List.of(), fold);
    }

    void ofAccount(Account account, Consumer<Fact> fold) throws SQLException {
        List<String> arguments = List.of(account.customerId(), account.entitlementId());
        where(Schema.TABLES, "customer = ? AND entitlement = ?", arguments, fold);
    }

    void ofRequest(String requestId, Consumer<Fact> fold) throws SQLException {
        where(Schema.REQUEST_TABLES, "request_id = ?", List.of(requestId), fold);
    }

    void keys(Consumer<Fact> fold) throws SQLException {
        where(List.of(Schema.KEY), "TRUE", List.of(), fold);
    }

    private void where(
            List<FactTable<? extends Fact>> tables, String condition, List<String> arguments, Consumer<Fact> fold)
            throws SQLException {
        PriorityQueue<Cursor> cursors = new PriorityQueue<>(Comparator.comparingLong(Cursor::sequence));
        List<Cursor> opened = new ArrayList<>();
        try {
            for (FactTable<?> table : tables) {
                Cursor cursor = new Cursor(connection, table, condition, arguments);
                opened.add(cursor);
                if (cursor.advance()) {
                    cursors.add(cursor);
                }
            }
            merge(cursors, fold);
        } finally {
            opened.forEach(Cursor::close);
        }
    }

    private static void merge(PriorityQueue<Cursor> cursors, Consumer<Fact> fold) throws SQLException {
        while (true) {
            @Nullable Cursor next = cursors.poll();
            if (next == null) {
                return;
            }
            fold.accept(next.fact());
            if (next.advance()) {
                cursors.add(next);
            }
        }
    }
}
