package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One chat's answer: words, a JSON value that fits the wanted schema, or the call of a function.
 *
 * @param output the text, or the arguments of the function
 * @param function the function that is called, or null
 */
record ChatAnswer(
        Call call,
        String id,
        String callId,
        Output output,
        @Nullable String function,
        int choices) {
    static ChatAnswer to(Call call, Prompt prompt, Ids ids) {
        ObjectNode body = call.body();
        long cap = Output.cap(body.path("max_tokens"), body.path("max_completion_tokens"));
        JsonNode format = body.path("response_format");
        Optional<FunctionCall> wanted = FunctionCall.wanted(body, prompt);
        Output output;
        if (wanted.isPresent()) {
            output = Output.text(wanted.get().arguments(), cap);
        } else if (format.path("type").asText().equals("json_schema")) {
            output = Output.text(SchemaSample.of(format.path("json_schema").path("schema")), cap);
        } else if (format.path("type").asText().equals("json_object")) {
            output = Output.text("{\"said\":\"" + Words.text(prompt.seed(), 0, 3) + "\"}", cap);
        } else {
            output = Output.words(prompt, cap);
        }
        return new ChatAnswer(
                call,
                ids.next("chatcmpl-"),
                ids.next("call_"),
                output,
                wanted.map(FunctionCall::name).orElse(null),
                body.path("n").asInt(1));
    }

    ObjectNode document() {
        ObjectNode document = Json.object()
                .put("id", id)
                .put("object", "chat.completion")
                .put("created", call.now().getEpochSecond())
                .put("model", call.model());
        ArrayNode list = document.putArray("choices");
        boolean logprobs = call.body().path("logprobs").asBoolean(false);
        for (int choice = 0; choice < choices; choice++) {
            ObjectNode item = list.addObject().put("index", choice);
            item.set("message", message(choice));
            item.set(
                    "logprobs",
                    logprobs && function == null
                            ? Logprobs.of(
                                    output,
                                    choice,
                                    call.body().path("top_logprobs").asInt(0))
                            : item.nullNode());
            item.put("finish_reason", finishReason());
        }
        return document;
    }

    void write(EventStream stream, ChatChunks chunks, Tally tally) throws IOException {
        for (int choice = 0; choice < choices; choice++) {
            stream.event(function == null ? chunks.opening(choice) : chunks.opening(choice, idOf(choice), function));
        }
        for (int position = 0; position < output.tokens(); position++) {
            for (int choice = 0; choice < choices; choice++) {
                stream.event(
                        function == null
                                ? chunks.content(choice, output, position)
                                : chunks.arguments(choice, output.piece(choice, position)),
                        1);
            }
        }
        for (int choice = 0; choice < choices; choice++) {
            stream.event(chunks.closing(choice, finishReason()));
        }
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        if (chunks.includeUsage() && usage.isPresent()) {
            stream.usageEvent(chunks.usage(usage.get()));
        }
        if (call.script().withDone()) {
            stream.event("data: [DONE]\n\n");
        }
    }

    private ObjectNode message(int choice) {
        ObjectNode message = Json.object().put("role", "assistant");
        message.put("content", function == null ? output.text(choice) : null).putNull("refusal");
        message.putArray("annotations");
        if (function != null) {
            message.putArray("tool_calls")
                    .addObject()
                    .put("id", idOf(choice))
                    .put("type", "function")
                    .putObject("function")
                    .put("name", function)
                    .put("arguments", output.text(choice));
        }
        return message;
    }

    private String idOf(int choice) {
        return choice == 0 ? callId : callId + choice;
    }

    private String finishReason() {
        return function == null || output.capped() ? output.finishReason() : "tool_calls";
    }
}
