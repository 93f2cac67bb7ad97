package dev.tollgate.billing;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.time.Instant;

/**
 * A delivery as Dodo's usage event.
 *
 * @param dated whether Dodo is told the time in a way that it judges; the metadata tell it always
 */
record UsageEvent(Outbox.Delivery delivery, String eventName, String property, boolean dated) {
    private static final int TEXT_CHARS_MAX = 500;

    String id() {
        return delivery.id();
    }

    ObjectNode json() {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("event_id", id());
        event.put("customer_id", delivery.account().customerId());
        event.put("event_name", eventName);
        if (dated) {
            event.put("timestamp", occurredAt());
        }
        event.set("metadata", metadata());
        return event;
    }

    /** Amounts are JSON numbers, since a meter does not sum strings. The property comes last: it decides what is billed. */
    private ObjectNode metadata() {
        Fact.Settled settled = delivery.usage();
        ObjectNode metadata = JsonNodeFactory.instance.objectNode();
        if (settled.weights() != null) {
            metadata.put("weights", shortened(settled.weights()));
        }
        metadata.put("tokens", settled.tokens().total())
                .put("inputTokens", settled.tokens().input())
                .put("outputTokens", settled.tokens().output())
                .put("totalTokens", settled.tokens().total())
                .put("cachedTokens", settled.tokens().cached())
                .put("reasoningTokens", settled.tokens().reasoning())
                .put("model", shortened(settled.modelAsked()))
                .put("requestId", shortened(settled.requestId()))
                .put("keyId", shortened(settled.keyId()))
                .put("estimated", settled.estimated())
                .put("occurredAt", occurredAt());
        if (settled.modelAnswered() != null) {
            metadata.put("modelAnswered", shortened(settled.modelAnswered()));
        }
        return metadata.put(property, settled.units());
    }

    private String occurredAt() {
        return Instant.ofEpochMilli(delivery.usage().atMillis()).toString();
    }

    private static String shortened(String text) {
        if (text.length() <= TEXT_CHARS_MAX) {
            return text;
        }
        boolean splits = Character.isHighSurrogate(text.charAt(TEXT_CHARS_MAX - 1));
        return text.substring(0, splits ? TEXT_CHARS_MAX - 1 : TEXT_CHARS_MAX);
    }
}
