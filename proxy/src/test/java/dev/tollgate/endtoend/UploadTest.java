package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.images.ImageEditParams;
import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.openai.Script;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Forms with files: passed on while they come, held for beforehand, and charged for only when they arrived whole. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadTest {
    private static final long CREDITS = 5_000_000;
    private static final String TRANSCRIPT = "{\"text\":\"I see\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,"
            + "\"input_token_details\":{\"audio_tokens\":14},\"output_tokens\":45,\"total_tokens\":59}}";
    private static final String PRICED = """
            routes:
              - { path: /audio/transcriptions, policy: meter, units: 500 }
              - { path: /audio/translations, policy: flat, units: 90 }
            """;

    private Stand stand;
    private OpenAIClient client;

    @BeforeAll
    void start(@TempDir Path shared) throws Exception {
        stand = Stand.start(shared, CREDITS);
        client = stand.client(Stand.KEY, 0);
    }

    @AfterAll
    void close() {
        client.close();
        stand.assertBooksAgree();
        stand.close();
    }

    @Test
    void aTranscriptionOfTheOfficialSdkIsMetered() throws Exception {
        provider(stand, TRANSCRIPT);
        assertThat(client.audio()
                        .transcriptions()
                        .create(transcription("gpt-4o-transcribe").build())
                        .asTranscription()
                        .text())
                .isEqualTo("I see");

        assertThat(stand.lastSettled().units()).isEqualTo(59);
        assertThat(stand.lastSettled().estimated()).isFalse();
        assertThat(stand.lastReserved().heldUnits()).isEqualTo(18_600);
    }

    @Test
    void aStreamedTranscriptionIsMetered() throws Exception {
        String events = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"I see\"}\n\n"
                + "data: {\"type\":\"transcript.text.done\",\"text\":\"I see\",\"usage\":{\"type\":\"tokens\","
                + "\"input_tokens\":14,\"output_tokens\":45,\"total_tokens\":59}}\n\n";
        stand.sandbox.openai().script(Script.status(200, events, Map.of("content-type", "text/event-stream")));

        RawAnswer answer = stand.ask(request(form(field("model", "gpt-4o-transcribe") + field("stream", "true"))));

        assertThat(answer.body()).isEqualTo(events);
        assertThat(stand.lastSettled().units()).isEqualTo(59);
    }

    @Test
    void everyByteOfTheFormArrives() throws Exception {
        String form = form(field("model", "gpt-4o-transcribe") + file("\r\n--Y\u0001".repeat(150_000)));
        provider(stand, TRANSCRIPT);

        assertThat(stand.ask(request(form)).status()).isEqualTo(200);

        assertThat(new String(stand.sandbox.openai().requests().getLast().body(), StandardCharsets.UTF_8))
                .isEqualTo(form);
    }

    @Test
    void aFormInChunksIsPassedOnInChunks() throws Exception {
        String form = form(file("x".repeat(9000)) + field("model", "gpt-4o-transcribe"));
        String chunked = head("Transfer-Encoding: chunked")
                + Integer.toHexString(5000) + "\r\n" + form.substring(0, 5000) + "\r\n"
                + Integer.toHexString(form.length() - 5000) + "\r\n" + form.substring(5000) + "\r\n0\r\n\r\n";
        provider(stand, TRANSCRIPT);

        assertThat(stand.ask(chunked).status()).isEqualTo(200);

        assertThat(new String(stand.sandbox.openai().requests().getLast().body(), StandardCharsets.UTF_8))
                .isEqualTo(form);
        assertThat(stand.lastSettled().units()).isEqualTo(59);
    }

    @Test
    void whatReportsNoUsageIsChargedByTheCall(@TempDir Path folder) throws Exception {
        try (Stand stand = Stand.start(folder, CREDITS, PRICED)) {
            stand.sandbox.openai().script(Script.status(200, "I see", Map.of("content-type", "text/plain")));
            stand.ask(
                    request(form(field("model", "gpt-4o-transcribe") + field("response_format", "text") + file("x"))));
            assertThat(stand.lastSettled().units()).isEqualTo(500);

            provider(stand, "{\"text\":\"I see\"}");
            stand.ask(request("/v1/audio/translations", form(field("model", "whisper-1") + file("x"))));
            assertThat(stand.lastSettled().units()).isEqualTo(90);
        }
    }

    @Test
    void anEditedImageIsMetered() throws Exception {
        provider(
                stand,
                "{\"created\":1,\"data\":[{\"b64_json\":\"AAAA\"}],"
                        + "\"usage\":{\"total_tokens\":3000,\"input_tokens\":1944,\"output_tokens\":1056}}");
        client.images()
                .edit(ImageEditParams.builder()
                        .model("gpt-image-1")
                        .prompt("A hat")
                        .size(ImageEditParams.Size._1024X1024)
                        .image(new ByteArrayInputStream(new byte[5000]))
                        .build());

        assertThat(stand.lastSettled().units()).isEqualTo(3000);
    }

    @Test
    void aFieldBehindTheFileMustNotAskForMoreThanIsHeld() throws Exception {
        long requests = stand.sandbox.openai().requestCount();
        String form = field("model", "gpt-image-1")
                + field("size", "1024x1024")
                + field("prompt", "p")
                + file("image", "x".repeat(200_000))
                + field("n", "60");
        stand.ask(request("/v1/images/edits", form(form))).assertError(400, "invalid_request_error", "late_field");

        stand.assertLastIsReturned();
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(requests);
    }

    @Test
    void whatStandsBehindTheFileIsKnownBeforeAnythingIsHeld() throws Exception {
        long requests = stand.sandbox.openai().requestCount();
        long holds = holds();
        String form = file("x".repeat(200_000)) + field("model", "whisper-1") + field("response_format", "srt");
        stand.ask(request(form(form))).assertError(403, "invalid_request_error", "route_not_priced");

        assertThat(holds()).isEqualTo(holds);
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(requests);
    }

    private long holds() {
        return stand.facts.stream()
                .filter(fact -> fact instanceof Fact.Reserved)
                .count();
    }

    @Test
    void aModelBehindTheFileMustBeOneOfTheKeys(@TempDir Path folder) throws Exception {
        String plan = "plans: { default: { limits: { models: [\"gpt-4o-transcribe\"] } } }\n";
        String file = file("x".repeat(200_000));
        try (Stand stand = Stand.start(folder, CREDITS, plan)) {
            stand.ask(request(form(file + field("model", "gpt-4o-mini-transcribe"))))
                    .assertError(404, "invalid_request_error", "model_not_found");
            stand.ask(request(form(file))).assertError(404, "invalid_request_error", "model_not_found");
            assertThat(stand.sandbox.openai().requestCount()).isZero();

            provider(stand, TRANSCRIPT);
            assertThat(stand.ask(request(form(file + field("model", "gpt-4o-transcribe"))))
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aFormGoesToTheProviderOfItsModelUnderTheNameItHasThere(@TempDir Path folder) throws Exception {
        try (ScriptedUpstream here = new ScriptedUpstream();
                ScriptedUpstream there = new ScriptedUpstream();
                Stand stand = Stand.start(
                        folder,
                        CREDITS,
                        "upstreams: ["
                                + here.settings("here", ", models: [\"gpt-*\"]") + ", "
                                + there.settings(
                                        "there", ", models: [other], model_names: { other: \"a-longer-name\" }")
                                + "]\n")) {
            String file = file("x".repeat(200_000));
            for (String form : List.of(form(file + field("model", "other")), form(field("model", "other") + file))) {
                there.behave(ScriptedUpstream.answer(200, TRANSCRIPT));

                assertThat(stand.ask(request(form)).status()).isEqualTo(200);

                assertThat(there.requests().getLast().body()).isEqualTo(form.replace("other", "a-longer-name"));
                assertThat(stand.lastSettled().units()).isEqualTo(59);
            }
            assertThat(here.requests()).isEmpty();
        }
    }

    @Test
    void formsThatAreGatheredShareTheirRoom(@TempDir Path folder) throws Exception {
        try (Stand stand = Stand.start(folder, CREDITS, "limits: { forms_gathered: 1MiB }\n");
                RawConnection first = RawConnection.open(stand.port())) {
            String form = form(file("x".repeat(900_000)) + field("model", "gpt-4o-transcribe"));
            provider(stand, TRANSCRIPT);
            provider(stand, TRANSCRIPT);
            first.send(request(form).substring(0, 800_000));
            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    new BigDecimal(Probe.metric(stand.tollgate, "tollgate_forms_gathered_bytes")))
                            .isGreaterThan(new BigDecimal(700_000)));
            stand.ask(request(form)).assertError(503, "service_unavailable_error", "server_is_overloaded");

            assertThat(first.send(request(form).substring(800_000)).read().status())
                    .isEqualTo(200);
            await().atMost(Stand.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(stand.ask(request(form)).status()).isEqualTo(200));
        }
    }

    @Test
    void aRecordingAsLargeAsTheApiTakesPasses() throws Exception {
        provider(stand, TRANSCRIPT);
        String form = form(file("x".repeat(25 << 20)) + field("model", "gpt-4o-transcribe"));

        assertThat(stand.ask(request(form)).status()).isEqualTo(200);

        assertThat(stand.sandbox.openai().requests().getLast().body()).hasSize(form.length());
        stand.ask(head("Content-Length: " + (65 << 20))).assertError(413, "invalid_request_error", "body_too_large");
    }

    @Test
    void onlyFormsMayBeThatLarge() throws Exception {
        String body = stand.request("POST", "/v1/embeddings", "x".repeat(17 << 20))
                .replace("Content-Length", "Content-Type: multipart/form-data\r\nContent-Length");

        stand.ask(body).assertError(413, "invalid_request_error", "request_too_large");
    }

    @Test
    void aCompressedFormIsPassedOnPlain() throws Exception {
        provider(stand, TRANSCRIPT);
        String form = form(file("x".repeat(200_000)) + field("model", "gpt-4o-transcribe"));

        assertThat(compressed(form).status()).isEqualTo(200);

        assertThat(new String(stand.sandbox.openai().requests().getLast().body(), StandardCharsets.UTF_8))
                .isEqualTo(form);
        assertThat(stand.lastSettled().units()).isEqualTo(59);
        compressed(form(file("x".repeat(65 << 20)))).assertError(413, "invalid_request_error", "request_too_large");
        compressed("no form at all").assertError(400, "invalid_request_error", "malformed_form");
    }

    private RawAnswer compressed(String form) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(form.getBytes(StandardCharsets.UTF_8));
        }
        try (RawConnection connection = RawConnection.open(stand.port())) {
            return connection
                    .send(head("Content-Encoding: gzip\r\nContent-Length: " + bytes.size()))
                    .send(bytes.toByteArray())
                    .read();
        }
    }

    @Test
    void aFormThatIsNoneIsRefused() throws Exception {
        long holds = holds();
        stand.ask(request(form(field("model", "m") + field("Model", "n"))))
                .assertError(400, "invalid_request_error", "malformed_form");
        stand.ask(request("no form at all")).assertError(400, "invalid_request_error", "malformed_form");
        stand.ask(request("--X\r\n")).assertError(400, "invalid_request_error", "malformed_form");
        stand.ask(stand.request("POST", "/v1/audio/transcriptions", "{\"model\":\"m\"}"))
                .assertError(415, "invalid_request_error", "unsupported_content_type");
        stand.ask(request(form(field("model", "m"))).replace("boundary=X", "boundary=X; charset=y"))
                .assertError(415, "invalid_request_error", "unsupported_content_type");
        assertThat(holds()).isEqualTo(holds);
    }

    @Test
    void aConnectionGoesOnAfterARefusedForm() throws Exception {
        try (RawConnection client = RawConnection.open(stand.port())) {
            String bad = field("model", "m") + field("model", "n") + file("x".repeat(300_000));
            assertThat(client.send(request(form(bad))).read().status()).isEqualTo(400);

            provider(stand, TRANSCRIPT);
            String good = form(field("model", "gpt-4o-transcribe") + file("x".repeat(300_000)));
            assertThat(client.send(request(good)).read().status()).isEqualTo(200);
            assertThat(stand.lastSettled().units()).isEqualTo(59);
        }
    }

    @Test
    void aClientThatStopsInTheMiddleIsNotCharged(@TempDir Path folder) throws Exception {
        try (ScriptedProvider provider = new ScriptedProvider("", Integer.MAX_VALUE).read();
                Stand stand = Stand.start(folder, CREDITS, provider.upstreamYaml())) {
            String request = request(form(field("model", "gpt-4o-transcribe") + file("x".repeat(500_000))));
            try (RawConnection client = RawConnection.open(stand.port())) {
                client.send(request.substring(0, 300_000));
                await().atMost(Stand.PATIENCE).until(() -> provider.seen().length() > 200_000);
            }

            stand.assertLastIsReturned();
            await().atMost(Stand.PATIENCE).until(provider::ended);
        }
    }

    @Test
    void aBodyThatGrowsTooLargeIsRefusedAndNotCharged(@TempDir Path folder) throws Exception {
        String limits = "limits: { form: 256KiB }\n";
        try (ScriptedProvider provider = new ScriptedProvider("", Integer.MAX_VALUE).read();
                Stand stand = Stand.start(folder, CREDITS, limits + provider.upstreamYaml())) {
            String form = form(field("model", "gpt-4o-transcribe") + file("x".repeat(400_000)));
            String chunked = head("Transfer-Encoding: chunked") + Integer.toHexString(200_000) + "\r\n"
                    + form.substring(0, 200_000) + "\r\n" + Integer.toHexString(200_000) + "\r\n"
                    + form.substring(200_000, 400_000) + "\r\n";

            stand.ask(chunked).assertError(413, "invalid_request_error", "body_too_large");

            stand.assertLastIsReturned();
        }
    }

    @Test
    void aProviderThatBreaksOffInTheMiddleIsNotPaid(@TempDir Path folder) throws Exception {
        try (ScriptedProvider provider = new ScriptedProvider("HTTP/1.1 2", 100_000).read();
                Stand stand = Stand.start(folder, CREDITS, provider.upstreamYaml());
                RawConnection client = RawConnection.open(stand.port())) {
            String request = request(form(field("model", "gpt-4o-transcribe") + file("x".repeat(500_000))));
            client.send(request.substring(0, 200_000));
            await().atMost(Stand.PATIENCE).until(() -> provider.seen().length() > 100_000);
            provider.cut();

            client.send(request.substring(200_000));

            RawAnswer answer = client.read();
            answer.assertError(503, "service_unavailable_error", "upstream_unreachable");
            assertThat(answer.body()).contains("not been charged");
            stand.assertLastIsReturned();
        }
    }

    @Test
    void aProviderThatRefusesInTheMiddleIsHeardAtOnce(@TempDir Path folder) throws Exception {
        String error = "{\"error\":{\"message\":\"too large\",\"type\":\"invalid_request_error\",\"param\":null,"
                + "\"code\":null}}";
        String answer = "HTTP/1.1 413 No\r\nContent-Type: application/json\r\nContent-Length: " + error.length()
                + "\r\n\r\n" + error;
        try (ScriptedProvider provider = new ScriptedProvider(answer, 100_000).read();
                Stand stand = Stand.start(folder, CREDITS, provider.upstreamYaml());
                RawConnection client = RawConnection.open(stand.port())) {
            String request = request(form(field("model", "gpt-4o-transcribe") + file("x".repeat(500_000))));
            client.send(request.substring(0, 300_000));

            assertThat(client.read().body()).isEqualTo(error);
            stand.assertLastIsReturned();
            client.send(request.substring(300_000));
            assertThat(client.send(stand.request("GET", "/nothing", "")).read().status())
                    .isEqualTo(404);
        }
    }

    @Test
    void aClientIsReadNoFasterThanTheProvider(@TempDir Path folder) throws Exception {
        int bytes = 40_000_000;
        String ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + TRANSCRIPT.length()
                + "\r\n\r\n" + TRANSCRIPT;
        try (ScriptedProvider provider = new ScriptedProvider(ok, bytes);
                Stand stand = Stand.start(folder, CREDITS, provider.upstreamYaml());
                RawConnection client = RawConnection.open(stand.port())) {
            String request = request(form(field("model", "gpt-4o-transcribe") + file("x".repeat(bytes))));
            CompletableFuture<RawConnection> sent = CompletableFuture.supplyAsync(() -> send(client, request));

            await().during(Duration.ofSeconds(1)).atMost(Stand.PATIENCE).until(() -> !sent.isDone());
            provider.read();

            sent.join();
            assertThat(client.read().body()).isEqualTo(TRANSCRIPT);
            assertThat(stand.lastSettled().units()).isEqualTo(59);
        }
    }

    private static RawConnection send(RawConnection client, String request) {
        try {
            return client.send(request);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void provider(Stand stand, String json) {
        stand.sandbox.openai().script(Script.status(200, json, Map.of("content-type", "application/json")));
    }

    private static TranscriptionCreateParams.Builder transcription(String model) {
        return TranscriptionCreateParams.builder().model(model).file(new ByteArrayInputStream(new byte[2000]));
    }

    private static String request(String form) {
        return request("/v1/audio/transcriptions", form);
    }

    private static String request(String path, String form) {
        return head("Content-Length: " + form.getBytes(StandardCharsets.UTF_8).length)
                        .replace("/v1/audio/transcriptions", path)
                + form;
    }

    private static String head(String framing) {
        return "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                + "\r\nContent-Type: multipart/form-data; boundary=X\r\n" + framing + "\r\n\r\n";
    }

    private static String form(String parts) {
        return parts.substring(2) + "\r\n--X--\r\n";
    }

    private static String field(String name, String value) {
        return "\r\n--X\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value;
    }

    private static String file(String content) {
        return file("file", content);
    }

    private static String file(String name, String content) {
        return "\r\n--X\r\nContent-Disposition: form-data; name=\"" + name
                + "\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n" + content;
    }
}
