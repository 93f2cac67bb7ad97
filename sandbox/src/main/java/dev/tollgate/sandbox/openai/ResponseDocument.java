package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The response object and its one output item, at the different moments of its life.
 *
 * @param output the text, or the arguments of the function
 * @param function the function that is called, or null
 */
record ResponseDocument(
        Call call,
        String id,
        String itemId,
        Output output,
        @Nullable String function) {
    /** Before the first output. */
    ObjectNode started() {
        ObjectNode document = common("in_progress");
        document.putArray("output");
        return document.putNull("usage");
    }

    /** With all output: completed, or incomplete when a cap ended it. */
    ObjectNode ended(Optional<ObjectNode> usage) {
        ObjectNode document = common(output.capped() ? "incomplete" : "completed");
        if (output.capped()) {
            document.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        document.putArray("output").add(item(true));
        return document.set("usage", usage.<JsonNode>map(object -> object).orElse(document.nullNode()));
    }

    /** Broken off by the model's server; what was generated until then is used all the same. */
    ObjectNode failed(Optional<ObjectNode> usage) {
        ObjectNode document = common("failed");
        document.putObject("error")
                .put("code", "server_error")
                .put("message", "The model had an error while processing your request.");
        document.putArray("output");
        return document.set("usage", usage.<JsonNode>map(object -> object).orElse(document.nullNode()));
    }

    /** The one item, empty or full. */
    ObjectNode item(boolean full) {
        return function == null ? message(full) : functionCall(full, function);
    }

    static ObjectNode part(String text) {
        ObjectNode part = Json.object().put("type", "output_text").put("text", text);
        part.putArray("annotations");
        part.putArray("logprobs");
        return part;
    }

    String text() {
        return output.text(0);
    }

    private ObjectNode message(boolean full) {
        ObjectNode item = Json.object()
                .put("id", itemId)
                .put("type", "message")
                .put("status", full ? endStatus() : "in_progress")
                .put("role", "assistant");
        var content = item.putArray("content");
        if (full) {
            content.add(part(text()));
        }
        return item;
    }

    private ObjectNode functionCall(boolean full, String name) {
        return Json.object()
                .put("id", itemId)
                .put("type", "function_call")
                .put("status", full ? endStatus() : "in_progress")
                .put("arguments", full ? text() : "")
                .put("call_id", "call_" + itemId.substring(itemId.indexOf('_') + 1))
                .put("name", name);
    }

    private String endStatus() {
        return output.capped() ? "incomplete" : "completed";
    }

    private ObjectNode common(String status) {
        ObjectNode document = Json.object()
                .put("id", id)
                .put("object", "response")
                .put("created_at", call.now().getEpochSecond())
                .put("status", status)
                .put("background", false)
                .putNull("error")
                .putNull("incomplete_details");
        document.set("instructions", asked("instructions", document.nullNode()));
        document.set("max_output_tokens", asked("max_output_tokens", document.nullNode()));
        document.put("model", call.model());
        document.set("parallel_tool_calls", asked("parallel_tool_calls", document.booleanNode(true)));
        document.putNull("previous_response_id");
        document.putObject("reasoning").putNull("effort").putNull("summary");
        document.put("service_tier", "default");
        document.put("store", call.body().path("store").asBoolean(true));
        document.set("temperature", asked("temperature", document.numberNode(1)));
        ObjectNode text = Json.object();
        text.putObject("format").put("type", "text");
        document.set("text", asked("text", text));
        document.set("tool_choice", asked("tool_choice", document.textNode("auto")));
        document.set("tools", asked("tools", document.arrayNode()));
        document.set("top_p", asked("top_p", document.numberNode(1)));
        document.put("truncation", "disabled");
        document.set("metadata", asked("metadata", Json.object()));
        return document;
    }

    private JsonNode asked(String name, JsonNode otherwise) {
        return call.body().hasNonNull(name) ? call.body().path(name) : otherwise;
    }
}
