package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import org.jspecify.annotations.Nullable;

/**
 * Why a ledger entry exists.
 *
 * @param paymentId the payment that granted credits come with, if there is one
 */
record Cause(
        @Nullable String referenceType,
        @Nullable String referenceId,
        @Nullable String description,
        ObjectNode metadata,
        @Nullable String paymentId) {
    static Cause subscription(Subscription subscription, String description) {
        return new Cause("subscription", subscription.id(), description, subscription.metadata(), null);
    }

    /** A billing cycle that was paid for. */
    static Cause cycle(Subscription subscription, String paymentId) {
        return new Cause(
                "subscription", subscription.id(), "Credits of a billing cycle", subscription.metadata(), paymentId);
    }

    static Cause payment(String paymentId, String description, ObjectNode metadata) {
        return new Cause("payment", paymentId, description, metadata, paymentId);
    }

    static Cause api(@Nullable String reason) {
        return new Cause("api", null, reason, Json.object(), null);
    }
}
