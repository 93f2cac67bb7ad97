package dev.tollgate.sandbox.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.SandboxClock;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.openai.Generation;
import dev.tollgate.sandbox.openai.OpenAiStandIn;

/** What was used, what was billed, and what was deducted, as JSON. */
final class TrueTotals {
    private final OpenAiStandIn openai;
    private final DodoStandIn dodo;
    private final SandboxClock clock;

    TrueTotals(OpenAiStandIn openai, DodoStandIn dodo, SandboxClock clock) {
        this.openai = openai;
        this.dodo = dodo;
        this.clock = clock;
    }

    ObjectNode totals() {
        ObjectNode json = Json.object().put("now", clock.instant().toString());
        json.putObject("openai")
                .put("requests", openai.requestCount())
                .put("generations", openai.generationCount())
                .put("tokens", openai.totalTokens())
                .put("open_requests", openai.openRequests())
                .put("peak_open_requests", openai.peakOpenRequests())
                .put("connections_accepted", openai.connectionsAccepted());
        ObjectNode billing = json.putObject("dodo").put("events", dodo.eventCount());
        ObjectNode customers = Json.object();
        long ingested = 0;
        long deducted = 0;
        for (String customerId : dodo.customerIds()) {
            ingested += dodo.ingestedTokens(customerId);
            deducted += dodo.deductedTokens(customerId);
            customers.set(customerId, customer(customerId));
        }
        billing.put("ingested_tokens", ingested).put("deducted_tokens", deducted);
        billing.set("customers", customers);
        return json;
    }

    /** Without headers and bodies: they hold keys and prompts. */
    ObjectNode generations() {
        ObjectNode json = Json.object();
        ArrayNode items = json.putArray("items");
        for (Generation generation : openai.generations()) {
            items.addObject()
                    .put("id", generation.id())
                    .put("client_request_id", generation.clientRequestId())
                    .put("path", generation.path())
                    .put("model", generation.model())
                    .put("prompt_tokens", generation.promptTokens())
                    .put("completion_tokens", generation.completionTokens())
                    .put("images", generation.images())
                    .put("seconds", generation.seconds())
                    .put("reported_usage", generation.reportedUsage())
                    .put("cut_short", generation.cutShort());
        }
        return json;
    }

    ObjectNode events() {
        ObjectNode json = Json.object();
        ArrayNode items = json.putArray("items");
        for (IngestedEvent event : dodo.events()) {
            items.addObject()
                    .put("event_id", event.id())
                    .put("customer_id", event.customerId())
                    .put("event_name", event.eventName())
                    .put("timestamp", event.timestamp().toString())
                    .put("accepted_at", event.acceptedAt().toString())
                    .set("metadata", event.metadata());
        }
        return json;
    }

    ObjectNode deliveries() {
        ObjectNode json = Json.object();
        ArrayNode items = json.putArray("items");
        for (DodoStandIn.Delivery delivery : dodo.deliveries()) {
            items.addObject()
                    .put("webhook_id", delivery.webhookId())
                    .put("type", delivery.type())
                    .put("endpoint", delivery.endpoint().toString())
                    .put("attempts", delivery.attempts())
                    .put("last_status", delivery.lastStatus())
                    .put("dropped", delivery.dropped());
        }
        return json;
    }

    private ObjectNode customer(String customerId) {
        return Json.object()
                .put("balance", dodo.balance(customerId).toPlainString())
                .put("overage", dodo.overage(customerId).toPlainString())
                .put("ingested_tokens", dodo.ingestedTokens(customerId))
                .put("deducted_tokens", dodo.deductedTokens(customerId))
                .put("dropped_tokens", dodo.droppedTokens(customerId));
    }
}
