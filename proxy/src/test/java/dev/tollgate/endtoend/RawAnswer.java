package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One answer as it came over the wire, transfer coding undone.
 *
 * @param headers names in lower case
 * @param complete whether its end arrived, as opposed to the connection breaking before
 */
record RawAnswer(int status, Map<String, String> headers, String body, boolean complete) {
    private static final ObjectMapper JSON = new ObjectMapper();

    RawAnswer {
        headers = Map.copyOf(headers);
    }

    /** The header's value, or an empty text. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** Tollgate's id of the request. */
    String requestId() {
        assertThat(headers).containsKey("x-tollgate-request-id");
        return header("x-tollgate-request-id");
    }

    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + body, e);
        }
    }

    /** It is an error in OpenAI's form, with all four members; {@code code} may be null. */
    RawAnswer assertError(int expectedStatus, String type, @Nullable String code) {
        assertThat(status).as(body).isEqualTo(expectedStatus);
        assertThat(complete).isTrue();
        assertThat(header("content-type")).isEqualTo("application/json");
        JsonNode error = json().path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isEqualTo(type);
        assertThat(error.has("param")).isTrue();
        assertThat(error.get("code").isNull() ? null : error.get("code").asText())
                .as(body)
                .isEqualTo(code);
        return this;
    }
}
