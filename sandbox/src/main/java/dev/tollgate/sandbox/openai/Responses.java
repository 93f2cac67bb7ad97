package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.io.IOException;
import java.util.Optional;

/** {@code POST /v1/responses} and {@code POST /v1/responses/input_tokens}. */
final class Responses {
    private static final int CAP_MIN = 16;

    private final Ids ids;

    Responses(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        Optional<Reply> refusal = refusal(call.body());
        if (refusal.isPresent()) {
            call.answerFree(refusal.get());
            return;
        }
        Prompt prompt = prompt(call);
        Length length = Length.of(prompt, Length.cap(call.body().path("max_output_tokens")));
        ResponseDocument response = new ResponseDocument(call, ids.next("resp_"), ids.next("msg_"), prompt, length);
        Tally tally = new Tally(call, response.id(), prompt.tokens());
        if (call.streamed()) {
            call.stream(tally, prompt.delayMillis(), stream -> new ResponseEvents(stream, response, tally).write());
            return;
        }
        tally.add(length.tokens());
        Optional<ObjectNode> usage = UsageObject.response(call.script().usage(), tally);
        call.answer(tally, response.ended(usage), usage.isPresent());
    }

    void countInput(Call call) throws IOException {
        call.answerFree(Reply.json(
                200,
                Json.object()
                        .put("object", "response.input_tokens")
                        .put("input_tokens", prompt(call).tokens())));
    }

    private static Prompt prompt(Call call) {
        JsonNode input = call.body().path("input");
        return input.isArray() ? Prompt.ofMessages(input, call.bodyBytes()) : Prompt.ofInput(input, call.bodyBytes());
    }

    private static Optional<Reply> refusal(ObjectNode body) {
        if (body.path("stream_options").has("include_usage")) {
            return Optional.of(Errors.invalid(
                    "stream_options.include_usage",
                    "unknown_parameter",
                    "Unknown parameter: 'stream_options.include_usage'."));
        }
        JsonNode cap = body.path("max_output_tokens");
        boolean tooLow = cap.isNumber() && cap.longValue() < CAP_MIN;
        if (tooLow) {
            return Optional.of(Errors.invalid(
                    "max_output_tokens",
                    "integer_below_min_value",
                    "Invalid 'max_output_tokens': must be at least 16."));
        }
        return body.hasNonNull("input")
                ? Optional.empty()
                : Optional.of(
                        Errors.invalid("input", "missing_required_parameter", "Missing required parameter: 'input'."));
    }
}
