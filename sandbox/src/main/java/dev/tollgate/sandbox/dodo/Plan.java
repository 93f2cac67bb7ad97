package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import org.jspecify.annotations.Nullable;

/**
 * A monthly plan with credits, as a merchant would set it up.
 *
 * @param meterId null when no meter deducts from the credits
 * @param credits granted at the start of every month
 * @param expiresAfterDays 0 when the credits never expire
 * @param overageLimit in credits; null for no limit
 * @param overageBehavior {@code forgive_at_reset}, {@code invoice_at_billing}, {@code carry_deficit} or
 *     {@code carry_deficit_auto_repay}
 */
public record Plan(
        String entitlementId,
        @Nullable String meterId,
        long credits,
        int expiresAfterDays,
        boolean overageEnabled,
        @Nullable Long overageLimit,
        String overageBehavior,
        long meterUnitsPerCredit,
        int lowBalancePercent) {
    /** Credits for 30 days, one meter unit each, without overage. */
    public static Plan of(String entitlementId, String meterId, long credits) {
        return new Plan(entitlementId, meterId, credits, 30, false, null, CreditTerms.FORGIVE_AT_RESET, 1, 0);
    }

    public Plan withoutMeter() {
        return new Plan(
                entitlementId,
                null,
                credits,
                expiresAfterDays,
                overageEnabled,
                overageLimit,
                overageBehavior,
                meterUnitsPerCredit,
                lowBalancePercent);
    }

    public Plan withExpiresAfterDays(int days) {
        return new Plan(
                entitlementId,
                meterId,
                credits,
                days,
                overageEnabled,
                overageLimit,
                overageBehavior,
                meterUnitsPerCredit,
                lowBalancePercent);
    }

    /** Overage allowed up to a limit; null for no limit. */
    public Plan withOverage(@Nullable Long limit, String behavior) {
        return new Plan(
                entitlementId,
                meterId,
                credits,
                expiresAfterDays,
                true,
                limit,
                behavior,
                meterUnitsPerCredit,
                lowBalancePercent);
    }

    public Plan withMeterUnitsPerCredit(long units) {
        return new Plan(
                entitlementId,
                meterId,
                credits,
                expiresAfterDays,
                overageEnabled,
                overageLimit,
                overageBehavior,
                units,
                lowBalancePercent);
    }

    public Plan withLowBalancePercent(int percent) {
        return new Plan(
                entitlementId,
                meterId,
                credits,
                expiresAfterDays,
                overageEnabled,
                overageLimit,
                overageBehavior,
                meterUnitsPerCredit,
                percent);
    }

    /** The body that would create this plan's product. */
    ObjectNode product() {
        ObjectNode product =
                Json.object().put("name", "Plan of " + credits + " credits").put("tax_category", "saas");
        ObjectNode price = product.putObject("price")
                .put("type", meterId == null ? "recurring_price" : "usage_based_price")
                .put("currency", "USD")
                .put(meterId == null ? "price" : "fixed_price", 2900)
                .put("discount", 0)
                .put("purchasing_power_parity", false)
                .put("payment_frequency_count", 1)
                .put("payment_frequency_interval", "Month")
                .put("subscription_period_count", 10)
                .put("subscription_period_interval", "Year");
        if (meterId != null) {
            price.putArray("meters")
                    .addObject()
                    .put("meter_id", meterId)
                    .put("credit_entitlement_id", entitlementId)
                    .put("meter_units_per_credit", String.valueOf(meterUnitsPerCredit))
                    .put("free_threshold", 0);
        }
        product.putArray("credit_entitlements").add(attachment());
        return product;
    }

    private ObjectNode attachment() {
        return Json.object()
                .put("credit_entitlement_id", entitlementId)
                .put("credits_amount", String.valueOf(credits))
                .put("expires_after_days", expiresAfterDays == 0 ? null : expiresAfterDays)
                .put("overage_enabled", overageEnabled)
                .put("overage_limit", overageLimit == null ? null : String.valueOf(overageLimit))
                .put("overage_behavior", overageBehavior)
                .put("rollover_enabled", false)
                .put("low_balance_threshold_percent", lowBalancePercent == 0 ? null : lowBalancePercent);
    }
}
