package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import org.jspecify.annotations.Nullable;

/** Refusals in OpenAI's error envelope. */
final class Errors {
    private Errors() {}

    static Reply invalid(@Nullable String param, @Nullable String code, String message) {
        return reply(400, param, code, message);
    }

    static Reply unauthorized(String message, @Nullable String code) {
        return reply(401, null, code, message);
    }

    static Reply unknownModel(String model) {
        return reply(
                404,
                null,
                "model_not_found",
                "The model `" + model + "` does not exist or you do not have access to it.");
    }

    static Reply unknownPath(String method, String path) {
        return reply(404, null, null, "Invalid URL (" + method + " " + path + ")");
    }

    /** The event that ends a stream which went wrong. */
    static String event() {
        return "data: {\"error\":{\"message\":\"The server had an error while processing your request.\","
                + "\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";
    }

    private static Reply reply(int status, @Nullable String param, @Nullable String code, String message) {
        ObjectNode document = Json.object();
        document.putObject("error")
                .put("message", message)
                .put("type", "invalid_request_error")
                .put("param", param)
                .put("code", code);
        return Reply.json(status, document);
    }
}
