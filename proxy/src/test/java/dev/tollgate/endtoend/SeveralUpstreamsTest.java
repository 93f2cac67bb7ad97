package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.AccountView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which provider a request goes to, how it looks there, and when another one is asked instead. */
class SeveralUpstreamsTest {
    private static final String BUSY = "{\"error\":{\"message\":\"busy\",\"type\":\"t\",\"param\":null,\"code\":null}}";

    @TempDir
    Path folder;

    private ScriptedUpstream first;
    private ScriptedUpstream second;

    @BeforeEach
    void open() throws IOException {
        first = new ScriptedUpstream();
        second = new ScriptedUpstream();
    }

    @AfterEach
    void close() throws IOException {
        first.close();
        second.close();
    }

    private Stand stand(String... upstreams) throws Exception {
        String yaml = Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1");
        return Stand.on(
                Stand.startSandbox(100_000_000),
                folder,
                yaml + "upstreams:\n  - " + String.join("\n  - ", upstreams) + "\n");
    }

    private Stand two() throws Exception {
        return stand(first.settings("one", ""), second.settings("two", ", priority: 1"));
    }

    private static String ask(String model) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}], \"max_tokens\" : 50,\"model\":\"" + model
                + "\"}";
    }

    private static RawAnswer post(Stand stand, String body) throws IOException {
        return stand.ask(stand.request("POST", "/v1/chat/completions", body));
    }

    @Test
    void theModelDecidesAndTheClosestNameWins() throws Exception {
        try (Stand stand =
                stand(first.settings("one", ""), second.settings("two", ", models: [\"llama-*\", special]"))) {
            assertThat(post(stand, ask("llama-3")).status()).isEqualTo(200);
            assertThat(post(stand, ask("special")).status()).isEqualTo(200);
            assertThat(first.requests()).isEmpty();
            assertThat(second.requests()).hasSize(2);

            assertThat(post(stand, ask("specials")).status()).isEqualTo(200);
            assertThat(first.requests()).hasSize(1);
            assertThat(first.requests().getFirst().headers()).containsEntry("authorization", "Bearer sk-one");
            assertThat(second.requests().getFirst().headers()).containsEntry("authorization", "Bearer sk-two");
            stand.assertBooksAgree();
        }
    }

    @Test
    void aModelThatNobodyServesIsNotFoundAndHoldsNothing() throws Exception {
        try (Stand stand = stand(first.settings("one", ", models: [gpt-4o]"))) {
            RawAnswer answer = post(stand, ask("gpt-5"));

            answer.assertError(404, "invalid_request_error", "model_not_found");
            assertThat(answer.json().path("error").path("param").asText()).isEqualTo("model");
            assertThat(stand.facts).noneMatch(fact -> fact instanceof dev.tollgate.journal.Fact.Reserved);
            assertThat(first.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 402, 403, 429, 503})
    void aRefusalGoesToTheNextProviderAndIsBilledOnce(int status) throws Exception {
        first.behave(ScriptedUpstream.answer(status, BUSY));
        try (Stand stand = two()) {
            RawAnswer answer = post(stand, ask("gpt-4o"));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(ScriptedUpstream.COMPLETION);
            assertThat(stand.lastSettled().units()).isEqualTo(11);
            assertThat(stand.lastSettled().estimated()).isFalse();
            assertThat(second.requests().getFirst().body()).isEqualTo(ask("gpt-4o"));
            stand.assertBooksAgree();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 422, 500, 502, 504})
    void whatSpeaksOfTheRequestOrMayHaveCostSomethingIsPassedOn(int status) throws Exception {
        first.behave(ScriptedUpstream.answer(status, BUSY));
        try (Stand stand = two()) {
            RawAnswer answer = post(stand, ask("gpt-4o"));

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.body()).isEqualTo(BUSY);
            assertThat(second.requests()).isEmpty();
        }
    }

    @Test
    void theLastProvidersRefusalIsPassedOnAsItIs() throws Exception {
        first.behave(ScriptedUpstream.answer(503, "{}"));
        second.behave(ScriptedUpstream.answer(429, BUSY, "Retry-After: 2\r\n"));
        try (Stand stand = two()) {
            RawAnswer answer = post(stand, ask("gpt-4o"));

            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.body()).isEqualTo(BUSY);
            assertThat(answer.header("retry-after")).isEqualTo("2");
            stand.assertLastIsReturned();
        }
    }

    @Test
    void aRefusedConnectionGoesToTheNextProvider() throws Exception {
        first.goDown();
        try (Stand stand = two()) {
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);
            assertThat(second.requests()).hasSize(1);
            stand.assertBooksAgree();
        }
    }

    @Test
    void aServerThatDoesNotSpeakTlsGoesToTheNextProvider() throws Exception {
        first.behave(ScriptedUpstream.raw("nonsense\r\n\r\n", false));
        try (Stand stand =
                stand(first.settings("one", "").replace("http:", "https:"), second.settings("two", ", priority: 1"))) {
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);
            assertThat(second.requests()).hasSize(1);
        }
    }

    static Stream<Arguments> endsThatMayHaveCostSomething() {
        return Stream.of(
                Arguments.of("reset", ScriptedUpstream.reset(), 502, "upstream_lost"),
                Arguments.of("closed", ScriptedUpstream.raw("", false), 502, "upstream_lost"),
                Arguments.of(
                        "half a head", ScriptedUpstream.raw("HTTP/1.1 200 OK\r\nConte", false), 502, "upstream_lost"),
                Arguments.of("not HTTP", ScriptedUpstream.raw("hello there\r\n\r\n", true), 502, "upstream_lost"),
                Arguments.of("silence", ScriptedUpstream.stall(), 504, "upstream_timeout"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endsThatMayHaveCostSomething")
    void whatWasSentWholeIsNeverSentAgain(String name, ScriptedUpstream.Behaviour end, int status, String code)
            throws Exception {
        first.behave(end);
        try (Stand stand =
                stand(first.settings("one", ", head_timeout: 150ms"), second.settings("two", ", priority: 1"))) {
            post(stand, ask("gpt-4o")).assertError(status, "service_unavailable_error", code);

            assertThat(second.requests()).isEmpty();
            assertThat(first.requests()).hasSize(1);
            stand.assertLastIsEstimated();
            stand.assertBooksAgree();
        }
    }

    @Test
    void aKeptConnectionThatTheProviderClosedIsNotUsedAgain() throws Exception {
        first.behave(ScriptedUpstream.answerAndClose(ScriptedUpstream.COMPLETION));
        try (Stand stand = stand(first.settings("one", ""))) {
            for (int i = 0; i < 50; i++) {
                assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);
            }
            assertThat(stand.settled()).hasSize(50).noneMatch(settled -> settled.estimated());
        }
    }

    /** More than the system takes on a connection that nobody reads. */
    private static String large() {
        return ask("gpt-4o").replace("Hi", "x".repeat(15_000_000));
    }

    @Test
    void aKeptConnectionThatBreaksWhileTheRequestGoesOutIsReplacedByANewOne() throws Exception {
        first.breakBodies((connection, request) -> connection == 1 && request == 2);
        try (Stand stand = stand(first.settings("one", ""))) {
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);

            assertThat(post(stand, large()).status()).isEqualTo(200);

            assertThat(first.connections()).isEqualTo(2);
            assertThat(first.requests()).hasSize(2);
            assertThat(first.requests().getLast().body()).isEqualTo(large());
            assertThat(stand.settled()).hasSize(2).noneMatch(settled -> settled.estimated());
        }
    }

    @Test
    void aConnectionThatBreaksWhileTheRequestGoesOutLeadsToTheNextProvider() throws Exception {
        first.breakBodies((connection, request) -> true);
        try (Stand stand = two()) {
            assertThat(post(stand, large()).status()).isEqualTo(200);

            assertThat(first.connections()).isEqualTo(1);
            assertThat(second.requests()).hasSize(1);
            assertThat(stand.lastSettled().units()).isEqualTo(11);

            second.goDown();
            post(stand, large()).assertError(503, "service_unavailable_error", "upstream_unreachable");
            stand.assertLastIsReturned();
        }
    }

    @Test
    void aProviderThatKeepsFailingIsAskedLastAndTriedAgainByOneRequest() throws Exception {
        first.behave(ScriptedUpstream.answer(503, BUSY));
        try (Stand stand = stand(
                first.settings("one", ", circuit_failures: 3, circuit_open: 1h"),
                second.settings("two", ", priority: 1"))) {
            for (int i = 0; i < 10; i++) {
                assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);
            }
            assertThat(first.requests()).hasSize(3);
            assertThat(second.requests()).hasSize(10);
            assertThat(circuit(stand, "one")).endsWith(" 1.0");
            assertThat(circuit(stand, "two")).endsWith(" 0.0");
        }
    }

    @Test
    void theOnlyProviderIsAskedHoweverOftenItFails() throws Exception {
        first.behave(ScriptedUpstream.answer(503, BUSY));
        try (Stand stand = stand(first.settings("one", ", circuit_failures: 1, circuit_open: 1h"))) {
            for (int i = 0; i < 3; i++) {
                assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(503);
            }
            first.behave(ScriptedUpstream.answer(200, ScriptedUpstream.COMPLETION));
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);
            assertThat(circuit(stand, "one")).endsWith(" 0.0");
        }
    }

    private static String circuit(Stand stand, String name) {
        return Probe.admin(stand.tollgate, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("tollgate_upstream_circuit_open{upstream=\"" + name + "\""))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void azuresClassicPathsCarryTheDeploymentAndTheVersion() throws Exception {
        String azure = first.settings(
                        "azure",
                        ", kind: azure, api_version: \"2024-10-21\", model_names: { gpt-4o: my 4o }, headers: { X-Team: a b }")
                .replace("/v1", "")
                .replace("my 4o", "my-4o");
        try (Stand stand = stand(azure)) {
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);

            ScriptedUpstream.Request request = first.requests().getFirst();
            assertThat(request.line())
                    .isEqualTo("POST /openai/deployments/my-4o/chat/completions?api-version=2024-10-21 HTTP/1.1");
            assertThat(request.headers())
                    .containsEntry("api-key", "sk-azure")
                    .containsEntry("x-team", "a b")
                    .doesNotContainKey("authorization");
            assertThat(request.body()).isEqualTo(ask("my-4o"));
        }
    }

    @Test
    void azuresNewerPathsAreLikeOpenAisWithTheQueryOfTheBaseUrlBehind() throws Exception {
        String azure = first.settings("azure", ", kind: azure").replace("/v1", "/openai/v1?api-version=preview");
        try (Stand stand = stand(azure)) {
            assertThat(post(stand, ask("gpt-4o")).status()).isEqualTo(200);

            assertThat(first.requests().getFirst().line())
                    .isEqualTo("POST /openai/v1/chat/completions?api-version=preview HTTP/1.1");
        }
    }

    @Test
    void aServerThatObeysOnlyMaxTokensIsSentEveryCapThere() throws Exception {
        try (Stand stand = stand(first.settings("one", ", kind: compatible"))) {
            String uncapped = ask("m").replace(" \"max_tokens\" : 50,", "");
            String body = "{\"max_completion_tokens\":40," + uncapped.substring(1);

            assertThat(post(stand, body).status()).isEqualTo(200);
            assertThat(first.requests().getLast().body()).isEqualTo("{\"max_tokens\":40," + body.substring(1));

            assertThat(post(stand, uncapped).status()).isEqualTo(200);
            assertThat(first.requests().getLast().body()).startsWith("{\"max_tokens\":");
        }
    }

    @Test
    void aServerThatRefusesStreamOptionsIsNotSentAnyAndItsUsageReachesTheCaller() throws Exception {
        String stream =
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7}}"
                        + "\n\ndata: [DONE]\n\n";
        first.behave(ScriptedUpstream.raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + stream.length() + "\r\n\r\n"
                        + stream,
                true));
        String body = "{\"stream\":true," + ask("m").substring(1);
        try (Stand stand = stand(first.settings("one", ", usage_injection: false"))) {
            RawAnswer answer = post(stand, body);

            assertThat(answer.body()).isEqualTo(stream);
            assertThat(first.requests().getFirst().body()).isEqualTo(body);
            assertThat(stand.lastSettled().units()).isEqualTo(7);
        }
    }

    @Test
    void theHoldCoversTheLargestChatTemplateOfTheModelsProviders() throws Exception {
        long small;
        try (Stand stand = stand(first.settings("one", ", framing_tokens: 0"))) {
            post(stand, ask("m"));
            small = stand.lastReserved().heldUnits();
        }
        try (Stand stand = stand(
                first.settings("one", ", framing_tokens: 0"),
                second.settings("two", ", framing_tokens: 700, priority: 5"))) {
            post(stand, ask("m"));
            assertThat(stand.lastReserved().heldUnits()).isEqualTo(small + 700);
            AccountView account = stand.account();
            assertThat(account.heldUnits()).isZero();
        }
    }
}
