package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/** How likely the tokens of a chat were: always the same, and so are those that come into question beside them. */
final class Logprobs {
    private static final BigDecimal LIKELY = new BigDecimal("-0.125");

    private Logprobs() {}

    /** Of one token, as in a chunk. */
    static ObjectNode ofToken(String token, int top) {
        ObjectNode object = Json.object();
        object.putArray("content").add(entry(token, top));
        return object.putNull("refusal");
    }

    /** Of all tokens of one choice. */
    static ObjectNode of(Output output, int choice, int top) {
        ObjectNode object = Json.object();
        ArrayNode content = object.putArray("content");
        for (int position = 0; position < output.tokens(); position++) {
            content.add(entry(output.piece(choice, position), top));
        }
        return object.putNull("refusal");
    }

    private static ObjectNode entry(String token, int top) {
        ObjectNode entry = token(token);
        ArrayNode others = entry.putArray("top_logprobs");
        for (int other = 0; other < top; other++) {
            others.add(token(token));
        }
        return entry;
    }

    private static ObjectNode token(String token) {
        ObjectNode entry = Json.object().put("token", token).put("logprob", LIKELY);
        ArrayNode bytes = entry.putArray("bytes");
        for (byte one : token.getBytes(StandardCharsets.UTF_8)) {
            bytes.add(one & 0xff);
        }
        return entry;
    }
}
