package dev.tollgate.sandbox.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.DodoRules;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.dodo.WebhookFaults;
import java.time.Duration;
import java.util.Map;

/** Reads faults and rules from JSON such as {@code {"failNext":{"count":2,"status":500}}} and applies them. */
final class DodoOrders {
    private final DodoStandIn dodo;

    DodoOrders(DodoStandIn dodo) {
        this.dodo = dodo;
    }

    /**
     * Applies every member of the order.
     *
     * @throws IllegalArgumentException when a member is unknown or a value impossible
     */
    void apply(ObjectNode order) {
        for (Map.Entry<String, JsonNode> member : order.properties()) {
            apply(member.getKey(), member.getValue());
        }
    }

    private void apply(String name, JsonNode value) {
        switch (name) {
            case "failNext" ->
                dodo.failNext(value.path("count").asInt(1), value.path("status").asInt(500));
            case "retryAfter" -> dodo.retryAfter(value.isNull() ? null : value.asText());
            case "down" -> {
                if (value.asBoolean()) {
                    dodo.goDown();
                } else {
                    dodo.comeUp();
                }
            }
            case "unavailable" -> {
                if (value.asBoolean()) {
                    dodo.goUnavailable();
                } else {
                    dodo.comeUp();
                }
            }
            case "loseResponses" -> dodo.acceptButLoseResponse(value.asInt());
            case "stallMillis" -> dodo.stall(Duration.ofMillis(value.asLong()));
            case "webhooks" -> dodo.webhookFaults(webhookFaults(value));
            case "rules" -> dodo.rules(current -> rules(current, value));
            default -> throw new IllegalArgumentException("unknown fault " + name);
        }
    }

    /** Faults that are not mentioned end. */
    private static WebhookFaults webhookFaults(JsonNode order) {
        return new WebhookFaults(
                order.path("copies").asInt(1),
                order.path("dropPercent").asInt(0),
                Duration.ofSeconds(order.path("delaySeconds").asLong(0)),
                Duration.ofSeconds(order.path("shuffleWithinSeconds").asLong(0)),
                order.path("unknownTypes").asBoolean(false),
                order.path("wrongSignature").asBoolean(false));
    }

    /** Rules that are not mentioned stay. */
    private static DodoRules rules(DodoRules current, JsonNode order) {
        DodoRules rules = current;
        for (Map.Entry<String, JsonNode> member : order.properties()) {
            boolean on = member.getValue().asBoolean();
            rules = switch (member.getKey()) {
                case "numericBalances" -> rules.withNumericBalances(on);
                case "unknownCustomerStatus" ->
                    rules.withUnknownCustomerStatus(member.getValue().asInt());
                case "knownIdsSkipWindow" -> rules.withKnownIdsSkipWindow(on);
                case "wallClockWindow" -> rules.withWallClockWindow(on);
                case "replayConflicts" -> rules.withReplayConflicts(on);
                case "manualEntriesAsAdjustment" -> rules.withManualEntriesAsAdjustment(on);
                case "entryPerEvent" -> rules.withEntryPerEvent(on);
                case "earliestExpiryFirst" -> rules.withEarliestExpiryFirst(on);
                case "everySubscriptionDeducts" -> rules.withEverySubscriptionDeducts(on);
                case "refundsTakeCredits" -> rules.withRefundsTakingCredits(on);
                case "keylessRevocations" -> rules.withKeylessRevocations(on);
                case "tier" ->
                    rules.withTier(DodoRules.Tier.valueOf(member.getValue().asText()));
                default -> throw new IllegalArgumentException("unknown rule " + member.getKey());
            };
        }
        return rules;
    }
}
