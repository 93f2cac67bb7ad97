package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Reading;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The entries that Tollgate makes in Dodo's ledger: debits, and credits of what was too much. Each gives its delivery as
 * its reason, by which it is known again. Calls wait.
 */
final class LedgerEntries {
    /** How far Dodo's clock may be behind this one. */
    private static final long CLOCK_MILLIS = 5 * 60_000;

    private final DodoTransport transport;
    private final CreditUnits units;

    private record Shown(Optional<String> deliveryId, Reading.Entry entry) {}

    LedgerEntries(DodoTransport transport, CreditUnits units) {
        this.transport = transport;
        this.units = units;
    }

    /** Makes an entry, once for its id; one attempt. Refused, without a call, for an amount that is not exact in credits. */
    Result<Boolean> enter(Outbox.Delivery delivery) {
        Optional<String> amount = units.exactCredits(delivery.usage().units());
        if (amount.isEmpty()) {
            return new Result.Refused<>(
                    400, "NOT_EXACT", delivery.usage().units() + " units are no exact amount of credits", 0);
        }
        JsonNode body = JsonNodeFactory.instance
                .objectNode()
                .put("entry_type", delivery.way() == Outbox.Way.CREDIT ? "credit" : "debit")
                .put("amount", amount.get())
                .put("reason", CreditUnits.mark(delivery))
                .put("idempotency_key", delivery.id());
        String path = DodoClient.balancePath(delivery.account()) + "/ledger-entries";
        return transport.post(path, DodoJson.write(body)).map(ignored -> true);
    }

    /** Whether Dodo's ledger shows that entry. */
    Result<Boolean> shows(Outbox.Delivery delivery) {
        return entered(delivery.account(), delivery.sinceMillis()).map(shown -> shown.containsKey(delivery.id()));
    }

    /** What Dodo's ledger shows of them since a time: their units, by delivery. One may be in several parts. */
    Result<Map<String, Long>> entered(Account account, long sinceMillis) {
        String since = Instant.ofEpochMilli(sinceMillis - CLOCK_MILLIS).toString();
        String path = DodoClient.balancePath(account) + "/ledger?start_date=" + since + "&";
        return transport
                .pages(path, node -> new Shown(CreditUnits.deliveryId(node), units.entry(node)))
                .map(LedgerEntries::sums);
    }

    private static Map<String, Long> sums(List<Shown> shown) {
        Map<String, Shown> byEntry = new HashMap<>();
        shown.forEach(each -> byEntry.put(each.entry().id(), each));
        Map<String, Long> sums = new HashMap<>();
        for (Shown each : byEntry.values()) {
            each.deliveryId()
                    .ifPresent(id -> sums.merge(id, Math.abs(each.entry().netUnits()), Math::addExact));
        }
        return sums;
    }
}
