package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Something on sale.
 *
 * @param document as posted, with later changes
 * @param isArchived no longer on sale
 */
record Product(String id, ObjectNode document, boolean isArchived, Instant createdAt) {
    Product archived(boolean wanted) {
        return new Product(id, document, wanted, createdAt);
    }

    Product changed(ObjectNode wanted) {
        return new Product(id, wanted, isArchived, createdAt);
    }

    JsonNode price() {
        return document.path("price");
    }

    String name() {
        return document.path("name").asText();
    }

    boolean isOneTime() {
        return price().path("type").asText().equals("one_time_price");
    }

    String currency() {
        return price().path("currency").asText("USD");
    }

    /** In the smallest unit of the currency. */
    int amountCents() {
        return price().path(price().has("fixed_price") ? "fixed_price" : "price")
                .asInt(0);
    }

    JsonNode attachments() {
        return document.path("credit_entitlements");
    }

    /** Which meters come out of which credits. Meters priced in money are left out. */
    List<MeterLink> links() {
        List<MeterLink> links = new ArrayList<>();
        for (JsonNode meter : price().path("meters")) {
            if (meter.hasNonNull("credit_entitlement_id")) {
                links.add(new MeterLink(
                        meter.path("meter_id").asText(),
                        meter.path("credit_entitlement_id").asText(),
                        id,
                        Amounts.parse(meter.path("meter_units_per_credit")).orElse(BigDecimal.ONE)));
            }
        }
        return links;
    }

    /** How long a subscription is free at first. */
    int trialDays() {
        return price().path("trial_period_days").asInt(0);
    }

    /** The end of a billing period that begins then. */
    Instant periodEnd(Instant start) {
        ChronoUnit unit = ChronoUnit.valueOf(
                price().path("payment_frequency_interval").asText("Month").toUpperCase(Locale.ROOT) + "S");
        int count = price().path("payment_frequency_count").asInt(1);
        return start.atOffset(ZoneOffset.UTC).plus(count, unit).toInstant();
    }

    /** Whether whoever buys it gets a licence key of Dodo's. */
    boolean givesLicenceKeys() {
        return document.path("license_key_enabled").asBoolean(false);
    }
}
