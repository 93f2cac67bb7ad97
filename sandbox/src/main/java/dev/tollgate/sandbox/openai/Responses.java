package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.io.IOException;
import java.util.Optional;

/** {@code POST /v1/responses}, {@code /v1/responses/compact} and {@code /v1/responses/input_tokens}. */
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
        ResponseDocument response = response(call, prompt);
        Tally tally = new Tally(call, response.id(), prompt.tokens());
        if (call.streamed()) {
            call.stream(tally, prompt.delayMillis(), stream -> new ResponseEvents(stream, response, tally).write());
            return;
        }
        tally.add(response.output().tokens());
        Optional<ObjectNode> usage = UsageObject.response(call.script().usage(), tally);
        call.answer(tally, response.ended(usage), usage.isPresent());
    }

    private ResponseDocument response(Call call, Prompt prompt) {
        long cap = Output.cap(call.body().path("max_output_tokens"));
        JsonNode format = call.body().path("text").path("format");
        Optional<FunctionCall> wanted = FunctionCall.wanted(call.body(), prompt);
        if (wanted.isPresent()) {
            Output arguments = Output.text(wanted.get().arguments(), cap);
            return new ResponseDocument(
                    call,
                    ids.next("resp_"),
                    ids.next("fc_"),
                    arguments,
                    wanted.get().name());
        }
        Output output = format.path("type").asText().equals("json_schema")
                ? Output.text(SchemaSample.of(format.path("schema")), cap)
                : Output.words(prompt, cap);
        return new ResponseDocument(call, ids.next("resp_"), ids.next("msg_"), output, null);
    }

    /** Replaces a conversation by an item that stands for it, which takes a tenth of its tokens to write. */
    void compact(Call call) throws IOException {
        Prompt prompt = prompt(call);
        Tally tally = new Tally(call, ids.next("resp_"), prompt.tokens());
        tally.add(1 + prompt.tokens() / 10);
        ObjectNode document = Json.object()
                .put("id", tally.id())
                .put("object", "response.compaction")
                .put("created_at", call.now().getEpochSecond());
        document.putArray("output")
                .addObject()
                .put("id", ids.next("cmp_"))
                .put("type", "compaction")
                .put("encrypted_content", ids.next("gAAAA"));
        Optional<ObjectNode> usage = UsageObject.response(call.script().usage(), tally);
        usage.ifPresent(object -> document.set("usage", object));
        call.answer(tally, document, usage.isPresent());
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
