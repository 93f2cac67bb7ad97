package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * Credits that come with a product, and what happens when they run out.
 *
 * @param expiresAfterDays 0 when the credits never expire
 * @param overageLimit null for no limit
 * @param overagePrice for each credit, in the smallest unit of the currency
 * @param lowBalancePercent of the credits of one cycle; 0 for no warning
 * @param trialCredits granted instead while a trial lasts
 */
record CreditTerms(
        String entitlementId,
        BigDecimal credits,
        int expiresAfterDays,
        boolean overageEnabled,
        String overageBehavior,
        @Nullable BigDecimal overageLimit,
        BigDecimal overagePrice,
        int lowBalancePercent,
        boolean rolloverEnabled,
        int rolloverPercent,
        int rolloverCountMax,
        BigDecimal trialCredits,
        boolean trialCreditsEndWithTrial) {
    static final String INVOICE_AT_BILLING = "invoice_at_billing";
    static final String FORGIVE_AT_RESET = "forgive_at_reset";
    static final String CARRY_DEFICIT = "carry_deficit";
    static final String CARRY_DEFICIT_AUTO_REPAY = "carry_deficit_auto_repay";

    /** Reads an attachment of a product; what it leaves out is inherited from the entitlement. */
    static CreditTerms of(JsonNode attachment, Entitlement entitlement) {
        return new CreditTerms(
                entitlement.id(),
                Amounts.parse(attachment.path("credits_amount")).orElse(BigDecimal.ZERO),
                setting(attachment, entitlement, "expires_after_days").asInt(0),
                setting(attachment, entitlement, "overage_enabled").asBoolean(false),
                setting(attachment, entitlement, "overage_behavior").asText(FORGIVE_AT_RESET),
                Amounts.parse(setting(attachment, entitlement, "overage_limit")).orElse(null),
                Amounts.parse(setting(attachment, entitlement, "price_per_unit"))
                        .orElse(BigDecimal.ZERO),
                setting(attachment, entitlement, "low_balance_threshold_percent")
                        .asInt(0),
                setting(attachment, entitlement, "rollover_enabled").asBoolean(false),
                setting(attachment, entitlement, "rollover_percentage").asInt(100),
                setting(attachment, entitlement, "max_rollover_count").asInt(Integer.MAX_VALUE),
                Amounts.parse(attachment.path("trial_credits")).orElse(BigDecimal.ZERO),
                attachment.path("trial_credits_expire_after_trial").asBoolean(false));
    }

    /** Whether unpaid overage survives the end of a cycle. */
    boolean carriesOverage() {
        return overageBehavior.equals(CARRY_DEFICIT) || repaysOverage();
    }

    /** Whether new credits pay off overage first. */
    boolean repaysOverage() {
        return overageBehavior.equals(CARRY_DEFICIT_AUTO_REPAY);
    }

    /** What is due for overage at the end of a cycle, in whole cents, rounded up. */
    int overageCents(BigDecimal overage) {
        return overageBehavior.equals(INVOICE_AT_BILLING)
                ? overage.multiply(overagePrice)
                        .setScale(0, RoundingMode.CEILING)
                        .intValueExact()
                : 0;
    }

    /** These terms as attached, to be merged with overrides and read again. */
    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("credit_entitlement_id", entitlementId)
                .put("credits_amount", Amounts.text(credits))
                .put("overage_enabled", overageEnabled)
                .put("overage_behavior", overageBehavior)
                .put("overage_limit", overageLimit == null ? null : Amounts.text(overageLimit))
                .put("price_per_unit", Amounts.text(overagePrice))
                .put("rollover_enabled", rolloverEnabled)
                .put("rollover_percentage", rolloverPercent);
        putUnlessZero(json, "expires_after_days", expiresAfterDays);
        putUnlessZero(json, "low_balance_threshold_percent", lowBalancePercent);
        return json.put("max_rollover_count", rolloverCountMax == Integer.MAX_VALUE ? null : rolloverCountMax);
    }

    private static void putUnlessZero(ObjectNode json, String name, int value) {
        json.put(name, value == 0 ? null : value);
    }

    private static JsonNode setting(JsonNode attachment, Entitlement entitlement, String name) {
        JsonNode own = attachment.path(name);
        JsonNode chosen = own.isMissingNode() ? entitlement.settings().path(name) : own;
        return chosen.isNull() ? MissingNode.getInstance() : chosen;
    }
}
