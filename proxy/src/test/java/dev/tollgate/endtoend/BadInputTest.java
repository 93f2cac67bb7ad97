package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients get to read when they send what cannot be served, over real sockets. None of it costs anything. */
class BadInputTest {
    private static final String INVALID = "invalid_request_error";
    private static final String REVOKED = "tg_revoked_key_of_the_end_to_end_tests";
    private static final int BODY_BYTES_MAX = 4096;

    @TempDir
    static Path folder;

    private static Stand stand;

    @BeforeAll
    static void start() throws Exception {
        String revoked =
                "  - { id: gone, key: \"" + REVOKED + "\", customer: " + Stand.CUSTOMER + ", disabled: true }\n";
        stand = Stand.start(folder, 1_000_000, revoked + "limits: { body: 4KiB, json_depth: 16 }\n");
    }

    @AfterAll
    static void onlyWhatWasServedWasBilled() {
        stand.assertEverythingGeneratedIsBilled();
        stand.close();
    }

    @Test
    void withoutAKeyOneIsToldHowToSendIt() throws Exception {
        RawAnswer answer =
                stand.ask("POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nContent-Length: 2\r\n\r\n{}");

        answer.assertError(401, INVALID, null);
        assertThat(answer.body()).contains("Authorization: Bearer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Basic dXNlcjpwYXNz",
                "Bearer",
                "bearer ",
                "Bearer sk-somebody-elses-key",
                "Token " + Stand.KEY,
                Stand.KEY,
                "Bearer " + Stand.KEY + "x",
                "Bearer " + Stand.KEY + " " + Stand.KEY
            })
    void anythingButAKnownKeyIsRefusedAndNotRepeated(String authorization) throws Exception {
        RawAnswer answer = stand.ask(authorised(authorization));

        answer.assertError(401, INVALID, "invalid_api_key");
        assertThat(answer.body()).doesNotContain("sk-somebody", Stand.KEY, "dXNlcjpwYXNz");
    }

    @Test
    void aRevokedKeyIsRefusedAsRevoked() throws Exception {
        RawAnswer answer = stand.ask(authorised("Bearer " + REVOKED));

        answer.assertError(401, INVALID, "invalid_api_key");
        assertThat(answer.body()).contains("revoked").doesNotContain(REVOKED);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v1/embeddings, POST",
        "DELETE, /chat/completions, POST",
        "POST,   /v1/models,           GET",
        "DELETE, /models,              GET",
        "GET,    /webhooks/dodo,       POST"
    })
    void aWrongMethodIsToldTheRightOne(String method, String path, String allowed) throws Exception {
        RawAnswer answer = stand.ask(stand.request(method, path, ""));

        answer.assertError(405, INVALID, "method_not_supported");
        assertThat(answer.header("allow")).isEqualTo(allowed);
    }

    @Test
    void anAnswerToHeadHasNoBodyAndTheConnectionGoesOn() throws Exception {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            RawAnswer answer =
                    connection.send(stand.request("HEAD", "/v1/models", "")).readWithoutBody();

            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("allow")).isEqualTo("GET");
            assertThat(connection
                            .send(stand.request("GET", "/models", ""))
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1",
                "/v1/",
                "/v1/chat",
                "/v1/chat/completions/",
                "/v1/v1/chat/completions",
                "/V1/chat/completions",
                "/v2/chat/completions",
                "/v1/embeddings/",
                "/v1/rerank",
                "/v1/webhooks/dodo",
                "/healthz",
                "/metrics"
            })
    void anUnknownPathIsRefused(String path) throws Exception {
        stand.ask(stand.request("POST", path, "{}")).assertError(404, INVALID, null);
        stand.ask(stand.request("GET", path, "")).assertError(404, INVALID, null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/chat/completions", "/v1/chat/completions?trace=1"})
    void everyRouteIsServedWithAndWithoutItsVersion(String path) throws Exception {
        RawAnswer answer = stand.ask(stand.request("POST", path, Stand.chatBody("Hi tokens=2", 10)));

        assertThat(answer.status()).isEqualTo(200);
    }

    static Stream<Arguments> badBodies() {
        String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
        String model = "\"model\":\"gpt-4o-mini\"";
        return Stream.of(
                Arguments.of("", "not valid JSON"),
                Arguments.of("   ", "not valid JSON"),
                Arguments.of("Hello", "not valid JSON"),
                Arguments.of("{\"model\":", "not valid JSON"),
                Arguments.of("[]", "must be an object"),
                Arguments.of("\"text\"", "must be an object"),
                Arguments.of("null", "must be an object"),
                Arguments.of("{" + model + "," + messages + "} {}", "follows the object"),
                Arguments.of("{}", "model parameter"),
                Arguments.of("{" + messages + "}", "model parameter"),
                Arguments.of("{\"model\":7," + messages + "}", "'model'"),
                Arguments.of("{" + model + "}", "'messages'"),
                Arguments.of("{" + model + "," + model + "," + messages + "}", "more than once"),
                Arguments.of("{" + model + ",\"Model\":\"gpt-5\"," + messages + "}", "lower case"),
                Arguments.of("{" + model + ",\"max_tokens\":5,\"max_tokens\":5000," + messages + "}", "more than once"),
                Arguments.of("{" + model + ",\"n\":1,\"\\u006e\":9," + messages + "}", "more than once"),
                Arguments.of("{" + model + ",\"stream\":true,\"stream\":false," + messages + "}", "more than once"),
                Arguments.of("{" + model + ",\"max_tokens\":5,\"max_completion_tokens\":6," + messages + "}", "differ"),
                Arguments.of("{" + model + ",\"max_tokens\":-1," + messages + "}", "whole number"),
                Arguments.of("{" + model + ",\"max_tokens\":1.5," + messages + "}", "whole number"),
                Arguments.of("{" + model + ",\"max_tokens\":99999999999999999999," + messages + "}", "whole number"),
                Arguments.of("{" + model + ",\"n\":0," + messages + "}", "'n'"),
                Arguments.of("{" + model + ",\"n\":129," + messages + "}", "'n'"),
                Arguments.of("{" + model + ",\"stream\":\"yes\"," + messages + "}", "'stream'"),
                Arguments.of("{" + model + ",\"stream_options\":7," + messages + "}", "'stream_options'"),
                Arguments.of(
                        "{" + model + "," + messages + ",\"x\":" + "[".repeat(20) + "]".repeat(20) + "}", "16 levels"));
    }

    @ParameterizedTest
    @MethodSource("badBodies")
    void aBodyThatCannotBeReadForSureIsRefused(String body, String says) throws Exception {
        RawAnswer answer = stand.ask(stand.request("POST", "/v1/chat/completions", body));

        answer.assertError(400, INVALID, null);
        assertThat(answer.body()).contains(says);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compress", "br, gzip", "identity, gzip", "snappy"})
    void aBodyInAnUnknownCodingIsRefused(String coding) throws Exception {
        stand.ask(head(Stand.KEY, "Content-Encoding: " + coding + "\r\nContent-Length: 2\r\n") + "{}")
                .assertError(415, INVALID, "unsupported_content_encoding");
    }

    @Test
    void aBodyThatIsAnnouncedTooLargeIsRefusedBeforeItComes() throws Exception {
        stand.ask(head(Stand.KEY, "Content-Length: " + (BODY_BYTES_MAX + 1) + "\r\n"))
                .assertError(413, INVALID, "body_too_large");
    }

    @Test
    void aBodyThatTurnsOutTooLargeIsRefused() throws Exception {
        String chunk = "800\r\n" + " ".repeat(0x800) + "\r\n";

        stand.ask(head(Stand.KEY, "Transfer-Encoding: chunked\r\n") + chunk + chunk + chunk + "0\r\n\r\n")
                .assertError(413, INVALID, "body_too_large");
    }

    @Test
    void aBodyOfExactlyTheLimitIsServedAlsoInChunks() throws Exception {
        String body = Stand.chatBody("Hi tokens=2", 10);
        String padded = body + " ".repeat(BODY_BYTES_MAX - body.length());

        assertThat(stand.ask(stand.request("POST", "/v1/chat/completions", padded))
                        .status())
                .isEqualTo(200);
        assertThat(stand.ask(head(Stand.KEY, "Transfer-Encoding: chunked\r\n") + "1000\r\n" + padded + "\r\n0\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    static Stream<Arguments> ambiguous() {
        String chat = "POST /v1/chat/completions HTTP/1.1\r\n";
        String host = "Host: tollgate\r\n";
        String key = "Authorization: Bearer " + Stand.KEY + "\r\n";
        String length = "Content-Length: 2\r\n";
        String end = "\r\n{}";
        return Stream.of(
                Arguments.of(
                        chat + host + key + length + "Transfer-Encoding: chunked\r\n" + end, 400, "ambiguous_framing"),
                Arguments.of(chat + host + key + length + length + end, 400, "ambiguous_framing"),
                Arguments.of(chat + host + key + "Content-Length: +2\r\n" + end, 400, "ambiguous_framing"),
                Arguments.of(
                        chat + host + key + "Transfer-Encoding: gzip, chunked\r\n" + end,
                        501,
                        "unsupported_transfer_coding"),
                Arguments.of(chat + host + key + "Content-Length: 2\n" + end, 400, "malformed_request"),
                Arguments.of(chat + host + key + "X-Folded: a\r\n b\r\n" + length + end, 400, "malformed_request"),
                Arguments.of(chat + host + key + "X-Space : a\r\n" + length + end, 400, "malformed_request"),
                Arguments.of(chat + key + length + end, 400, "invalid_host"),
                Arguments.of(chat + host + key + key + length + end, 400, "ambiguous_header"),
                Arguments.of(
                        chat + host + key + "Authorization: Bearer other\r\n" + length + end, 400, "ambiguous_header"),
                Arguments.of("GET http://tollgate/v1/models HTTP/1.1\r\n" + host + key + "\r\n", 400, "invalid_target"),
                Arguments.of("GET /v1/%6dodels HTTP/1.1\r\n" + host + key + "\r\n", 400, "invalid_target"),
                Arguments.of("GET /v1/../models HTTP/1.1\r\n" + host + key + "\r\n", 400, "invalid_target"),
                Arguments.of("GET //models HTTP/1.1\r\n" + host + key + "\r\n", 400, "invalid_target"),
                Arguments.of("GET /v1/models HTTP/1.0\r\n" + host + key + "\r\n", 505, "unsupported_http_version"),
                Arguments.of(
                        "GET /v1/models HTTP/1.1\r\n" + host + key + "Upgrade: h2c\r\n\r\n",
                        400,
                        "upgrade_not_supported"),
                Arguments.of("CONNECT tollgate:443 HTTP/1.1\r\n" + host + "\r\n", 501, "unsupported_method"),
                Arguments.of("GET /v1/models HTTP/1.1\r\n" + host + key + length + end, 400, "body_not_allowed"),
                Arguments.of(
                        chat + host + key + "Transfer-Encoding: chunked\r\n\r\n2;ext=1\r\n{}\r\n0\r\n\r\n",
                        400,
                        "malformed_request"));
    }

    @ParameterizedTest
    @MethodSource("ambiguous")
    void whatTwoReadersCouldUnderstandDifferentlyIsRefusedAndTheConnectionEnds(String request, int status, String code)
            throws Exception {
        long before = stand.sandbox.openai().requestCount();
        try (RawConnection connection = RawConnection.open(stand.port())) {
            RawAnswer answer = connection.send(request).read();

            answer.assertError(status, INVALID, code);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.ended()).isTrue();
        }
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(before);
    }

    @Test
    void aClientThatAsksFirstIsToldToGoOn() throws Exception {
        String body = Stand.chatBody("Hi tokens=2", 10);
        try (RawConnection connection = RawConnection.open(stand.port())) {
            connection.send(head(Stand.KEY, "Expect: 100-continue\r\nContent-Length: " + body.length() + "\r\n"));

            assertThat(connection.read().status()).isEqualTo(100);
            assertThat(connection.send(body).read().status()).isEqualTo(200);
        }
    }

    @Test
    void aClientThatAsksFirstWithAWrongKeyIsRefusedBeforeItSends() throws Exception {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            RawAnswer answer = connection
                    .send(head("wrong", "Expect: 100-continue\r\nContent-Length: 500\r\n"))
                    .read();

            answer.assertError(401, INVALID, "invalid_api_key");
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.ended()).isTrue();
        }
    }

    @Test
    void requestsThatAreSentWithoutWaitingAreAnsweredInTheirOrder() throws Exception {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            connection.send(stand.chat("Hi tokens=3 delay=20", 10)
                    + stand.request("GET", "/v1/models", "")
                    + stand.request("POST", "/v1/nothing", "{}")
                    + stand.streamedChat("Hi tokens=4", 10));

            assertThat(connection
                            .read()
                            .json()
                            .path("usage")
                            .path("completion_tokens")
                            .asInt())
                    .isEqualTo(3);
            assertThat(connection.read().json().path("object").asText()).isEqualTo("list");
            assertThat(connection.read().status()).isEqualTo(404);
            assertThat(connection.read().body()).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void oneConnectionServesManyRequestsAlsoAfterRefusals() throws Exception {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            for (int i = 0; i < 20; i++) {
                assertThat(connection.send(stand.chat("Hi tokens=2", 10)).read().status())
                        .isEqualTo(200);
                connection.send(authorised("Bearer wrong")).read().assertError(401, INVALID, "invalid_api_key");
                connection
                        .send(stand.request("POST", "/v1/chat/completions", "{}"))
                        .read()
                        .assertError(400, INVALID, null);
                assertThat(connection
                                .send(stand.streamedChat("Hi tokens=2", 10))
                                .read()
                                .complete())
                        .isTrue();
            }
        }
    }

    @Test
    void aClientThatAsksForItGetsItsConnectionClosed() throws Exception {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            RawAnswer answer = connection
                    .send("GET /v1/models HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                            + "\r\nConnection: close\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.ended()).isTrue();
        }
    }

    @Test
    void aHeadThatDoesNotComeToItsEndIsGivenUp(@TempDir Path other) throws Exception {
        try (Stand impatient = Stand.start(other, 1000, "limits: { head_timeout: 100ms }\n");
                RawConnection connection = RawConnection.open(impatient.port())) {
            connection.send("POST /v1/chat/completions HTTP/1.1\r\nHost: toll");

            connection.read().assertError(408, INVALID, "request_timeout");
            assertThat(connection.ended()).isTrue();
        }
    }

    @Test
    void aBodyThatDoesNotComeIsGivenUpAndCostsNothing(@TempDir Path other) throws Exception {
        try (Stand impatient = Stand.start(other, 1000, "limits: { body_timeout: 100ms }\n");
                RawConnection connection = RawConnection.open(impatient.port())) {
            connection.send(head(Stand.KEY, "Content-Length: 100\r\n") + "{\"model\":");

            connection.read().assertError(408, INVALID, "request_timeout");
            assertThat(connection.ended()).isTrue();
            assertThat(impatient.settled()).isEmpty();
        }
    }

    @Test
    void oneConnectionTooManyIsTurnedAwayAndTheOthersGoOn(@TempDir Path other) throws Exception {
        try (Stand narrow = Stand.start(other, 1000, "limits: { connections: 2 }\n");
                RawConnection first = RawConnection.open(narrow.port())) {
            String models = narrow.request("GET", "/v1/models", "");
            assertThat(first.send(models).read().status()).isEqualTo(200);
            try (RawConnection second = RawConnection.open(narrow.port())) {
                assertThat(second.send(models).read().status()).isEqualTo(200);
                assertTurnedAway(narrow);
                assertThat(first.send(models).read().status()).isEqualTo(200);
            }

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() -> assertThat(narrow.ask(models).status()).isEqualTo(200));
        }
    }

    private static void assertTurnedAway(Stand narrow) throws Exception {
        try (RawConnection third = RawConnection.open(narrow.port())) {
            RawAnswer answer = third.read();
            answer.assertError(503, "service_unavailable_error", "too_many_connections");
            assertThat(answer.header("retry-after")).isEqualTo("1");
            assertThat(third.ended()).isTrue();
        }
    }

    private static String authorised(String authorization) {
        String body = Stand.chatBody("Hi", 10);
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: " + authorization
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String head(String key, String fields) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + key + "\r\n" + fields
                + "\r\n";
    }
}
