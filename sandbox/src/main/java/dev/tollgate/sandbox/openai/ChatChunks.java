package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;

/**
 * The events of one streamed chat, as text: building them from strings keeps load tests quick.
 *
 * @param head everything before {@code choices}
 * @param tail what follows {@code choices} when usage was asked for: a null in every chunk but the last
 * @param logprobs how many tokens come with each one that is chosen, or {@link #NO_LOGPROBS}
 */
record ChatChunks(String head, String tail, boolean includeUsage, boolean obfuscated, int logprobs) {
    private static final int NO_LOGPROBS = -1;
    private static final String PADDING = "p7Qx2LmZk9TbW4sNvR0aJ";

    static ChatChunks of(Call call, String id) {
        JsonNode options = call.body().path("stream_options");
        boolean includeUsage = options.path("include_usage").asBoolean(false);
        String head = "data: {\"id\":\"" + id + "\",\"object\":\"chat.completion.chunk\",\"created\":"
                + call.now().getEpochSecond() + ",\"model\":" + Json.quote(call.model())
                + ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_sandbox\",\"choices\":[";
        return new ChatChunks(
                head,
                includeUsage ? ",\"usage\":null" : "",
                includeUsage,
                options.path("include_obfuscation").asBoolean(true),
                call.body().path("logprobs").asBoolean(false)
                        ? call.body().path("top_logprobs").asInt(0)
                        : NO_LOGPROBS);
    }

    /** The first chunk of a choice that talks. */
    String opening(int choice) {
        return chunk(choice, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null", "null", 3);
    }

    /** The first chunk of a choice that calls a function. */
    String opening(int choice, String callId, String function) {
        String delta = "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"" + callId
                + "\",\"type\":\"function\",\"function\":{\"name\":" + Json.quote(function)
                + ",\"arguments\":\"\"}}],\"refusal\":null}";
        return chunk(choice, delta, "null", "null", 3);
    }

    /** One token of a choice that talks. */
    String content(int choice, Output output, int position) {
        String piece = output.piece(choice, position);
        String quoted = output.needsNoEscape() ? "\"" + piece + "\"" : Json.quote(piece);
        String probabilities = logprobs == NO_LOGPROBS
                ? "null"
                : Logprobs.ofToken(piece, logprobs).toString();
        return chunk(choice, "{\"content\":" + quoted + "}", probabilities, "null", piece.length());
    }

    /** One token of a function's arguments. */
    String arguments(int choice, String piece) {
        String delta = "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":" + Json.quote(piece) + "}}]}";
        return chunk(choice, delta, "null", "null", piece.length());
    }

    /** The last chunk of a choice. */
    String closing(int choice, String finishReason) {
        return chunk(choice, "{}", "null", "\"" + finishReason + "\"", 0);
    }

    /** The extra chunk without choices. */
    String usage(ObjectNode usage) {
        return head + "],\"usage\":" + usage + obfuscation(5) + "}\n\n";
    }

    private String chunk(int choice, String delta, String probabilities, String finishReason, int padding) {
        return head + "{\"index\":" + choice + ",\"delta\":" + delta + ",\"logprobs\":" + probabilities
                + ",\"finish_reason\":" + finishReason + "}]" + tail + obfuscation(padding) + "}\n\n";
    }

    private String obfuscation(int padding) {
        return obfuscated
                ? ",\"obfuscation\":\"" + PADDING.substring(0, Math.min(padding * 2, PADDING.length())) + "\""
                : "";
    }
}
