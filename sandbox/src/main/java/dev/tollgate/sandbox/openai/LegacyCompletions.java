package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}, which caps at 16 tokens unless told otherwise. */
final class LegacyCompletions {
    private static final int CAP_DEFAULT = 16;

    private final Ids ids;

    LegacyCompletions(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        ObjectNode body = call.body();
        Prompt prompt = Prompt.ofInput(body.path("prompt"), call.bodyBytes());
        Output output = Output.words(prompt, body.path("max_tokens").asLong(CAP_DEFAULT));
        boolean several =
                body.path("prompt").isArray() && body.path("prompt").path(0).isTextual();
        int choices = body.path("n").asInt(1) * (several ? body.path("prompt").size() : 1);
        String id = ids.next("cmpl-");
        Tally tally = new Tally(call, id, prompt.tokens());
        if (call.streamed()) {
            call.stream(tally, prompt.delayMillis(), stream -> write(stream, call, tally, id, output, choices));
            return;
        }
        tally.add((long) output.tokens() * choices);
        ObjectNode document = head(call, id);
        ArrayNode list = document.putArray("choices");
        for (int choice = 0; choice < choices; choice++) {
            list.add(choice(choice, output.text(choice), output.finishReason()));
        }
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        usage.ifPresent(object -> document.set("usage", object));
        call.answer(tally, document, usage.isPresent());
    }

    private static void write(EventStream stream, Call call, Tally tally, String id, Output output, int choices)
            throws IOException {
        boolean includeUsage =
                call.body().path("stream_options").path("include_usage").asBoolean(false);
        for (int position = 0; position < output.tokens(); position++) {
            for (int choice = 0; choice < choices; choice++) {
                String word = output.piece(choice, position);
                stream.event(chunk(call, id, choice(choice, word, null), includeUsage), 1);
            }
        }
        for (int choice = 0; choice < choices; choice++) {
            stream.event(chunk(call, id, choice(choice, "", output.finishReason()), includeUsage));
        }
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        if (includeUsage && usage.isPresent()) {
            ObjectNode last = head(call, id);
            last.putArray("choices");
            last.set("usage", usage.get());
            stream.usageEvent("data: " + last + "\n\n");
        }
        if (call.script().withDone()) {
            stream.event("data: [DONE]\n\n");
        }
    }

    private static String chunk(Call call, String id, ObjectNode choice, boolean includeUsage) {
        ObjectNode chunk = head(call, id);
        chunk.putArray("choices").add(choice);
        if (includeUsage) {
            chunk.putNull("usage");
        }
        return "data: " + chunk + "\n\n";
    }

    private static ObjectNode head(Call call, String id) {
        return Json.object()
                .put("id", id)
                .put("object", "text_completion")
                .put("created", call.now().getEpochSecond())
                .put("model", call.model());
    }

    private static ObjectNode choice(int index, String text, @Nullable String finishReason) {
        return Json.object()
                .put("text", text)
                .put("index", index)
                .putNull("logprobs")
                .put("finish_reason", finishReason);
    }
}
