package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
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
        Prompt prompt = Prompt.ofMessages(call.body().path("messages"), call.bodyBytes());
        ChatAnswer answer = ChatAnswer.to(call, prompt, ids);
        Tally tally = new Tally(call, answer.id(), prompt.tokens());
        if (call.streamed()) {
            ChatChunks chunks = ChatChunks.of(call, answer.id());
            call.stream(tally, prompt.delayMillis(), stream -> answer.write(stream, chunks, tally));
            return;
        }
        tally.add((long) answer.output().tokens() * answer.choices());
        Optional<ObjectNode> usage = UsageObject.chat(call.script().usage(), tally);
        ObjectNode document = answer.document();
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
}
