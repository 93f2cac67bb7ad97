package dev.tollgate.sandbox.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A response that is known whole before it is written.
 *
 * @param headers written in order and in the given case; {@code content-length} is added by {@link Wire#send}
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are the point, and nobody compares replies
public record Reply(int status, Map<String, String> headers, byte[] body) {
    private static final byte[] NOTHING = new byte[0];

    public Reply {
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("status " + status);
        }
    }

    /** A JSON document. */
    public static Reply json(int status, JsonNode document) {
        return new Reply(status, Map.of("content-type", "application/json"), Json.bytes(document));
    }

    /** No body at all. */
    public static Reply empty(int status) {
        return new Reply(status, Map.of(), NOTHING);
    }

    /** The same reply with one header set. */
    public Reply withHeader(String name, String value) {
        return withHeaders(Map.of(name, value));
    }

    /** The same reply with more headers; they replace those of the same name in any case. */
    public Reply withHeaders(Map<String, String> more) {
        Map<String, String> merged = new LinkedHashMap<>(headers);
        merged.keySet().removeIf(name -> more.keySet().stream().anyMatch(name::equalsIgnoreCase));
        merged.putAll(more);
        return new Reply(status, merged, body);
    }

    @Override
    public String toString() {
        return status + " (" + body.length + " bytes)";
    }
}
