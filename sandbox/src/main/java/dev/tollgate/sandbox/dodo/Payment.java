package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Money that changed hands, or was refused.
 *
 * @param cart products bought once; empty for the price of a subscription
 * @param status {@code succeeded} or {@code failed}
 */
record Payment(
        String id,
        Customer customer,
        int amountCents,
        String currency,
        @Nullable String subscriptionId,
        @Nullable String checkoutId,
        List<CartItem> cart,
        ObjectNode metadata,
        String status,
        Instant createdAt) {
    /** A product and how many of it. */
    record CartItem(String productId, int quantity, JsonNode creditOverrides) {
        ObjectNode json() {
            return Json.object().put("product_id", productId).put("quantity", quantity);
        }
    }

    boolean isPaid() {
        return status.equals("succeeded");
    }

    /** The form of lists. */
    ObjectNode brief(boolean licensed, @Nullable String refundStatus) {
        ObjectNode json = Json.object()
                .put("payment_id", id)
                .put("brand_id", World.BRAND_ID)
                .put("status", status)
                .put("total_amount", amountCents)
                .put("currency", currency)
                .put("subscription_id", subscriptionId)
                .put("digital_products_delivered", false)
                .put("has_license_key", licensed)
                .put("refund_status", refundStatus)
                .put("created_at", Times.text(createdAt));
        json.set("customer", customer.brief());
        json.set("metadata", metadata);
        return json;
    }

    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("payment_id", id)
                .put("business_id", World.BUSINESS_ID)
                .put("brand_id", World.BRAND_ID)
                .put("status", status)
                .put("total_amount", amountCents)
                .put("currency", currency)
                .put("settlement_amount", amountCents)
                .put("settlement_currency", currency)
                .putNull("tax")
                .put("subscription_id", subscriptionId)
                .put("checkout_session_id", checkoutId)
                .put("digital_products_delivered", false)
                .put("is_update_payment_method", false)
                .put("payment_provider", "stripe")
                .put("retry_attempt", 0)
                .put("error_code", isPaid() ? null : "DO_NOT_HONOR")
                .put("error_message", isPaid() ? null : "The card was declined")
                .put("created_at", Times.text(createdAt));
        json.set("customer", customer.brief());
        json.set("metadata", metadata);
        json.set(
                "product_cart",
                cart.isEmpty()
                        ? Json.object().nullNode()
                        : Replies.array(cart.stream().map(CartItem::json).toList()));
        json.putObject("billing").put("country", "US");
        json.putArray("refunds");
        json.putArray("disputes");
        return json;
    }
}
