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
        stream.event(event("response.created", with("response", response.started())));
        stream.event(event("response.in_progress", with("response", response.started())));
        stream.event(event("response.output_item.added", item(false)));
        stream.event(event("response.content_part.added", part("")));
        for (int position = 0; position < response.length().tokens(); position++) {
            ObjectNode delta = place().put("delta", response.word(position)).put("obfuscation", "k3x");
            delta.putArray("logprobs");
            stream.event(event("response.output_text.delta", delta), 1);
        }
        stream.event(event("response.output_text.done", place().put("text", response.text())));
        stream.event(event("response.content_part.done", part(response.text())));
        stream.event(event("response.output_item.done", item(true)));
        writeEnd();
    }

    private void writeEnd() throws IOException {
        String type = response.length().capped() ? "response.incomplete" : "response.completed";
        Optional<ObjectNode> usage =
                UsageObject.response(response.call().script().usage(), tally);
        String text = event(type, with("response", response.ended(usage)));
        if (usage.isPresent()) {
            stream.usageEvent(text);
        } else {
            stream.event(text);
        }
    }

    private ObjectNode item(boolean full) {
        return with("item", response.item(full)).put("output_index", 0);
    }

    private ObjectNode part(String text) {
        ObjectNode place = place();
        place.set("part", ResponseDocument.part(text));
        return place;
    }

    private ObjectNode place() {
        return Json.object()
                .put("item_id", response.itemId())
                .put("output_index", 0)
                .put("content_index", 0);
    }

    private static ObjectNode with(String name, JsonNode value) {
        ObjectNode object = Json.object();
        object.set(name, value);
        return object;
    }

    private String event(String type, ObjectNode members) {
        ObjectNode event = Json.object().put("type", type).put("sequence_number", sequenceNumber++);
        event.setAll(members);
        return "event: " + type + "\ndata: " + event + "\n\n";
    }
}
