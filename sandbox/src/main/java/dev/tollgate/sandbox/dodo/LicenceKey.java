package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A licence key of one customer, and where it is in use. Guarded by the world's lock. */
final class LicenceKey {
    final String id;
    final String key;
    final String source;
    final Origin origin;
    final Instant createdAt;
    final List<Instance> instances = new ArrayList<>();
    boolean disabled;

    @Nullable
    Instant expiresAt;

    @Nullable
    Integer activationsLimit;

    /** Who has it, and for what. */
    record Origin(
            String customerId,
            String productId,
            @Nullable String paymentId,
            @Nullable String subscriptionId) {}

    /** One place where it is in use. */
    record Instance(String id, String name, Instant createdAt) {}

    /** @param source {@code auto} for one that Dodo made, {@code import} for one that the merchant brought */
    LicenceKey(String id, String key, String source, Origin origin, Instant createdAt) {
        this.id = id;
        this.key = key;
        this.source = source;
        this.origin = origin;
        this.createdAt = createdAt;
    }

    String status(Instant now) {
        if (disabled) {
            return "disabled";
        }
        return expiresAt != null && !expiresAt.isAfter(now) ? "expired" : "active";
    }

    boolean works(Instant now) {
        return status(now).equals("active");
    }

    boolean isUsedUp() {
        return activationsLimit != null && instances.size() >= activationsLimit;
    }

    Optional<Instance> instance(String instanceId) {
        return instances.stream().filter(one -> one.id().equals(instanceId)).findFirst();
    }

    ObjectNode json(Instant now) {
        return Json.object()
                .put("id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("brand_id", World.BRAND_ID)
                .put("key", key)
                .put("status", status(now))
                .put("source", source)
                .put("customer_id", origin.customerId())
                .put("product_id", origin.productId())
                .put("payment_id", origin.paymentId())
                .put("subscription_id", origin.subscriptionId())
                .put("instances_count", instances.size())
                .put("activations_limit", activationsLimit)
                .put("expires_at", Times.textOrNull(expiresAt))
                .put("created_at", Times.text(createdAt));
    }
}
