package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The entries that a merchant makes in Dodo's ledger: once for an idempotency key, and listed with their reason. */
final class FakeEntries {
    /** The keys under which entries were asked for, in that order, repeats included. */
    final List<String> asked = new CopyOnWriteArrayList<>();

    /** Whether they are left out of lists, as entries are that were made just now. */
    volatile boolean hidden;

    /** Refuses all, whatever was made before. */
    volatile boolean refused;

    /** Fails on all. */
    volatile boolean broken;

    private final Map<String, FakeDodo.Line> made = new ConcurrentHashMap<>();
    private final Map<String, String> reasons = new ConcurrentHashMap<>();

    /** Answers with the status. */
    int enter(JsonNode body, List<FakeDodo.Line> lines, Instant now) {
        String key = body.get("idempotency_key").asText();
        asked.add(key);
        if (refused || broken) {
            return refused ? 400 : 500;
        }
        made.computeIfAbsent(key, ignored -> {
            long before = lines.isEmpty() ? 0 : lines.getLast().after();
            boolean credit = body.get("entry_type").asText().equals("credit");
            long units = Long.parseLong(body.get("amount").asText());
            FakeDodo.Line line = new FakeDodo.Line(
                    "entry_" + key,
                    credit ? "credit_added" : "credit_deducted",
                    "api",
                    before,
                    before + (credit ? units : -units),
                    now);
            reasons.put(line.id(), body.get("reason").asText());
            lines.add(line);
            return line;
        });
        return 201;
    }

    boolean lists(FakeDodo.Line line) {
        return !hidden || !reasons.containsKey(line.id());
    }

    ObjectNode json(String customerId, FakeDodo.Line line) {
        ObjectNode node = FakeDodo.json(customerId, line);
        Optional.ofNullable(reasons.get(line.id())).ifPresent(reason -> node.put("description", reason));
        return node;
    }
}
