package dev.tollgate.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Writes facts into their tables and keeps the outbox in step. Owned by {@link Tables}. */
final class FactWriter implements AutoCloseable {
    private final Map<Class<?>, Insert> inserts = new HashMap<>();
    private final PreparedStatement enqueue;
    private final PreparedStatement dequeue;
    private final PreparedStatement setQuarantined;

    private record Insert(FactTable<?> table, PreparedStatement statement) {}

    FactWriter(Connection connection) throws SQLException {
        for (FactTable<?> table : Schema.TABLES) {
            inserts.put(table.kind(), new Insert(table, connection.prepareStatement(table.insertSql())));
        }
        enqueue = connection.prepareStatement("INSERT INTO outbox (seq, request_id, entry) VALUES (?, ?, ?)");
        dequeue = connection.prepareStatement("DELETE FROM outbox WHERE request_id = ?");
        setQuarantined = connection.prepareStatement("UPDATE outbox SET quarantined = ? WHERE request_id = ?");
    }

    /** The last place that the tables, or archives of theirs, have. */
    static long lastSequence(Connection connection) throws SQLException {
        long last;
        try (Statement statement = connection.createStatement()) {
            last = SqliteHistory.number(statement, "SELECT max(last) FROM main.archive");
            for (FactTable<?> table : Schema.TABLES) {
                try (ResultSet results = statement.executeQuery("SELECT max(seq) FROM main." + table.name())) {
                    last = Math.max(last, results.getLong(1));
                }
            }
        }
        return last;
    }

    void write(long sequence, Fact fact) throws SQLException {
        Insert insert = Objects.requireNonNull(inserts.get(fact.getClass()));
        insert.table().insert(insert.statement(), sequence, fact);
        switch (fact) {
            case Fact.Settled settled -> enqueue(sequence, Outbox.Delivery.of(settled));
            case Fact.Corrected corrected -> {
                if (corrected.delivery().isPresent()) {
                    enqueue(sequence, corrected.delivery().get());
                }
            }
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

    private void enqueue(long sequence, Outbox.Delivery delivery) throws SQLException {
        enqueue.setLong(1, sequence);
        enqueue.setString(2, delivery.id());
        enqueue.setInt(3, delivery.isEntry() ? 1 : 0);
        enqueue.executeUpdate();
    }

    private void dequeue(String deliveryId) throws SQLException {
        dequeue.setString(1, deliveryId);
        dequeue.executeUpdate();
    }

    private void setQuarantined(String deliveryId, int value) throws SQLException {
        setQuarantined.setInt(1, value);
        setQuarantined.setString(2, deliveryId);
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
