package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import org.jspecify.annotations.Nullable;

/** Why a ledger entry exists. */
record Cause(
        @Nullable String referenceType,
        @Nullable String referenceId,
        @Nullable String description,
        ObjectNode metadata) {
    static Cause subscription(Subscription subscription, String description) {
        return new Cause("subscription", subscription.id(), description, subscription.metadata());
    }

    static Cause payment(String paymentId, String description, ObjectNode metadata) {
        return new Cause("payment", paymentId, description, metadata);
    }

    static Cause api(@Nullable String reason) {
        return new Cause("api", null, reason, Json.object());
    }
}
