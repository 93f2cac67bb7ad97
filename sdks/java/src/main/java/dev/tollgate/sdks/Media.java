package dev.tollgate.sdks;

import static dev.tollgate.sdks.Check.expect;

import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.http.HttpResponse;
import com.openai.core.http.StreamResponse;
import com.openai.models.audio.AudioResponseFormat;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.audio.translations.TranslationCreateParams;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageCreateVariationParams;
import com.openai.models.images.ImageEditParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Scenarios beyond chat: completions, embeddings, responses, images, audio, moderation. */
final class Media {
    private Media() {}

    static Map<String, Check.Scenario> scenarios() {
        Map<String, Check.Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("legacy completions", Media::legacyCompletions);
        scenarios.put("embeddings", Media::embeddings);
        scenarios.put("responses", Media::responses);
        scenarios.put("responses stream", Media::responsesStream);
        scenarios.put("failed response", Media::failedResponse);
        scenarios.put("compaction", Media::compaction);
        scenarios.put("images", Media::images);
        scenarios.put("edited image stream", Media::editedImageStream);
        scenarios.put("images by the piece", Media::imagesByThePiece);
        scenarios.put("speech", Media::speech);
        scenarios.put("speech stream", Media::speechStream);
        scenarios.put("translation", Media::translation);
        scenarios.put("long recording", Media::longRecording);
        scenarios.put("transcription", Media::transcription);
        scenarios.put("moderation", Media::moderation);
        return scenarios;
    }

    private static String legacyCompletions(Clients clients) {
        CompletionCreateParams question = CompletionCreateParams.builder()
                .model("gpt-3.5-turbo-instruct")
                .prompt("Once tokens=20")
                .maxTokens(30)
                .build();
        Completion whole = clients.one().completions().create(question);
        StringBuilder text = new StringBuilder();
        try (StreamResponse<Completion> answer = clients.one().completions().createStreaming(question)) {
            answer.stream().forEach(chunk -> {
                expect(chunk.usage().isEmpty(), "usage that was not asked for");
                text.append(chunk.choices().getFirst().text());
            });
        }
        expect(whole.choices().getFirst().text().contentEquals(text), "streamed " + text);
        return whole.usage().orElseThrow().totalTokens() + " tokens: " + text;
    }

    private static String embeddings(Clients clients) {
        CreateEmbeddingResponse found = clients.one()
                .embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("text-embedding-3-small")
                        .inputOfArrayOfStrings(List.of("one two", "three"))
                        .dimensions(8)
                        .build());
        CreateEmbeddingResponse plain = clients.one()
                .embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("text-embedding-3-small")
                        .inputOfArrayOfTokens(List.of(1L, 2L, 3L))
                        .build());
        return "%s, %d and %d tokens"
                .formatted(
                        found.data().getLast().embedding(),
                        found.usage().totalTokens(),
                        plain.usage().totalTokens());
    }

    private static ResponseCreateParams.Builder wish(String input) {
        return ResponseCreateParams.builder()
                .model("gpt-4o-mini")
                .input(input)
                .maxOutputTokens(100)
                .store(false);
    }

    private static String responses(Clients clients) {
        var service = clients.one().responses();
        Response answer = service.create(wish("Hello! tokens=30").build());
        Response called = service.create(wish("Rome? call=weather")
                .addTool(FunctionTool.builder()
                        .name("weather")
                        .strict(false)
                        .parameters(FunctionTool.Parameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .build())
                        .build())
                .build());
        Response capped =
                service.create(wish("Hello! tokens=90").maxOutputTokens(16).build());
        String text = answer.output()
                .getFirst()
                .asMessage()
                .content()
                .getFirst()
                .asOutputText()
                .text();
        return "%d tokens: %s; %s, %d tokens; %s, %d tokens"
                .formatted(
                        total(answer),
                        text,
                        called.output().getFirst().asFunctionCall().arguments(),
                        total(called),
                        capped.status().orElseThrow(),
                        total(capped));
    }

    private static long total(Response response) {
        return response.usage().orElseThrow().totalTokens();
    }

    private static List<ResponseStreamEvent> events(Clients clients, String input) {
        try (StreamResponse<ResponseStreamEvent> answer =
                clients.one().responses().createStreaming(wish(input).build())) {
            return answer.stream().toList();
        }
    }

    private static String responsesStream(Clients clients) {
        List<ResponseStreamEvent> events = events(clients, "Hello! tokens=30");
        return total(events.getLast().asCompleted().response()) + " tokens, " + events.size() + " events";
    }

    private static String failedResponse(Clients clients) {
        Response failed =
                events(clients, "tokens=30 fail=5").getLast().asFailed().response();
        return failed.error().orElseThrow().code() + ", " + total(failed) + " tokens";
    }

    private static ImageGenerateParams.Builder picture(String prompt) {
        return ImageGenerateParams.builder().model("gpt-image-1").prompt(prompt).size("1024x1024");
    }

    private static String compaction(Clients clients) {
        var compacted = clients.one()
                .responses()
                .compact(ResponseCompactParams.builder()
                        .model("gpt-4o-mini")
                        .input("A long talk about the weather in Rome")
                        .build());
        return compacted.output().size() + " items, " + compacted.usage().totalTokens() + " tokens";
    }

    private static <T> MultipartField<T> file(T value, String contentType, String name) {
        return MultipartField.<T>builder()
                .value(value)
                .contentType(contentType)
                .filename(name)
                .build();
    }

    private static InputStream cat() {
        return new ByteArrayInputStream(Base64.getDecoder().decode(Chats.PIXEL));
    }

    private static ImageEditParams.Builder edit() {
        return ImageEditParams.builder()
                .model("gpt-image-1")
                .prompt("A hat tokens=50")
                .image(file(ImageEditParams.Image.ofInputStream(cat()), "image/png", "cat.png"));
    }

    private static String editedImageStream(Clients clients) {
        try (var answer =
                clients.one().images().editStreaming(edit().partialImages(1).build())) {
            var events = answer.stream().toList();
            return events.getLast().asCompleted().usage().totalTokens() + " tokens, " + events.size() + " events";
        }
    }

    @SuppressWarnings("deprecation") // variations are old, and still sold
    private static String imagesByThePiece(Clients clients) {
        var service = clients.one().images();
        var made = service.generate(picture("A cat").model("dall-e-3").build());
        var varied = service.createVariation(ImageCreateVariationParams.builder()
                .image(file(cat(), "image/png", "cat.png"))
                .n(2)
                .build());
        expect(made.data().orElseThrow().getFirst().url().isPresent(), "no address");
        return made.data().orElseThrow().size() + " and "
                + varied.data().orElseThrow().size() + " images";
    }

    private static String images(Clients clients) {
        var service = clients.one().images();
        var made = service.generate(picture("A cat tokens=50").build());
        expect(made.data().orElseThrow().getFirst().b64Json().isPresent(), "no image");
        var edited = service.edit(edit().build());
        try (var answer = service.generateStreaming(
                picture("A dog tokens=50").partialImages(1).build())) {
            var events = answer.stream().toList();
            return "%d, %d, %d tokens, %d events"
                    .formatted(
                            made.usage().orElseThrow().totalTokens(),
                            edited.usage().orElseThrow().totalTokens(),
                            events.getLast().asGenerationCompleted().usage().totalTokens(),
                            events.size());
        }
    }

    private static String speech(Clients clients) throws Exception {
        try (HttpResponse answer = clients.one()
                .audio()
                .speech()
                .create(SpeechCreateParams.builder()
                        .model("tts-1")
                        .voice("alloy")
                        .input("Say this tokens=30")
                        .build())) {
            int bytes = answer.body().readAllBytes().length;
            return bytes + " bytes of " + answer.headers().values("content-type");
        }
    }

    private static String speechStream(Clients clients) throws Exception {
        try (HttpResponse answer = clients.one()
                .audio()
                .speech()
                .create(SpeechCreateParams.builder()
                        .model("gpt-4o-mini-tts")
                        .voice("alloy")
                        .input("Say this tokens=30")
                        .streamFormat(SpeechCreateParams.StreamFormat.SSE)
                        .build())) {
            String[] events = new String(answer.body().readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .split("\n\n", -1);
            return events.length + " events: " + events[events.length - 1];
        }
    }

    private static MultipartField<InputStream> sound(int bytes) {
        return file(new ByteArrayInputStream(new byte[bytes]), "audio/mpeg", "recording.mp3");
    }

    private static TranscriptionCreateParams.Builder recording(String model) {
        return TranscriptionCreateParams.builder()
                .model(model)
                .prompt("tokens=12")
                .file(sound(32_000));
    }

    @SuppressWarnings("deprecation") // translations are old, and still sold
    private static String translation(Clients clients) {
        return clients.one()
                .audio()
                .translations()
                .create(TranslationCreateParams.builder()
                        .model("whisper-1")
                        .prompt("tokens=12")
                        .file(sound(32_000))
                        .build())
                .asTranslation()
                .text();
    }

    private static String longRecording(Clients clients) {
        var heard = clients.one()
                .audio()
                .transcriptions()
                .create(TranscriptionCreateParams.builder()
                        .model("whisper-1")
                        .responseFormat(AudioResponseFormat.VERBOSE_JSON)
                        .file(sound(2_000_000))
                        .build());
        return heard.asVerbose().usage().orElseThrow().seconds() + " seconds";
    }

    private static String transcription(Clients clients) {
        var service = clients.one().audio().transcriptions();
        var text = service.create(recording("gpt-4o-transcribe").build()).asTranscription();
        var heard = service.create(recording("whisper-1")
                        .responseFormat(AudioResponseFormat.VERBOSE_JSON)
                        .build())
                .asVerbose();
        try (var answer = service.createStreaming(recording("gpt-4o-transcribe").build())) {
            var events = answer.stream().toList();
            return "%d tokens: %s; %s seconds; %d events, %d tokens"
                    .formatted(
                            text.usage().orElseThrow().asTokens().totalTokens(),
                            text.text(),
                            heard.usage().orElseThrow().seconds(),
                            events.size(),
                            events.getLast()
                                    .asTranscriptTextDone()
                                    .usage()
                                    .orElseThrow()
                                    .totalTokens());
        }
    }

    private static String moderation(Clients clients) {
        var judged = clients.one()
                .moderations()
                .create(ModerationCreateParams.builder()
                        .model("omni-moderation-latest")
                        .inputOfStrings(List.of("peace", "flag=violence"))
                        .build());
        return judged.results().stream().map(one -> one.flagged()).toList().toString();
    }
}
