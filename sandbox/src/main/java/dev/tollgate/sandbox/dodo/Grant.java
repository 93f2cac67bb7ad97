package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A parcel of credits with its own expiry. Guarded by the world's lock. */
final class Grant {
    final String id;
    final Source source;
    final BigDecimal initial;
    final @Nullable Instant expiresAt;
    final Instant createdAt;

    /** The payment that it came with; null for one that nobody paid for. */
    final @Nullable String paymentId;

    BigDecimal remaining;
    boolean expired;
    boolean rolledOver;

    /**
     * Where a grant comes from.
     *
     * @param type {@code subscription}, {@code one_time}, {@code api} or {@code rollover}
     * @param terms rules for its end; null when nothing rolls over
     */
    record Source(
            String type,
            @Nullable String id,
            int rolloverCount,
            @Nullable String parentId,
            @Nullable CreditTerms terms) {
        static Source of(String type, @Nullable String id) {
            return new Source(type, id, 0, null, null);
        }
    }

    Grant(
            String id,
            Source source,
            BigDecimal amount,
            @Nullable Instant expiresAt,
            Instant createdAt,
            @Nullable String paymentId) {
        this.paymentId = paymentId;
        this.id = id;
        this.source = source;
        this.initial = amount;
        this.remaining = amount;
        this.expiresAt = expiresAt;
        this.createdAt = createdAt;
    }

    boolean isLive() {
        return !expired && remaining.signum() > 0;
    }

    String status() {
        if (expired) {
            return "expired";
        }
        return remaining.signum() > 0 ? "active" : "depleted";
    }

    ObjectNode json(Account account) {
        return Json.object()
                .put("id", id)
                .put("credit_entitlement_id", account.entitlement.id())
                .put("customer_id", account.customerId)
                .put("source_type", source.type())
                .put("source_id", source.id())
                .put("initial_amount", Amounts.text(initial))
                .put("remaining_amount", Amounts.text(remaining))
                .put("expires_at", Times.textOrNull(expiresAt))
                .put("is_expired", expired)
                .put("is_rolled_over", rolledOver)
                .put("rollover_count", source.rolloverCount())
                .put("parent_grant_id", source.parentId())
                .putNull("metadata")
                .put("created_at", Times.text(createdAt))
                .put("updated_at", Times.text(createdAt));
    }
}
