package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.ledger.Reading;
import java.util.Set;
import java.util.TreeSet;

/** What an authentic webhook says, as far as it matters here. */
sealed interface WebhookMessage {
    /** Dodo's event type, as a label of few values. */
    String type();

    /** A customer's credits changed. */
    record CreditEntry(String type, String customerId, String entitlementId, Reading.Entry entry)
            implements WebhookMessage {}

    /** A customer subscribed, paid, was paid back or was given something, so their terms and credits may have changed. */
    record TermsChange(String type, String customerId) implements WebhookMessage {}

    /** Dodo warns that little of a plan's credits is left: so many units. */
    record BalanceLow(String type, String customerId, String entitlementId, long availableUnits)
            implements WebhookMessage {}

    /** Nothing that anything here depends on. */
    record Other(String type) implements WebhookMessage {}

    Set<String> CREDIT_TYPES = Set.of(
            "credit.added",
            "credit.deducted",
            "credit.expired",
            "credit.rolled_over",
            "credit.rollover_forfeited",
            "credit.overage_charged",
            "credit.overage_reset",
            "credit.manual_adjustment");

    Set<String> SUBSCRIPTION_TYPES = Set.of(
            "subscription.active",
            "subscription.renewed",
            "subscription.on_hold",
            "subscription.paused",
            "subscription.unpaused",
            "subscription.past_due",
            "subscription.cancelled",
            "subscription.failed",
            "subscription.expired",
            "subscription.plan_changed",
            "subscription.updated",
            "subscription.update_payment_method");

    Set<String> GRANT_TYPES = Set.of(
            "entitlement_grant.created",
            "entitlement_grant.delivered",
            "entitlement_grant.failed",
            "entitlement_grant.revoked");

    /** Somebody paid, or was paid back, and credits came or went with it. */
    Set<String> PAYMENT_TYPES = Set.of("payment.succeeded", "refund.succeeded");

    String BALANCE_LOW = "credit.balance_low";

    /** Types without effect here that are expected, and hence counted by name. */
    Set<String> QUIET_TYPES = Set.of(
            BALANCE_LOW,
            "payment.failed",
            "payment.processing",
            "payment.cancelled",
            "refund.failed",
            "license_key.created");

    /** Types without which something here would be late, or missing. */
    static Set<String> awaited() {
        Set<String> types = new TreeSet<>(CREDIT_TYPES);
        types.addAll(SUBSCRIPTION_TYPES);
        types.addAll(GRANT_TYPES);
        types.addAll(PAYMENT_TYPES);
        types.add(BALANCE_LOW);
        types.add("license_key.created");
        return types;
    }

    static WebhookMessage parse(JsonNode envelope, CreditUnits units) throws UnreadableException {
        String type = DodoJson.text(envelope, "type");
        JsonNode data = envelope.path("data");
        if (CREDIT_TYPES.contains(type)) {
            String entitlementId = DodoJson.text(data, "credit_entitlement_id");
            return new CreditEntry(type, DodoJson.text(data, "customer_id"), entitlementId, units.entry(data));
        }
        if (type.equals(BALANCE_LOW)) {
            return new BalanceLow(
                    type,
                    DodoJson.text(data, "customer_id"),
                    DodoJson.text(data, "credit_entitlement_id"),
                    units.balanceUnits(data, "available_balance"));
        }
        boolean newToUs = type.startsWith("subscription.")
                && data.at("/customer/customer_id").isTextual();
        if (SUBSCRIPTION_TYPES.contains(type) || PAYMENT_TYPES.contains(type) || newToUs) {
            return new TermsChange(label(envelope), DodoJson.text(data.path("customer"), "customer_id"));
        }
        if (GRANT_TYPES.contains(type) && data.path("customer_id").isTextual()) {
            return new TermsChange(type, DodoJson.text(data, "customer_id"));
        }
        return new Other(label(envelope));
    }

    /** The type where it is one that is known here, else {@code other}: senders do not choose how many labels there are. */
    static String label(JsonNode envelope) {
        String type = envelope.path("type").asText();
        boolean known = PAYMENT_TYPES.contains(type)
                || CREDIT_TYPES.contains(type)
                || SUBSCRIPTION_TYPES.contains(type)
                || GRANT_TYPES.contains(type)
                || QUIET_TYPES.contains(type);
        return known ? type : "other";
    }
}
