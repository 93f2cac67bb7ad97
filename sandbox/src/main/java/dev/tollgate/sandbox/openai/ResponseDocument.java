package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.util.Optional;

/** The response object and its parts, at the different moments of its life. */
record ResponseDocument(Call call, String id, String itemId, Prompt prompt, Length length) {
    /** Before the first output. */
    ObjectNode started() {
        ObjectNode document = common("in_progress");
        document.putArray("output");
        return document.putNull("usage");
    }

    /** With all output: completed, or incomplete when a cap ended it. */
    ObjectNode ended(Optional<ObjectNode> usage) {
        ObjectNode document = common(length.capped() ? "incomplete" : "completed");
        if (length.capped()) {
            document.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        document.putArray("output").add(item(true));
        document.set("usage", usage.<JsonNode>map(object -> object).orElse(document.nullNode()));
        return document;
    }

    /** The one message, empty or full. */
    ObjectNode item(boolean full) {
        ObjectNode item = Json.object()
                .put("id", itemId)
                .put("type", "message")
                .put("status", full ? endStatus() : "in_progress")
                .put("role", "assistant");
        ArrayNode content = item.putArray("content");
        if (full) {
            content.add(part(text()));
        }
        return item;
    }

    static ObjectNode part(String text) {
        ObjectNode part = Json.object().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        return part;
    }

    String text() {
        return Words.text(prompt.seed(), 0, length.tokens());
    }

    String word(int position) {
        return Words.at(prompt.seed(), 0, position);
    }

    private String endStatus() {
        return length.capped() ? "incomplete" : "completed";
    }

    private ObjectNode common(String status) {
        ObjectNode document = Json.object()
                .put("id", id)
                .put("object", "response")
                .put("created_at", call.now().getEpochSecond())
                .put("status", status)
                .putNull("error")
                .putNull("incomplete_details")
                .putNull("instructions")
                .put("model", call.model())
                .put("parallel_tool_calls", true)
                .putNull("previous_response_id")
                .put("service_tier", "default")
                .put("store", call.body().path("store").asBoolean(true))
                .put("tool_choice", "auto");
        document.putArray("tools");
        document.set(
                "max_output_tokens",
                call.body().path("max_output_tokens").isNumber()
                        ? call.body().path("max_output_tokens")
                        : document.nullNode());
        document.putObject("metadata");
        return document;
    }
}
