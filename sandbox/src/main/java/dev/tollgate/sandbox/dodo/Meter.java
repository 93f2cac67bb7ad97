package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * What to count in events.
 *
 * @param settings the document it was created from
 */
record Meter(String id, ObjectNode settings, Instant createdAt) {
    String name() {
        return settings.path("name").asText();
    }

    String eventName() {
        return settings.path("event_name").asText();
    }

    String unit() {
        return settings.path("measurement_unit").asText();
    }

    /** Whether this meter counts the event. */
    boolean matches(IngestedEvent event) {
        return event.eventName().equals(eventName()) && MeterFilter.accepts(settings.path("filter"), event.metadata());
    }

    /** What a matching event adds. Text that looks like a number adds nothing, nor do meters of maxima. */
    BigDecimal valueOf(IngestedEvent event) {
        return switch (settings.path("aggregation").path("type").asText()) {
            case "count" -> BigDecimal.ONE;
            case "sum" -> {
                JsonNode value = event.metadata()
                        .path(settings.path("aggregation").path("key").asText());
                yield value.isNumber() ? value.decimalValue() : BigDecimal.ZERO;
            }
            default -> BigDecimal.ZERO;
        };
    }

    ObjectNode json() {
        return settings.deepCopy()
                .put("id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("created_at", Times.text(createdAt))
                .put("updated_at", Times.text(createdAt));
    }
}
