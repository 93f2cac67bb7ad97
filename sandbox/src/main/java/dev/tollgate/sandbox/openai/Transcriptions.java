package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * {@code POST /v1/audio/transcriptions} and {@code /v1/audio/translations}. {@code whisper-1} is sold by the second, the
 * other models by tokens: ten for each second of audio, the words of the prompt, and the words of the text.
 */
final class Transcriptions {
    private static final int TOKENS_PER_SECOND = 10;

    private final Ids ids;

    Transcriptions(Ids ids) {
        this.ids = ids;
    }

    void transcribe(Call call) throws IOException {
        answer(call, call.model().startsWith("whisper"), true);
    }

    /** Translations never tell usage. */
    void translate(Call call) throws IOException {
        answer(call, true, false);
    }

    private void answer(Call call, boolean sold, boolean tellsUsage) throws IOException {
        if (call.form().files("file").isEmpty()) {
            call.answerFree(
                    Errors.invalid("file", "missing_required_parameter", "Missing required parameter: 'file'."));
            return;
        }
        Recording recording = Recording.of(call.form().files("file").getFirst());
        Prompt prompt = Prompt.ofText(call.body().path("prompt").asText(""), recording.seconds() * TOKENS_PER_SECOND);
        Transcript transcript = new Transcript(
                recording, Words.text(recording.seed(), 0, prompt.wantedTokens()), prompt.wantedTokens());
        Tally tally = new Tally(call, ids.next("trsc-"), sold ? 0 : prompt.tokens()).seconds(recording.seconds());
        String format = call.body().path("response_format").asText("json");
        if (call.streamed() && !sold) {
            call.stream(tally, prompt.delayMillis(), stream -> write(stream, call, transcript, tally));
            return;
        }
        tally.add(sold ? 0 : transcript.words());
        switch (format) {
            case "text", "srt", "vtt" ->
                call.answer(
                        tally,
                        "text/plain; charset=utf-8",
                        transcript.in(format).getBytes(StandardCharsets.UTF_8),
                        false);
            default -> json(call, transcript, tally, format.equals("verbose_json"), sold, tellsUsage);
        }
    }

    private static void json(
            Call call, Transcript transcript, Tally tally, boolean verbose, boolean sold, boolean tellsUsage)
            throws IOException {
        ObjectNode document = verbose
                ? transcript.verbose(call.request().path().endsWith("translations"))
                : Json.object().put("text", transcript.text());
        Optional<ObjectNode> usage = sold
                ? UsageObject.duration(
                        call.script().usage(), transcript.recording().seconds())
                : UsageObject.transcript(call.script().usage(), tally, audioTokens(transcript));
        boolean told = tellsUsage && usage.isPresent();
        if (told) {
            document.set("usage", usage.get());
        }
        call.answer(tally, document, told);
    }

    private static void write(EventStream stream, Call call, Transcript transcript, Tally tally) throws IOException {
        for (int position = 0; position < transcript.words(); position++) {
            ObjectNode delta = Json.object()
                    .put("type", "transcript.text.delta")
                    .put("delta", Words.at(transcript.recording().seed(), 0, position));
            stream.event("data: " + delta + "\n\n", 1);
        }
        ObjectNode done = Json.object().put("type", "transcript.text.done").put("text", transcript.text());
        Optional<ObjectNode> usage = UsageObject.transcript(call.script().usage(), tally, audioTokens(transcript));
        usage.ifPresent(object -> done.set("usage", object));
        if (usage.isPresent()) {
            stream.usageEvent("data: " + done + "\n\n");
        } else {
            stream.event("data: " + done + "\n\n");
        }
        stream.event("data: [DONE]\n\n");
    }

    private static long audioTokens(Transcript transcript) {
        return transcript.recording().seconds() * TOKENS_PER_SECOND;
    }
}
