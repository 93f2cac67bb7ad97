package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every error that a provider can answer with: what is the caller's business passes unchanged, the rest is kept back. */
class UpstreamErrorsTest {
    private static final String SECRETS = String.join(
            "\r\n",
            "X-Request-Id: req_1",
            "OpenAI-Organization: org-secret",
            "Set-Cookie: a=b",
            "x-ratelimit-remaining-tokens: 7",
            "cf-ray: 1",
            "alt-svc: h3",
            "Server: s",
            "Strict-Transport-Security: m",
            "");

    @TempDir
    static Path folder;

    private static ScriptedUpstream provider;
    private static Stand stand;

    @BeforeAll
    static void start() throws Exception {
        provider = new ScriptedUpstream();
        stand = Stand.on(
                Stand.startSandbox(100_000_000),
                folder,
                Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1") + "upstreams: ["
                        + provider.settings("one", "") + "]\n");
    }

    @AfterAll
    static void stop() throws Exception {
        stand.close();
        provider.close();
    }

    /** As a provider writes it: with white space and members of its own. */
    private static String error(String type, String param, String code) {
        return "{\n  \"error\": {\n    \"message\": \"org-secret says \\u00e9\",\n    \"type\": " + type
                + ",\n    \"param\": " + param + ",\n    \"code\": " + code + ",\n \"more\": 1e2 }\n}\n";
    }

    static Stream<Arguments> passedOn() {
        String invalid = "\"invalid_request_error\"";
        return Stream.of(
                Arguments.of(400, error(invalid, "\"messages\"", "\"context_length_exceeded\"")),
                Arguments.of(400, error(invalid, "\"x\"", "\"unknown_parameter\"")),
                Arguments.of(404, error(invalid, "null", "\"model_not_found\"")),
                Arguments.of(408, error("\"timeout\"", "null", "null")),
                Arguments.of(409, error("\"conflict\"", "null", "null")),
                Arguments.of(413, error(invalid, "null", "null")),
                Arguments.of(415, error(invalid, "null", "null")),
                Arguments.of(422, error(invalid, "null", "null")),
                Arguments.of(429, error("\"requests\"", "null", "\"rate_limit_exceeded\"")),
                Arguments.of(429, error("\"tokens\"", "null", "\"rate_limit_exceeded\"")),
                Arguments.of(429, error("\"rate_limit_error\"", "null", "\"slow_down\"")),
                Arguments.of(500, error("\"server_error\"", "null", "null")),
                Arguments.of(503, error("\"service_unavailable_error\"", "null", "\"server_is_overloaded\"")),
                Arguments.of(529, error("\"overloaded\"", "null", "null")),
                Arguments.of(400, "{\"object\":\"error\",\"message\":\"m\",\"code\":40001}"),
                Arguments.of(500, "<html>not JSON</html>"),
                Arguments.of(503, ""));
    }

    @ParameterizedTest
    @MethodSource("passedOn")
    void isPassedOnByteForByte(int status, String body) throws Exception {
        provider.behave(ScriptedUpstream.answer(status, body, SECRETS, "Retry-After: 2\r\nx-should-retry: true\r\n"));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.header("x-request-id")).isEqualTo("req_1");
        assertThat(answer.header("retry-after")).isEqualTo("2");
        assertThat(answer.header("x-should-retry")).isEqualTo("true");
        assertOnlyOwnHeaders(answer);
        stand.assertLastIsReturned();
    }

    static Stream<Arguments> keptBack() {
        return Stream.of(
                Arguments.of(401, error("\"invalid_request_error\"", "null", "\"invalid_api_key\"")),
                Arguments.of(402, error("null", "null", "402")),
                Arguments.of(403, error("null", "null", "\"unsupported_country_region_territory\"")),
                Arguments.of(407, ""),
                Arguments.of(429, error("\"insufficient_quota\"", "null", "\"credit_balance_exhausted\"")),
                Arguments.of(429, error("\"insufficient_quota\"", "null", "\"project_spend_limit_exceeded\"")),
                Arguments.of(429, error("null", "null", "\"organization_spend_limit_exceeded\"")),
                Arguments.of(429, error("null", "null", "\"organization_usage_limit_exceeded\"")),
                Arguments.of(429, error("\"insufficient_quota\"", "null", "\"insufficient_quota\"")),
                Arguments.of(429, error("\"requests\"", "null", "\"billing_not_active\"")));
    }

    @ParameterizedTest
    @MethodSource("keptBack")
    void whatSpeaksOfTheOperatorIsKeptBack(int status, String body) throws Exception {
        provider.behave(ScriptedUpstream.answer(status, body, SECRETS, "Retry-After: 2\r\n"));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        answer.assertError(503, "service_unavailable_error", "upstream_unavailable");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
        assertThat(answer.headers()).doesNotContainKey("retry-after");
        assertThat(answer.header("x-request-id")).isEqualTo(answer.requestId());
        assertThat(answer.headers().toString() + answer.body()).doesNotContain("secret");
        assertOnlyOwnHeaders(answer);
        stand.assertLastIsReturned();
    }

    private static void assertOnlyOwnHeaders(RawAnswer answer) {
        assertThat(answer.headers().keySet())
                .doesNotContain(
                        "openai-organization",
                        "set-cookie",
                        "cf-ray",
                        "alt-svc",
                        "server",
                        "strict-transport-security",
                        "x-ratelimit-remaining-tokens");
    }

    static Stream<Arguments> waits() {
        return Stream.of(
                Arguments.of("Retry-After: 60\r\n", "60", ""),
                Arguments.of("Retry-After: 0.5\r\n", "0.5", ""),
                Arguments.of("Retry-After: 61\r\n", "", "false"),
                Arguments.of("Retry-After: 86400\r\nx-should-retry: true\r\n", "", "false"),
                Arguments.of("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT\r\n", "", "false"),
                Arguments.of("Retry-After: 1\r\nRetry-After-Ms: 99999999\r\n", "", "false"));
    }

    @ParameterizedTest
    @MethodSource("waits")
    void nobodyIsToldToWaitForLong(String headers, String wait, String retry) throws Exception {
        provider.behave(ScriptedUpstream.answer(429, error("\"requests\"", "null", "null"), headers));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        assertThat(answer.header("retry-after")).isEqualTo(wait);
        assertThat(answer.header("x-should-retry")).isEqualTo(retry);
    }

    @Test
    void aStreamThatFailsHalfWayEndsInAnErrorThatSdksRaise() throws Exception {
        String event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
        provider.behave(ScriptedUpstream.raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 5000\r\n\r\n" + event, false));

        RawAnswer answer = stand.ask(stand.streamedChat("Hi", 50));

        assertThat(answer.body())
                .startsWith(event + "data: {\"type\":\"error\",\"code\":\"upstream_broke_off\",")
                .contains("\"error\":{\"message\":\"The model provider broke off")
                .endsWith("data: [DONE]\n\n");
        stand.assertLastIsEstimated();
    }
}
