package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AudioTest {
    /** Two seconds at 16,000 bytes. */
    private static final byte[] RECORDING = new byte[32_000];

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void spokenBytesTellNoUsage() throws IOException {
        HttpResponse<String> answer = running.openai(
                "/audio/speech", "{\"model\":\"gpt-4o-mini-tts\",\"voice\":\"alloy\",\"input\":\"say tokens=25\"}");
        assertThat(answer.headers().firstValue("content-type")).contains("audio/mpeg");
        Generation generation = running.openai().generations().getFirst();
        assertThat(generation.totalTokens()).isEqualTo(27);
        assertThat(generation.reportedUsage()).isFalse();
    }

    @Test
    void spokenEventsEndWithUsage() throws IOException {
        List<ObjectNode> events = ChatCompletionsTest.chunks(
                running.openai(
                        "/audio/speech",
                        "{\"model\":\"gpt-4o-mini-tts\",\"voice\":\"alloy\",\"input\":\"tokens=5\",\"stream_format\":\"sse\"}"));
        assertThat(events).hasSize(6);
        assertThat(events.getLast().path("type").asText()).isEqualTo("speech.audio.done");
        assertThat(events.getLast().path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens())
                .isEqualTo(6);
    }

    @Test
    void speechNeedsTextAndVoice() throws IOException {
        assertThat(running.openai("/audio/speech", "{\"model\":\"tts-1\",\"voice\":\"alloy\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.openai("/audio/speech", "{\"model\":\"tts-1\",\"input\":\"a\"}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void transcriptsAreSoldByTokensOrBySeconds() throws IOException {
        JsonNode tokens =
                json(transcribe("model=gpt-4o-transcribe", "prompt=tokens=7")).path("usage");
        assertThat(tokens.path("type").asText()).isEqualTo("tokens");
        assertThat(tokens.path("input_tokens").intValue()).isEqualTo(21);
        assertThat(tokens.path("output_tokens").intValue()).isEqualTo(7);
        assertThat(running.openai().totalTokens()).isEqualTo(28);
        JsonNode seconds = json(transcribe("model=whisper-1", "response_format=verbose_json"));
        assertThat(seconds.path("usage").path("type").asText()).isEqualTo("duration");
        assertThat(seconds.path("usage").path("seconds").intValue()).isEqualTo(2);
        assertThat(seconds.path("segments")).hasSize(1);
        assertThat(running.openai().totalTokens()).isEqualTo(28);
        assertThat(running.openai().generations().getLast().seconds()).isEqualTo(2);
    }

    @Test
    void subtitlesAndPlainTextTellNoUsage() throws IOException {
        assertThat(transcribe("model=whisper-1", "response_format=vtt").body()).startsWith("WEBVTT");
        assertThat(transcribe("model=whisper-1", "response_format=srt").body()).startsWith("1\n00:00:00,000 -->");
        assertThat(transcribe("model=gpt-4o-transcribe", "response_format=text").body())
                .endsWith("\n");
        assertThat(running.openai().generations()).noneMatch(Generation::reportedUsage);
    }

    @Test
    void aStreamedTranscriptEndsWithUsage() throws IOException {
        List<ObjectNode> events =
                ChatCompletionsTest.chunks(transcribe("model=gpt-4o-transcribe", "stream=true", "prompt=tokens=4"));
        assertThat(events).hasSize(5);
        assertThat(events.getLast().path("text").asText().split(" ", -1)).hasSize(4);
        assertThat(events.getLast().path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens());
    }

    @Test
    void translationsNeverTellUsage() throws IOException {
        ObjectNode answer = json(running.openaiForm("/audio/translations", "file", RECORDING, "model=whisper-1"));
        assertThat(answer.path("text").asText()).isNotEmpty();
        assertThat(answer.has("usage")).isFalse();
        assertThat(running.openaiForm("/audio/translations", "sound", RECORDING, "model=whisper-1")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void aWavFileSaysHowLongItIs() {
        byte[] wav = new byte[44 + 24_000];
        System.arraycopy(new byte[] {'R', 'I', 'F', 'F'}, 0, wav, 0, 4);
        wav[28] = (byte) (8000 & 0xff);
        wav[29] = (byte) (8000 >> 8);
        assertThat(Recording.of(wav).seconds()).isEqualTo(3);
        assertThat(Recording.of(new byte[1]).seconds()).isEqualTo(1);
    }

    private HttpResponse<String> transcribe(String... fields) throws IOException {
        return running.openaiForm("/audio/transcriptions", "file", RECORDING, fields);
    }
}
