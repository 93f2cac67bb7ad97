package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/**
 * A kind of credit that customers can hold.
 *
 * @param settings the document it was created from: name, unit, precision, and defaults for attachments
 */
record Entitlement(String id, ObjectNode settings, Instant createdAt) {
    String name() {
        return settings.path("name").asText();
    }

    String unit() {
        return settings.path("unit").asText();
    }

    /** Digits behind the decimal point of every amount. */
    int precision() {
        return settings.path("precision").asInt();
    }

    ObjectNode json() {
        ObjectNode json = settings.deepCopy();
        json.put("id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("created_at", Times.text(createdAt))
                .put("updated_at", Times.text(createdAt));
        if (!json.hasNonNull("overage_behavior")) {
            json.put("overage_behavior", CreditTerms.FORGIVE_AT_RESET);
        }
        return json;
    }
}
