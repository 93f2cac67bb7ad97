package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;

/** How a subscription looks from outside. */
final class SubscriptionDocument {
    private SubscriptionDocument() {}

    /** The whole document, carts included. */
    static ObjectNode of(World world, Subscription subscription) {
        ObjectNode json =
                brief(world, subscription).put("brand_id", World.BRAND_ID).putNull("expires_at");
        json.putArray("addons");
        ArrayNode meters = json.putArray("meters");
        ArrayNode links = json.putArray("meter_credit_entitlement_cart");
        for (MeterLink link : subscription.links) {
            Meter meter = world.meters.get(link.meterId());
            String name = meter == null ? "" : meter.name();
            meters.addObject()
                    .put("meter_id", link.meterId())
                    .put("name", name)
                    .put("measurement_unit", meter == null ? "" : meter.unit())
                    .put("free_threshold", 0)
                    .put("currency", subscription.product.currency())
                    .putNull("price_per_unit");
            links.add(link.json(name));
        }
        ArrayNode cart = json.putArray("credit_entitlement_cart");
        subscription.terms.forEach(terms -> cart.add(cartItem(world, subscription, terms)));
        return json;
    }

    /** The form of lists, without carts. */
    static ObjectNode brief(World world, Subscription subscription) {
        Product product = subscription.product;
        ObjectNode json = Json.object()
                .put("subscription_id", subscription.id())
                .put("status", subscription.status)
                .put("product_id", product.id())
                .put("quantity", 1)
                .put("currency", product.currency())
                .put("recurring_pre_tax_amount", product.amountCents())
                .put("tax_inclusive", false)
                .put("on_demand", false)
                .put("trial_period_days", subscription.trialDays)
                .put("created_at", Times.text(subscription.createdAt))
                .put("previous_billing_date", Times.text(subscription.previousBilling))
                .put("next_billing_date", Times.text(subscription.nextBilling))
                .put("cancel_at_next_billing_date", subscription.cancelAtNextBilling)
                .put("cancelled_at", Times.textOrNull(subscription.cancelledAt))
                .put(
                        "payment_frequency_count",
                        product.price().path("payment_frequency_count").asInt(1))
                .put(
                        "payment_frequency_interval",
                        product.price().path("payment_frequency_interval").asText("Month"))
                .put(
                        "subscription_period_count",
                        product.price().path("subscription_period_count").asInt(10))
                .put(
                        "subscription_period_interval",
                        product.price().path("subscription_period_interval").asText("Year"));
        json.set("customer", world.customer(subscription.customerId).brief());
        json.set("metadata", subscription.metadata());
        json.putObject("billing").put("country", "US");
        return json;
    }

    /** One line of {@code credit-usage}. */
    static ObjectNode creditUsage(World world, Subscription subscription, CreditTerms terms) {
        Entitlement entitlement = world.entitlement(terms.entitlementId());
        Account account = world.openAccount(subscription.customerId, entitlement);
        var headroom = OveragePolicy.of(terms).headroom(account.overage());
        boolean limited = terms.overageEnabled() && headroom.isPresent();
        return Json.object()
                .put("credit_entitlement_id", entitlement.id())
                .put("credit_entitlement_name", entitlement.name())
                .put("unit", entitlement.unit())
                .put("balance", Amounts.text(account.balance()))
                .put("overage", Amounts.text(account.overage()))
                .put("overage_enabled", terms.overageEnabled())
                .put("overage_limit", terms.overageLimit() == null ? null : Amounts.text(terms.overageLimit()))
                .put("remaining_headroom", limited ? headroom.map(Amounts::text).orElseThrow() : null)
                .put("limit_reached", limited && headroom.orElseThrow().signum() == 0);
    }

    private static ObjectNode cartItem(World world, Subscription subscription, CreditTerms terms) {
        Entitlement entitlement = world.entitlement(terms.entitlementId());
        Account account = world.openAccount(subscription.customerId, entitlement);
        boolean numeric = world.rules.numericBalances();
        ObjectNode item = terms.json()
                .put("credit_entitlement_name", entitlement.name())
                .put("product_id", subscription.product.id())
                .put("unit", entitlement.unit());
        item.remove("price_per_unit");
        item.set("credits_amount", Amounts.node(terms.credits(), numeric));
        item.set("remaining_balance", Amounts.node(account.balance(), numeric));
        item.set("overage_balance", Amounts.node(account.overage().max(BigDecimal.ZERO), numeric));
        return item;
    }
}
