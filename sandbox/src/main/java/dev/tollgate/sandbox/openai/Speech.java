package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;

/**
 * {@code POST /v1/audio/speech}. Audio as bytes tells no usage; as events it does. Each token is 100 bytes of audio. The
 * models {@code tts-1} are sold by the character, use no tokens and know no events.
 */
final class Speech {
    private static final int BYTES_PER_TOKEN = 100;

    private final Ids ids;

    Speech(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        ObjectNode body = call.body();
        for (String name : new String[] {"input", "voice"}) {
            if (!body.hasNonNull(name)) {
                call.answerFree(Errors.invalid(
                        name, "missing_required_parameter", "Missing required parameter: '" + name + "'."));
                return;
            }
        }
        String text = body.path("input").asText();
        boolean sold = call.model().startsWith("tts-1");
        Prompt prompt = Prompt.ofText(text, 0);
        Tally tally = new Tally(call, ids.next("speech-"), sold ? 0 : prompt.tokens());
        if (body.path("stream_format").asText().equals("sse") && !sold) {
            call.stream(tally, prompt.delayMillis(), stream -> write(stream, call, prompt, tally));
            return;
        }
        tally.add(sold ? 0 : prompt.wantedTokens());
        byte[] audio = new byte[prompt.wantedTokens() * BYTES_PER_TOKEN];
        for (int i = 0; i < audio.length; i++) {
            audio[i] = (byte) (prompt.seed() + i);
        }
        call.answerInChunks(tally, contentType(body.path("response_format").asText("mp3")), audio);
    }

    private static void write(EventStream stream, Call call, Prompt prompt, Tally tally) throws IOException {
        String audio = Base64.getEncoder().encodeToString(new byte[BYTES_PER_TOKEN]);
        for (int position = 0; position < prompt.wantedTokens(); position++) {
            ObjectNode delta = Json.object().put("type", "speech.audio.delta").put("audio", audio);
            stream.event("data: " + delta + "\n\n", 1);
        }
        ObjectNode done = Json.object().put("type", "speech.audio.done");
        Optional<ObjectNode> usage = UsageObject.plain(call.script().usage(), tally);
        usage.ifPresent(object -> done.set("usage", object));
        if (usage.isPresent()) {
            stream.usageEvent("data: " + done + "\n\n");
        } else {
            stream.event("data: " + done + "\n\n");
        }
    }

    private static String contentType(String format) {
        return format.equals("mp3") ? "audio/mpeg" : "audio/" + format;
    }
}
