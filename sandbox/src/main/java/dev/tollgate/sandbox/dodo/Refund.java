package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Money that was paid back.
 *
 * @param isPartial whether it is less than all that was paid
 */
record Refund(
        String id,
        Payment payment,
        int amountCents,
        boolean isPartial,
        @Nullable String reason,
        ObjectNode metadata,
        Instant createdAt) {
    /** The form of lists, and of payments. */
    ObjectNode brief() {
        return Json.object()
                .put("refund_id", id)
                .put("payment_id", payment.id())
                .put("business_id", World.BUSINESS_ID)
                .put("status", "succeeded")
                .put("amount", amountCents)
                .put("currency", payment.currency())
                .put("is_partial", isPartial)
                .put("reason", reason)
                .put("created_at", Times.text(createdAt));
    }

    ObjectNode json() {
        ObjectNode json = brief();
        json.set("customer", payment.customer().brief());
        json.set("metadata", metadata);
        return json;
    }
}
