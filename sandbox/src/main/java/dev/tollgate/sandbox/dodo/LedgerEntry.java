package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One immutable change of a customer's credits.
 *
 * @param amount never negative; {@code isCredit} gives the direction
 * @param balanceBefore of the customer for the entitlement, over all grants
 * @param referenceType what caused it: a subscription, a payment, the API, or null
 */
public record LedgerEntry(
        String id,
        String customerId,
        String entitlementId,
        @Nullable String grantId,
        String transactionType,
        BigDecimal amount,
        boolean isCredit,
        BigDecimal balanceBefore,
        BigDecimal balanceAfter,
        BigDecimal overageBefore,
        BigDecimal overageAfter,
        Instant createdAt,
        @Nullable String description,
        @Nullable String referenceType,
        @Nullable String referenceId,
        ObjectNode metadata) {
    /** The form of lists and, with a {@code payload_type}, of webhooks. */
    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("brand_id", World.BRAND_ID)
                .put("customer_id", customerId)
                .put("credit_entitlement_id", entitlementId)
                .put("grant_id", grantId)
                .put("transaction_type", transactionType)
                .put("amount", Amounts.text(amount))
                .put("is_credit", isCredit)
                .put("balance_before", Amounts.text(balanceBefore))
                .put("balance_after", Amounts.text(balanceAfter))
                .put("overage_before", Amounts.text(overageBefore))
                .put("overage_after", Amounts.text(overageAfter))
                .put("description", description)
                .put("reference_type", referenceType)
                .put("reference_id", referenceId);
        json.set("metadata", metadata);
        return json.put("created_at", Times.text(createdAt));
    }
}
