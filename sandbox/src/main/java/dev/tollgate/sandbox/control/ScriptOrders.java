package dev.tollgate.sandbox.control;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.openai.Script;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** Reads scripts from JSON such as {@code {"kind":"cutAfterBytes","bytes":100,"reset":true}}. */
final class ScriptOrders {
    private ScriptOrders() {}

    /**
     * One script, or the sum of several when {@code order} is a list.
     *
     * @throws IllegalArgumentException when a kind is unknown or a value impossible
     */
    static Script script(JsonNode order) {
        Script sum = Script.normal();
        if (!order.isArray()) {
            return one(order);
        }
        for (JsonNode part : order) {
            sum = sum.and(one(part));
        }
        return sum;
    }

    private static Script one(JsonNode order) {
        int bytes = order.path("bytes").asInt(0);
        int events = order.path("events").asInt(0);
        boolean reset = order.path("reset").asBoolean(false);
        Duration pause = Duration.ofMillis(order.path("millis").asLong(0));
        return switch (order.path("kind").asText()) {
            case "normal" -> Script.normal();
            case "status" -> status(order);
            case "invalidKey" -> Script.invalidKey();
            case "rateLimited" ->
                Script.rateLimited(order.path("retryAfterSeconds").asInt(1));
            case "insufficientQuota" -> Script.insufficientQuota();
            case "serverError" -> Script.serverError();
            case "overloaded" -> Script.overloaded();
            case "resetBeforeHead" -> Script.resetBeforeHead();
            case "stallBeforeHead" -> Script.stallBeforeHead(pause);
            case "cutAfterBytes" -> Script.cutAfterBytes(bytes, reset);
            case "stallAfterBytes" -> Script.stallAfterBytes(bytes, pause);
            case "splitEvery" -> Script.splitEvery(bytes);
            case "raw" ->
                Script.raw(Base64.getDecoder().decode(order.path("base64").asText()));
            case "cutAfterEvents" -> Script.cutAfterEvents(events, reset);
            case "errorEventAfterChunks" -> Script.errorEventAfterChunks(events);
            case "withoutUsage" -> Script.withoutUsage();
            case "usageOf" ->
                Script.usageOf(
                        order.path("promptTokens").asLong(),
                        order.path("completionTokens").asLong());
            case "noDone" -> Script.noDone();
            case "slow" -> Script.slow(pause);
            default ->
                throw new IllegalArgumentException(
                        "unknown script kind " + order.path("kind").asText());
        };
    }

    private static Script status(JsonNode order) {
        Map<String, String> headers = new HashMap<>();
        order.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        JsonNode body = order.path("body");
        return Script.status(
                order.path("status").asInt(), body.isTextual() ? body.textValue() : body.toString(), headers);
    }
}
