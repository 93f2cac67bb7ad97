package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Writes facts into their tables and keeps the outbox in step. Owned by the thread that appends. */
final class FactWriter implements AutoCloseable {
    private final Map<Class<?>, Insert> inserts = new HashMap<>();
    private final PreparedStatement enqueue;
    private final PreparedStatement dequeue;
    private final PreparedStatement setQuarantined;
    private long sequence;

    private record Insert(FactTable<?> table, PreparedStatement statement) {}

    FactWriter(Connection connection) throws SQLException {
        for (FactTable<?> table : Schema.TABLES) {
            inserts.put(table.kind(), new Insert(table, connection.prepareStatement(table.insertSql())));
        }
        sequence = lastSequence(connection);
        enqueue = connection.prepareStatement("INSERT INTO outbox (seq, request_id) VALUES (?, ?)");
        dequeue = connection.prepareStatement("DELETE FROM outbox WHERE request_id = ?");
        setQuarantined = connection.prepareStatement("UPDATE outbox SET quarantined = ? WHERE request_id = ?");
    }

    static long lastSequence(Connection connection) throws SQLException {
        long last;
        try (Statement statement = connection.createStatement()) {
            last = SqliteHistory.number(statement, "SELECT max(last) FROM archive");
            for (FactTable<?> table : Schema.TABLES) {
                try (ResultSet results = statement.executeQuery("SELECT max(seq) FROM " + table.name())) {
                    last = Math.max(last, results.getLong(1));
                }
            }
        }
        return last;
    }

    void write(Fact fact) throws SQLException {
        sequence++;
        Insert insert = Objects.requireNonNull(inserts.get(fact.getClass()));
        insert.table().insert(insert.statement(), sequence, fact);
        switch (fact) {
            case Fact.Settled settled -> enqueue(settled.requestId());
            case Fact.Ingested ingested -> dequeue(ingested.requestId());
            case Fact.Quarantined quarantined -> setQuarantined(quarantined.requestId(), 1);
            case Fact.Requeued requeued -> setQuarantined(requeued.requestId(), 0);
            case Fact.Reserved ignored -> {}
            case Fact.Shrunk ignored -> {}
            case Fact.Voided ignored -> {}
            case Fact.Based ignored -> {}
            case Fact.EntryApplied ignored -> {}
            case Fact.CaughtUp ignored -> {}
            case Fact.WrittenOff ignored -> {}
            case Fact.TermsSeen ignored -> {}
            case Fact.Inherited ignored -> {}
            case Fact.KeyChanged ignored -> {}
        }
    }

    private void enqueue(String requestId) throws SQLException {
        enqueue.setLong(1, sequence);
        enqueue.setString(2, requestId);
        enqueue.executeUpdate();
    }

    private void dequeue(String requestId) throws SQLException {
        dequeue.setString(1, requestId);
        dequeue.executeUpdate();
    }

    private void setQuarantined(String requestId, int value) throws SQLException {
        setQuarantined.setInt(1, value);
        setQuarantined.setString(2, requestId);
        setQuarantined.executeUpdate();
    }

    @Override
    public void close() throws SQLException {
        for (Insert insert : inserts.values()) {
            insert.statement().close();
        }
        enqueue.close();
        dequeue.close();
        setQuarantined.close();
    }
}
