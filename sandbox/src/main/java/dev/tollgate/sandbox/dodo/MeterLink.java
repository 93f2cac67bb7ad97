package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;

/** Makes a meter's units come out of an entitlement, for the customers of one product. */
record MeterLink(String meterId, String entitlementId, String productId, BigDecimal unitsPerCredit) {
    ObjectNode json(String meterName) {
        return Json.object()
                .put("meter_id", meterId)
                .put("meter_name", meterName)
                .put("credit_entitlement_id", entitlementId)
                .put("product_id", productId)
                .put("meter_units_per_credit", Amounts.text(unitsPerCredit));
    }
}
