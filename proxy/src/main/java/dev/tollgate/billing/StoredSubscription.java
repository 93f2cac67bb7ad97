package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a subscription as Dodo keeps it. */
final class StoredSubscription {
    private StoredSubscription() {}

    static DodoClient.Subscription subscription(JsonNode node) throws UnreadableException {
        return new DodoClient.Subscription(
                DodoJson.text(node, "subscription_id"),
                DodoJson.text(node.path("customer"), "customer_id"),
                DodoJson.optionalText(node, "product_id").orElse(""),
                DodoJson.text(node, "status"),
                entitlementIds(node.path("meter_credit_entitlement_cart")),
                entitlementIds(node.path("credit_entitlement_cart")),
                trialEnd(node),
                DodoJson.optionalTime(node, "next_billing_date").orElse(null),
                node.path("cancel_at_next_billing_date").asBoolean(false));
    }

    private static Set<String> entitlementIds(JsonNode cart) throws UnreadableException {
        Set<String> ids = new HashSet<>();
        for (JsonNode item : cart) {
            ids.add(DodoJson.text(item, "credit_entitlement_id"));
        }
        return ids;
    }

    private static @Nullable Instant trialEnd(JsonNode node) throws UnreadableException {
        int days = node.path("trial_period_days").asInt(0);
        Optional<Instant> created = DodoJson.optionalTime(node, "created_at");
        return days > 0 && created.isPresent() ? created.get().plus(days, ChronoUnit.DAYS) : null;
    }
}
