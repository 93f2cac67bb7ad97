package dev.tollgate.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import java.time.Instant;

/** An {@link AccountStatement} for programs: amounts are integers, null stands for no limit. */
final class AccountStatementJson {
    private AccountStatementJson() {}

    static ObjectNode of(AccountStatement statement) {
        AccountView view = statement.view();
        ObjectNode json = object();
        json.put("customer", statement.account().customerId());
        json.put("entitlement", statement.account().entitlementId());
        json.put("known", view.known());
        json.put("net_units", view.netUnits());
        json.put("used_units", view.usedUnits());
        json.put("deducted_units", view.deductedUnits());
        json.put("written_off_units", view.writtenOffUnits());
        json.put("held_units", view.heldUnits());
        json.put("available_units", view.availableUnits());
        limit(json, "overage_limit_units", statement.overageLimitUnits());
        limit(json, "available_with_overage_units", statement.availableWithOverageUnits());
        json.put("subscription", TermsText.standing(statement.terms().standing()));
        json.put("deducting_subscriptions", statement.terms().deductingSubscriptions());
        ArrayNode expiring = json.putArray("expiring");
        statement.terms().grants().forEach(grant -> expiring.add(expiring(grant)));
        ArrayNode balances = json.putArray("balances");
        statement.balances().forEach(row -> balances.add(balance(row)));
        ArrayNode usages = json.putArray("usages");
        statement.usages().forEach(row -> usages.add(usage(row)));
        ArrayNode holds = json.putArray("holds");
        statement.holds().forEach(hold -> holds.add(hold(hold)));
        return json;
    }

    /** {@code at} of several postings is that of the last one. */
    private static ObjectNode balance(AccountStatement.BalanceRow row) {
        return object().put("at", time(row.atMillis()))
                .put("count", row.count())
                .put("what", row.what())
                .put("entry_id", row.entryId().isEmpty() ? null : row.entryId())
                .put("change_units", row.changeUnits())
                .put("usage_units", row.usageUnits())
                .put("net_units", row.netUnits());
    }

    private static ObjectNode usage(AccountStatement.UsageRow row) {
        boolean single = row.count() == 1;
        return object().put("at", time(row.atMillis()))
                .put("count", row.count())
                .put("request_id", single ? row.requestId() : null)
                .put("key_id", single ? row.keyId() : null)
                .put("model", single ? row.model() : null)
                .put("units", row.units())
                .put("estimated", row.estimatedCount());
    }

    private static ObjectNode expiring(Fact.Grant grant) {
        return object().put("at", time(grant.expiresAtMillis())).put("units", grant.remainingUnits());
    }

    private static ObjectNode hold(Fact.Reserved hold) {
        return object().put("at", time(hold.atMillis()))
                .put("request_id", hold.requestId())
                .put("key_id", hold.keyId())
                .put("model", hold.model())
                .put("prompt_units", hold.promptUnits())
                .put("output_units", hold.outputUnits())
                .put("held_units", hold.heldUnits());
    }

    private static void limit(ObjectNode json, String name, long units) {
        if (units == Long.MAX_VALUE) {
            json.putNull(name);
        } else {
            json.put(name, units);
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static String time(long atMillis) {
        return Instant.ofEpochMilli(atMillis).toString();
    }
}
