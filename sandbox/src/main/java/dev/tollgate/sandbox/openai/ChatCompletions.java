package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.io.IOException;
import java.util.Optional;

/** {@code POST /v1/chat/completions}. */
final class ChatCompletions {
    private static final int CHOICES_MAX = 128;

    private final Ids ids;

    ChatCompletions(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        Optional<Reply> refusal = refusal(call.body());
        if (refusal.isPresent()) {
            call.answerFree(refusal.get());
            return;
        }
        ObjectNode body = call.body();
        Prompt prompt = Prompt.ofMessages(body.path("messages"), call.bodyBytes());
        Length length = Length.of(prompt, Length.cap(body.path("max_tokens"), body.path("max_completion_tokens")));
        int choices = body.path("n").asInt(1);
        String id = ids.next("chatcmpl-");
        Tally tally = new Tally(call, id, prompt.tokens());
        if (call.streamed()) {
            ChatChunks chunks = ChatChunks.of(call, id);
            call.stream(
                    tally, prompt.delayMillis(), stream -> write(stream, call, chunks, prompt, length, choices, tally));
            return;
        }
        tally.add((long) length.tokens() * choices);
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        ObjectNode document = document(call, id, prompt, length, choices);
        usage.ifPresent(object -> document.set("usage", object));
        document.put("service_tier", "default").put("system_fingerprint", "fp_sandbox");
        call.answer(tally, document, usage.isPresent());
    }

    private static Optional<Reply> refusal(ObjectNode body) {
        if (!body.path("messages").isArray() || body.path("messages").isEmpty()) {
            return Optional.of(Errors.invalid(
                    "messages", "missing_required_parameter", "Missing required parameter: 'messages'."));
        }
        int choices = body.path("n").asInt(1);
        if (choices < 1 || choices > CHOICES_MAX) {
            return Optional.of(Errors.invalid("n", "integer_out_of_range", "Invalid 'n': must be 1 to 128."));
        }
        return capRefusal(body, "max_tokens").or(() -> capRefusal(body, "max_completion_tokens"));
    }

    private static Optional<Reply> capRefusal(ObjectNode body, String name) {
        JsonNode cap = body.path(name);
        boolean fine = cap.isMissingNode() || cap.isNull() || (cap.isIntegralNumber() && cap.longValue() >= 1);
        return fine
                ? Optional.empty()
                : Optional.of(Errors.invalid(name, "invalid_value", "Invalid '" + name + "': must be at least 1."));
    }

    private static void write(
            EventStream stream, Call call, ChatChunks chunks, Prompt prompt, Length length, int choices, Tally tally)
            throws IOException {
        for (int choice = 0; choice < choices; choice++) {
            stream.event(chunks.opening(choice));
        }
        for (int position = 0; position < length.tokens(); position++) {
            for (int choice = 0; choice < choices; choice++) {
                stream.event(chunks.content(choice, Words.at(prompt.seed(), choice, position)), 1);
            }
        }
        for (int choice = 0; choice < choices; choice++) {
            stream.event(chunks.closing(choice, length.finishReason()));
        }
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        if (chunks.includeUsage() && usage.isPresent()) {
            stream.usageEvent(chunks.usage(usage.get()));
        }
        if (call.script().withDone()) {
            stream.event("data: [DONE]\n\n");
        }
    }

    private static ObjectNode document(Call call, String id, Prompt prompt, Length length, int choices) {
        ObjectNode document = Json.object()
                .put("id", id)
                .put("object", "chat.completion")
                .put("created", call.now().getEpochSecond())
                .put("model", call.model());
        ArrayNode list = document.putArray("choices");
        for (int choice = 0; choice < choices; choice++) {
            ObjectNode item = list.addObject().put("index", choice);
            item.putObject("message")
                    .put("role", "assistant")
                    .put("content", Words.text(prompt.seed(), choice, length.tokens()))
                    .putNull("refusal")
                    .putArray("annotations");
            item.putNull("logprobs").put("finish_reason", length.finishReason());
        }
        return document;
    }
}
