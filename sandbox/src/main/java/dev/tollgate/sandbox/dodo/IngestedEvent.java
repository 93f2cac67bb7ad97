package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;

/**
 * A usage event that Dodo accepted.
 *
 * @param timestamp as sent, or the time of acceptance when none was sent
 * @param metadata flat; numbers and text as sent
 */
public record IngestedEvent(
        String id, String customerId, String eventName, Instant timestamp, Instant acceptedAt, ObjectNode metadata) {
    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("event_id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("customer_id", customerId)
                .put("event_name", eventName)
                .put("timestamp", Times.text(timestamp));
        json.set("metadata", metadata);
        return json;
    }
}
