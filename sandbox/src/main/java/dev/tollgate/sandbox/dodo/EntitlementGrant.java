package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** That a customer was given a licence key with what they bought. Guarded by the world's lock. */
final class EntitlementGrant {
    final String id;
    final String entitlementId;
    final LicenceKey.Origin origin;
    final ObjectNode metadata;
    final Instant createdAt;

    /** Null while the merchant has yet to supply it. */
    @Nullable
    LicenceKey licence;

    @Nullable
    Instant deliveredAt;

    @Nullable
    Instant revokedAt;

    @Nullable
    String revocationReason;

    EntitlementGrant(
            String id, String entitlementId, LicenceKey.Origin origin, ObjectNode metadata, Instant createdAt) {
        this.id = id;
        this.entitlementId = entitlementId;
        this.origin = origin;
        this.metadata = metadata;
        this.createdAt = createdAt;
    }

    String status() {
        if (revokedAt != null) {
            return "Revoked";
        }
        return deliveredAt == null ? "Pending" : "Delivered";
    }

    /** @param keyless whether the key is left out once the grant was revoked */
    ObjectNode json(boolean keyless) {
        Instant updatedAt = revokedAt != null ? revokedAt : deliveredAt != null ? deliveredAt : createdAt;
        ObjectNode json = Json.object()
                .put("id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("brand_id", World.BRAND_ID)
                .put("status", status())
                .put("customer_id", origin.customerId())
                .put("entitlement_id", entitlementId)
                .put("integration_type", "license_key")
                .put("payment_id", origin.paymentId())
                .put("subscription_id", origin.subscriptionId())
                .put("delivered_at", Times.textOrNull(deliveredAt))
                .put("revoked_at", Times.textOrNull(revokedAt))
                .put("revocation_reason", revocationReason)
                .putNull("error_code")
                .putNull("error_message")
                .putNull("feature");
        json.set("metadata", metadata);
        if (licence == null || (keyless && revokedAt != null)) {
            json.putNull("license_key");
        } else {
            json.putObject("license_key")
                    .put("key", licence.key)
                    .put("activations_used", licence.instances.size())
                    .put("activations_limit", licence.activationsLimit)
                    .put("expires_at", Times.textOrNull(licence.expiresAt));
        }
        return json.put("created_at", Times.text(createdAt)).put("updated_at", Times.text(updatedAt));
    }
}
