package dev.tollgate.catalogue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.catalogue.Catalogue.Overage;
import dev.tollgate.catalogue.Catalogue.Price;
import dev.tollgate.catalogue.Catalogue.Product;
import java.util.Locale;

/** The bodies that make Dodo's objects, by Dodo's published structure. Pure. */
final class Documents {
    /** Marks a product as made from an entry of the catalogue, so that it is found again after it was renamed. */
    static final String MARK = "tollgate_product";

    /** The longest term that Dodo takes; a plan that ended after its first month would be a surprise. */
    private static final int TERM_YEARS = 10;

    private Documents() {}

    static ObjectNode credits(Catalogue.Credits credits) {
        return object().put("name", credits.name())
                .put("unit", credits.unit())
                .put("precision", 0)
                .put("rollover_enabled", false)
                .put("overage_enabled", false);
    }

    static ObjectNode meter(Catalogue.Meter meter) {
        ObjectNode body = object().put("name", meter.name())
                .put("event_name", meter.event())
                .put("measurement_unit", meter.unit());
        body.putObject("aggregation").put("type", "sum").put("key", meter.property());
        return body;
    }

    static ObjectNode product(Catalogue catalogue, Product product, String entitlementId, String meterId) {
        ObjectNode body = object().put("name", product.name())
                .put("description", product.description())
                .put("tax_category", "saas");
        body.set(
                "price",
                switch (product.kind()) {
                    case PLAN -> monthly(catalogue, product.price(), entitlementId, meterId);
                    case TOP_UP -> once(product.price());
                });
        body.putArray("credit_entitlements").add(grant(product, entitlementId));
        body.putObject("metadata").put(MARK, product.id());
        return body;
    }

    static ObjectNode endpoint(String url) {
        return object().put("url", url).put("description", "Tollgate");
    }

    private static ObjectNode once(Price price) {
        return object().put("type", "one_time_price")
                .put("currency", price.currency())
                .put("price", price.minorUnits())
                .put("discount", 0)
                .put("purchasing_power_parity", false);
    }

    private static ObjectNode monthly(Catalogue catalogue, Price price, String entitlementId, String meterId) {
        ObjectNode body = object().put("type", "usage_based_price")
                .put("currency", price.currency())
                .put("fixed_price", price.minorUnits())
                .put("discount", 0)
                .put("purchasing_power_parity", false)
                .put("payment_frequency_count", 1)
                .put("payment_frequency_interval", "Month")
                .put("subscription_period_count", TERM_YEARS)
                .put("subscription_period_interval", "Year");
        body.putArray("meters")
                .addObject()
                .put("meter_id", meterId)
                .put("credit_entitlement_id", entitlementId)
                .put("meter_units_per_credit", String.valueOf(catalogue.meter().unitsPerCredit()))
                .put("free_threshold", 0);
        return body;
    }

    private static ObjectNode grant(Product product, String entitlementId) {
        ObjectNode grant = object().put("credit_entitlement_id", entitlementId)
                .put("credits_amount", String.valueOf(product.credits()))
                .put("rollover_enabled", false);
        if (product.expiresAfterDays() > 0) {
            grant.put("expires_after_days", product.expiresAfterDays());
        }
        if (product.lowBalancePercent() > 0) {
            grant.put("low_balance_threshold_percent", product.lowBalancePercent());
        }
        switch (product.overage()) {
            case Overage.Off ignored -> grant.put("overage_enabled", false);
            case Overage.Billed billed -> bill(grant, billed);
        }
        return grant;
    }

    private static void bill(ObjectNode grant, Overage.Billed billed) {
        grant.put("overage_enabled", true)
                .put("overage_behavior", billed.behavior().name().toLowerCase(Locale.ROOT))
                .put("price_per_unit", billed.minorUnitsPerCredit().toPlainString())
                .put("currency", billed.pricePerMillion().currency());
        billed.limitCredits().ifPresent(limit -> grant.put("overage_limit", String.valueOf(limit)));
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
