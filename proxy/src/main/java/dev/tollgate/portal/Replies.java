package dev.tollgate.portal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

/** Answers of the portal's JSON, which is for one person and never to be kept by anything on the way. */
final class Replies {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, String> HEADERS = Map.of(
            "content-type", "application/json; charset=utf-8",
            "cache-control", "no-store",
            "x-content-type-options", "nosniff");

    private Replies() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static PortalResponse.Whole json(int status, JsonNode document) {
        return new PortalResponse.Whole(status, HEADERS, text(document));
    }

    /** In the form of OpenAI's errors, which customers' tools know how to read. */
    static PortalResponse.Whole error(int status, String code, String message) {
        ObjectNode document = object();
        document.putObject("error")
                .put("message", message)
                .put("type", status < 500 ? "invalid_request_error" : "server_error")
                .putNull("param")
                .put("code", code);
        return json(status, document);
    }

    static PortalResponse.Whole with(PortalResponse.Whole reply, String name, String value) {
        Map<String, String> headers = new HashMap<>(reply.headers());
        headers.put(name, value);
        return new PortalResponse.Whole(reply.status(), headers, reply.body());
    }

    static PortalResponse.Whole redirect(String location) {
        return new PortalResponse.Whole(
                303, Map.of("location", location, "cache-control", "no-store", "content-type", "text/plain"), "");
    }

    /** One server-sent event. */
    static String event(String name, JsonNode data) {
        return "event: " + name + "\ndata: " + text(data) + "\n\n";
    }

    private static String text(JsonNode document) {
        try {
            return MAPPER.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree could not be written", e);
        }
    }
}
