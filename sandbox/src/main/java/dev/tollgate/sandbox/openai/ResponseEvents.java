package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.util.Optional;

/** The typed events of one streamed response, numbered. There is no {@code [DONE]}. */
final class ResponseEvents {
    private final EventStream stream;
    private final ResponseDocument response;
    private final Tally tally;
    private int sequenceNumber;

    ResponseEvents(EventStream stream, ResponseDocument response, Tally tally) {
        this.stream = stream;
        this.response = response;
        this.tally = tally;
    }

    void write() throws IOException {
        event("response.created", with("response", response.started()));
        event("response.in_progress", with("response", response.started()));
        event("response.output_item.added", item(false));
        boolean whole = response.function() == null ? writeMessage() : writeArguments(response.function());
        if (!whole) {
            end("response.failed", response.failed(usage()));
            return;
        }
        event("response.output_item.done", item(true));
        end(response.output().capped() ? "response.incomplete" : "response.completed", response.ended(usage()));
    }

    private boolean writeMessage() throws IOException {
        event("response.content_part.added", part(""));
        if (!writeDeltas("response.output_text.delta", true)) {
            return false;
        }
        ObjectNode done = content().put("text", response.text());
        done.putArray("logprobs");
        event("response.output_text.done", done);
        event("response.content_part.done", part(response.text()));
        return true;
    }

    private boolean writeArguments(String function) throws IOException {
        if (!writeDeltas("response.function_call_arguments.delta", false)) {
            return false;
        }
        event(
                "response.function_call_arguments.done",
                place().put("name", function).put("arguments", response.text()));
        return true;
    }

    /** False when the prompt's orders broke them off. */
    private boolean writeDeltas(String type, boolean message) throws IOException {
        for (int position = 0; position < response.output().tokens(); position++) {
            if (position == response.call().orders().failAfterEvents()) {
                return false;
            }
            ObjectNode delta = message ? content() : place();
            delta.put("delta", response.output().piece(0, position)).put("obfuscation", "k3x");
            if (message) {
                delta.putArray("logprobs");
            }
            stream.event(text(type, delta), 1);
        }
        return true;
    }

    private void end(String type, ObjectNode document) throws IOException {
        String text = text(type, with("response", document));
        if (document.path("usage").isObject()) {
            stream.usageEvent(text);
        } else {
            stream.event(text);
        }
    }

    private Optional<ObjectNode> usage() {
        return UsageObject.response(response.call().script().usage(), tally);
    }

    private ObjectNode item(boolean full) {
        return with("item", response.item(full)).put("output_index", 0);
    }

    private ObjectNode part(String text) {
        return content().set("part", ResponseDocument.part(text));
    }

    private ObjectNode content() {
        return place().put("content_index", 0);
    }

    private ObjectNode place() {
        return Json.object().put("item_id", response.itemId()).put("output_index", 0);
    }

    private static ObjectNode with(String name, JsonNode value) {
        return Json.object().set(name, value);
    }

    private void event(String type, ObjectNode members) throws IOException {
        stream.event(text(type, members));
    }

    private String text(String type, ObjectNode members) {
        ObjectNode event = Json.object().put("type", type).put("sequence_number", sequenceNumber++);
        event.setAll(members);
        return "event: " + type + "\ndata: " + event + "\n\n";
    }
}
