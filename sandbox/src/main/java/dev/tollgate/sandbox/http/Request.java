package dev.tollgate.sandbox.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One request, read whole.
 *
 * @param method as sent, such as {@code POST}
 * @param path as sent, without the query, not decoded
 * @param rawQuery text after the question mark, empty without one
 * @param headers names in lower case; repeated headers are joined with {@code ", "}
 * @param body decoded from chunked transfer coding, never from a content encoding
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are the point, and nobody compares requests
public record Request(String method, String path, String rawQuery, Map<String, String> headers, byte[] body) {
    /** The header's value, if it was sent. The name is in lower case. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Decoded query parameters; the last of a repeated name wins. */
    public Map<String, String> query() {
        Map<String, String> parameters = new LinkedHashMap<>();
        Arrays.stream(rawQuery.split("&"))
                .filter(pair -> !pair.isEmpty())
                .map(pair -> pair.split("=", 2))
                .forEach(pair -> parameters.put(decode(pair[0]), pair.length > 1 ? decode(pair[1]) : ""));
        return parameters;
    }

    /** One decoded query parameter. An empty value counts as absent. */
    public Optional<String> query(String name) {
        return Optional.ofNullable(query().get(name)).filter(value -> !value.isEmpty());
    }

    /** Never the body or a header: they hold keys and prompts. */
    @Override
    public String toString() {
        return method + " " + path + " (" + body.length + " bytes)";
    }

    private static String decode(String text) {
        return java.net.URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
