package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Somebody who buys from the merchant. */
record Customer(
        String id, String email, String name, @Nullable String phoneNumber, JsonNode metadata, Instant createdAt) {
    ObjectNode json() {
        return brief().put("business_id", World.BUSINESS_ID).put("created_at", Times.text(createdAt));
    }

    /** The form inside subscriptions and payments. */
    ObjectNode brief() {
        ObjectNode json = Json.object()
                .put("customer_id", id)
                .put("email", email)
                .put("name", name)
                .put("phone_number", phoneNumber);
        json.set("metadata", metadata);
        return json;
    }
}
