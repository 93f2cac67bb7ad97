package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.errors.InternalServerException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.tollgate.sandbox.openai.OpenAiStandIn;
import dev.tollgate.sandbox.openai.Script;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a request, its hold and its bill when the provider fails, in every way that it can. */
class ProviderFailureTest {
    private static final String UNAVAILABLE = "service_unavailable_error";
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir
    static Path folder;

    private static Stand stand;
    private static OpenAiStandIn provider;

    @BeforeAll
    static void start() throws Exception {
        stand = Stand.on(
                Stand.startSandbox(1_000_000),
                folder,
                Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1"));
        provider = stand.sandbox.openai();
    }

    @AfterEach
    void behave() {
        provider.comeUp();
        provider.behave();
    }

    @AfterAll
    static void nothingIsLostAndNothingBilledTwice() {
        stand.assertBooksAgree();
        stand.close();
    }

    @Test
    void aProviderThatIsDownFromTheStartIsToldAndCostsNothing(@TempDir Path other) throws Exception {
        try (Stand fresh = Stand.start(other, 1_000)) {
            fresh.sandbox.openai().goDown();

            RawAnswer answer = fresh.ask(fresh.chat("Hi", 50));

            answer.assertError(503, UNAVAILABLE, "upstream_unreachable");
            assertThat(answer.header("retry-after")).isEqualTo("1");
            fresh.assertLastIsReturned();

            fresh.sandbox.openai().comeUp();
            assertThat(fresh.ask(fresh.chat("Hi", 50)).status()).isEqualTo(200);
            fresh.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aProviderThatGoesDownIsToldInASdkToo() throws Exception {
        assertThat(ask("Hi").status()).isEqualTo(200);
        provider.goDown();

        OpenAIClient client = stand.client(Stand.KEY, 0);
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(ChatCompletionCreateParams.builder()
                                .model("gpt-4o-mini")
                                .addUserMessage("Hi")
                                .build()))
                .isInstanceOfSatisfying(InternalServerException.class, error -> {
                    assertThat(error.statusCode()).isEqualTo(503);
                    assertThat(error.code()).contains("upstream_unreachable");
                });
        client.close();
        stand.assertLastIsReturned();
    }

    @Test
    void freeRequestsFailInTheSameWords() throws Exception {
        provider.goDown();

        stand.ask(stand.request("GET", "/v1/models", "")).assertError(503, UNAVAILABLE, "upstream_unreachable");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aResetBeforeTheAnswerIsChargedAsAnEstimateAndSaysSo(boolean streamed) throws Exception {
        provider.script(Script.resetBeforeHead());

        RawAnswer answer = streamed ? stream("Hi") : ask("Hi");

        answer.assertError(502, UNAVAILABLE, "upstream_lost");
        assertThat(answer.body()).contains("estimate");
        stand.assertLastIsEstimated();
    }

    @Test
    void aProviderThatDoesNotAnswerInTimeIsGivenUp(@TempDir Path other) throws Exception {
        try (Stand impatient = impatient(other, "head_timeout: 150ms")) {
            impatient.sandbox.openai().script(Script.stallBeforeHead(LONG));

            impatient.ask(impatient.chat("Hi", 50)).assertError(504, UNAVAILABLE, "upstream_timeout");
            impatient.assertLastIsEstimated();
            await().atMost(Stand.PATIENCE)
                    .until(() -> impatient.sandbox.openai().openRequests() == 0);
            impatient.assertBooksAgree();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aStreamThatBreaksOffDoesNotLookCompleteAndIsEstimated(boolean reset) throws Exception {
        provider.script(Script.cutAfterEvents(6, reset).and(Script.slow(Duration.ofMillis(20))));

        RawAnswer answer = stream("Hi tokens=30");

        assertThat(answer.status()).isEqualTo(200);
        assertBrokenOff(answer);
        stand.assertLastIsEstimated();
        assertThat(stand.lastSettled().units())
                .isGreaterThanOrEqualTo(provider.generations().getLast().totalTokens());
    }

    @ParameterizedTest
    @ValueSource(ints = {900, 1200, 1500})
    void aStreamThatBreaksOffInsideAnEventDoesNotLookComplete(int bytes) throws Exception {
        provider.script(Script.cutAfterBytes(bytes, false));

        assertBrokenOff(stream("Hi tokens=30"));
        stand.assertLastIsEstimated();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aJsonAnswerThatBreaksOffIsCutOffForTheClientToo(boolean reset) throws Exception {
        provider.script(Script.cutAfterBytes(1_500, reset).and(Script.splitEvery(100)));

        RawAnswer answer = ask("Hi tokens=400");

        assertThat(answer.complete()).isFalse();
        stand.assertLastIsEstimated();
    }

    @Test
    void aStreamThatFallsSilentIsGivenUp(@TempDir Path other) throws Exception {
        try (Stand impatient = impatient(other, "read_silence: 150ms")) {
            impatient.sandbox.openai().script(Script.stallAfterBytes(2_000, LONG));

            assertBrokenOff(impatient.ask(impatient.streamedChat("Hi tokens=50", 60)));
            impatient.assertLastIsEstimated();
            impatient.assertBooksAgree();
        }
    }

    @Test
    void aJsonAnswerThatFallsSilentIsCutOff(@TempDir Path other) throws Exception {
        try (Stand impatient = impatient(other, "read_silence: 150ms")) {
            impatient.sandbox.openai().script(Script.stallAfterBytes(1_500, LONG));

            assertThat(impatient.ask(impatient.chat("Hi tokens=400", 500)).complete())
                    .isFalse();
            impatient.assertLastIsEstimated();
            impatient.assertBooksAgree();
        }
    }

    static Stream<Arguments> faultsOfTheOperator() {
        return Stream.of(
                Arguments.of("wrong key", Script.invalidKey()),
                Arguments.of(
                        "no access", Script.error(403, "invalid_request_error", "no_access", "Project proj_secret")),
                Arguments.of("empty account", Script.insufficientQuota()),
                Arguments.of(
                        "spend limit",
                        Script.error(429, "insufficient_quota", "project_spend_limit_exceeded", "org-secret")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faultsOfTheOperator")
    void theOperatorsTroubleIsNotShownToTheCustomer(String name, Script script) throws Exception {
        provider.script(script);

        RawAnswer answer = ask("Hi");

        answer.assertError(503, UNAVAILABLE, "upstream_unavailable");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.body()).doesNotContain("API key", "quota", "proj_secret", "org-secret", "insufficient");
        stand.assertLastIsReturned();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 409, 413, 422, 429, 500, 502, 503, 529})
    void anErrorOfTheProviderPassesByteForByteAndCostsNothing(int status) throws Exception {
        String body = "{ \"error\" : {\"message\":\"Grüße, as written\",\n \"type\":\"requests\", \"code\":\"x\"} }\n";
        provider.script(Script.status(status, body, Map.of("retry-after", "7", "x-should-retry", "true")));

        RawAnswer answer = ask("Hi");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.header("retry-after")).isEqualTo("7");
        assertThat(answer.header("x-should-retry")).isEqualTo("true");
        stand.assertLastIsReturned();
    }

    @Test
    void anErrorWithoutEndIsCutToWhatAnErrorCanBe() throws Exception {
        String body = "{\"error\":{\"message\":\"" + "x".repeat(400_000) + "\"}}";
        provider.script(Script.status(500, body, Map.of()));
        try (RawConnection connection = RawConnection.open(stand.port())) {
            RawAnswer answer = connection.send(stand.chat("Hi", 50)).read();

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.complete()).isTrue();
            assertThat(body).startsWith(answer.body());
            assertThat(connection.send(stand.chat("Hi", 50)).read().status()).isEqualTo(200);
        }
    }

    @Test
    void anErrorThatBreaksOffPassesAsFarAsItCameAndCostsNothing() throws Exception {
        String body = "{\"error\":{\"message\":\"" + "x".repeat(2_000) + "\"}}";
        provider.script(Script.status(500, body, Map.of()).and(Script.cutAfterBytes(1_500, false)));

        RawAnswer answer = ask("Hi");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.complete()).isTrue();
        assertThat(body).startsWith(answer.body());
        stand.assertLastIsReturned();
    }

    @Test
    void theOperatorsTroubleIsNotShownEitherWhenItBreaksOff() throws Exception {
        provider.script(Script.error(401, "invalid_request_error", "invalid_api_key", "API key ".repeat(300))
                .and(Script.cutAfterBytes(1_500, false)));

        ask("Hi").assertError(503, UNAVAILABLE, "upstream_unavailable");
        stand.assertLastIsReturned();
    }

    @Test
    void anErrorEventBeforeAnyTextCostsNothing() throws Exception {
        provider.script(Script.errorEventAfterChunks(0));

        RawAnswer answer = stream("Hi");

        assertThat(answer.body()).contains("\"type\":\"server_error\"");
        stand.assertLastIsReturned();
    }

    @Test
    void anErrorEventAfterSomeTextIsEstimated() throws Exception {
        provider.script(Script.errorEventAfterChunks(8));

        RawAnswer answer = stream("Hi tokens=30");

        assertThat(answer.body()).contains("\"type\":\"server_error\"");
        stand.assertLastIsEstimated();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatDoesNotTellItsUsageIsEstimated(boolean streamed) throws Exception {
        provider.script(Script.withoutUsage());

        RawAnswer answer = streamed ? stream("Hi tokens=20") : ask("Hi tokens=20");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.complete()).isTrue();
        stand.assertLastIsEstimated();
        assertThat(stand.lastSettled().units())
                .isGreaterThanOrEqualTo(provider.generations().getLast().totalTokens());
    }

    @Test
    void aStreamWithoutItsDoneIsBilledAsItSays() throws Exception {
        provider.script(Script.noDone());

        RawAnswer answer = stream("Hi tokens=20");

        assertThat(answer.complete()).isTrue();
        assertThat(answer.body()).doesNotContain("[DONE]", "\"usage\":{");
        stand.assertLastIsBilledExactly();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerInPiecesOfOneByteIsBilledExactly(boolean streamed) throws Exception {
        provider.script(Script.splitEvery(1));

        RawAnswer answer = streamed ? stream("Hi tokens=6") : ask("Hi tokens=6");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).endsWith(streamed ? "data: [DONE]\n\n" : "}");
        stand.assertLastIsBilledExactly();
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai", "azure", "deepseek", "groq", "openrouter", "spacing", "vllm-cumulative"})
    void recordedStreamsPassUnchangedForWhoAskedForUsage(String name) throws Exception {
        String stream = resource(name + ".sse");
        provider.script(recorded(stream).and(Script.splitEvery(7)));

        RawAnswer answer = stand.ask(stand.request(
                "POST",
                "/v1/chat/completions",
                Stand.chatBody("Hi", 5000)
                        .replaceFirst("\\{", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},")));

        assertThat(answer.body()).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai", "azure", "groq", "openrouter", "spacing"})
    void recordedStreamsLoseNothingButTheUsageThatNobodyAskedFor(String name) throws Exception {
        provider.script(recorded(resource(name + ".sse")).and(Script.splitEvery(1)));

        assertThat(stand.ask(stand.streamedChat("Hi", 5000)).body()).isEqualTo(resource(name + ".edited.sse"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.6\r\n",
                "HTTP/1.1 abc OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
                "\u0000\u0001\u0002\u0003"
            })
    void garbageInsteadOfAnAnswerIsEstimated(String garbage) throws Exception {
        provider.script(Script.raw(garbage.getBytes(StandardCharsets.ISO_8859_1)));

        ask("Hi").assertError(502, UNAVAILABLE, "upstream_lost");
        stand.assertLastIsEstimated();
    }

    @Test
    void aBrokenChunkInsideAStreamIsNotPassedOn() throws Exception {
        provider.script(lines("""
                HTTP/1.1 200 OK
                content-type: text/event-stream
                transfer-encoding: chunked

                8
                data: {}
                zz
                """));

        assertBrokenOff(stream("Hi"));
        stand.assertLastIsEstimated();
    }

    @Test
    void interimAnswersAreLeftOut() throws Exception {
        provider.script(lines(
                """
                HTTP/1.1 100 Continue

                HTTP/1.1 103 Early Hints
                link: <x>

                HTTP/1.1 200 OK
                content-type: application/json
                content-length: %d

                %s""".formatted(68, "{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}")));

        RawAnswer answer = ask("Hi");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).doesNotContainKey("link");
        assertThat(stand.lastSettled().units()).isEqualTo(3);
    }

    @Test
    void oneRequestMoreThanThereAreConnectionsIsRefusedForNow(@TempDir Path other) throws Exception {
        try (Stand narrow = impatient(other, "connections_per_loop: 1");
                RawConnection first = RawConnection.open(narrow.port())) {
            first.send(narrow.streamedChat("Hi tokens=20 delay=100", 50)).readUntil("data: ");

            RawAnswer answer = narrow.ask(narrow.chat("Hi", 50));

            answer.assertError(503, UNAVAILABLE, "server_is_overloaded");
            assertThat(answer.header("retry-after")).isEqualTo("1");
            narrow.assertLastIsReturned();
            first.readUntil("data: [DONE]\n\n");
            narrow.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void oneConnectionCarriesManyCallsOneAfterTheOther() throws Exception {
        assertThat(ask("Hi").status()).isEqualTo(200);
        long before = provider.connectionsAccepted();

        for (int i = 0; i < 25; i++) {
            assertThat((i % 2 == 0 ? ask("Hi") : stream("Hi")).status()).isEqualTo(200);
        }

        assertThat(provider.connectionsAccepted()).isEqualTo(before);
    }

    @Test
    void aConnectionThatTheProviderClosesAfterAnAnswerIsNotUsedAgain() throws Exception {
        for (int i = 0; i < 5; i++) {
            provider.script(Script.status(404, "{}", Map.of("connection", "close")));
            assertThat(ask("Hi").status()).isEqualTo(404);
            assertThat(ask("Hi").status()).isEqualTo(200);
        }
    }

    @Test
    void idleConnectionsThatTheProviderClosedAreNotUsedAgain() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(ask("Hi").status()).isEqualTo(200);
            provider.goDown();
            provider.comeUp();
            await().atMost(Stand.PATIENCE).until(() -> provider.openConnections() == 0);
            assertThat(ask("Hi").status()).isEqualTo(200);
        }
    }

    private static void assertBrokenOff(RawAnswer answer) {
        assertThat(answer.body()).doesNotContain("\"finish_reason\":\"stop\"");
        if (answer.complete()) {
            assertThat(answer.body())
                    .contains("\"code\":\"upstream_broke_off\"")
                    .endsWith("\n\ndata: [DONE]\n\n");
        }
    }

    /** A raw answer, with line ends as HTTP wants them. */
    private static Script lines(String answer) {
        return Script.raw(answer.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static Script recorded(String stream) {
        return Script.raw(
                ("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\n"
                                + stream)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static String resource(String name) throws IOException {
        try (var in = ProviderFailureTest.class.getResourceAsStream("/streams/" + name)) {
            return new String(java.util.Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static RawAnswer ask(String prompt) throws IOException {
        return stand.ask(stand.chat(prompt, 500));
    }

    private static RawAnswer stream(String prompt) throws IOException {
        return stand.ask(stand.streamedChat(prompt, 500));
    }

    /** A stand with one event loop whose upstream has this setting. */
    private static Stand impatient(Path folder, String upstreamSetting) throws Exception {
        var sandbox = Stand.startSandbox(1_000_000);
        return Stand.on(
                sandbox,
                folder,
                Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1")
                        + "upstreams: [{ name: openai, base_url: \"" + sandbox.openaiBaseUrl()
                        + "\", api_key: \"${OPENAI_API_KEY}\", " + upstreamSetting + " }]\n");
    }
}
