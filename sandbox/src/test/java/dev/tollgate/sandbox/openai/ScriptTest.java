package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.sandbox.RawClient;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ScriptTest {
    private static final String STREAM_WITH_USAGE = "{\"model\":\"m\",\"stream\":true,"
            + "\"stream_options\":{\"include_usage\":true},"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"tokens=6\"}]}";

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void queuedScriptsApplyInOrderThenTheStandingOne() throws IOException {
        running.openai().scriptNext(Script.overloaded(), Script.rateLimited(7));
        running.openai().always(Script.serverError());
        assertThat(running.ask("x", "").statusCode()).isEqualTo(503);
        HttpResponse<String> limited = running.ask("x", "");
        assertThat(limited.statusCode()).isEqualTo(429);
        assertThat(limited.headers().firstValue("retry-after")).hasValue("7");
        assertThat(running.ask("x", "").statusCode()).isEqualTo(500);
        running.openai().behave();
        assertThat(running.ask("x", "").statusCode()).isEqualTo(200);
        assertThat(running.openai().generationCount()).isEqualTo(1);
        assertThat(running.openai().requestCount()).isEqualTo(4);
    }

    @Test
    void readyMadeErrorsHaveTheirCodes() throws IOException {
        running.openai().scriptNext(Script.insufficientQuota(), Script.invalidKey());
        HttpResponse<String> quota = running.ask("x", "");
        assertThat(quota.statusCode()).isEqualTo(429);
        assertThat(json(quota).path("error").path("type").asText()).isEqualTo("insufficient_quota");
        HttpResponse<String> key = running.ask("x", "");
        assertThat(key.statusCode()).isEqualTo(401);
        assertThat(json(key).path("error").path("code").asText()).isEqualTo("invalid_api_key");
    }

    @Test
    void aFixedReplyKeepsItsOwnHeaders() throws IOException {
        running.openai().script(Script.status(418, "short and stout", Map.of("content-type", "text/plain")));
        HttpResponse<String> response = running.ask("x", "");
        assertThat(response.statusCode()).isEqualTo(418);
        assertThat(response.body()).isEqualTo("short and stout");
        assertThat(response.headers().allValues("content-type")).containsExactly("text/plain");
    }

    @Test
    void aResetBeforeTheHeadLeavesNothingToRead() throws IOException {
        running.openai().script(Script.resetBeforeHead());
        RawClient.Received received = exchange(STREAM_WITH_USAGE);
        assertThat(received.bytes()).isEmpty();
        assertThat(received.reset()).isTrue();
        assertThat(running.openai().generations().getFirst().cutShort()).isTrue();
        assertThat(running.openai().generations().getFirst().reportedUsage()).isFalse();
    }

    @Test
    void usageCountsAsReportedFromTheByteThatCompletesIt() throws IOException {
        running.openai().script(Script.noDone());
        String whole = exchangeKeepingAlive(STREAM_WITH_USAGE);
        int usageEnd = whole.indexOf("\n\n", whole.indexOf("\"total_tokens\"")) + 4;
        running.openai().scriptNext(Script.cutAfterBytes(usageEnd - 1, false), Script.cutAfterBytes(usageEnd, false));
        assertThat(exchange(STREAM_WITH_USAGE).bytes()).hasSize(usageEnd - 1);
        assertThat(exchange(STREAM_WITH_USAGE).bytes()).hasSize(usageEnd);
        assertThat(running.openai().generations().get(1).reportedUsage()).isFalse();
        assertThat(running.openai().generations().get(2).reportedUsage()).isTrue();
        assertThat(running.openai().generations().get(2).cutShort()).isTrue();
    }

    @Test
    void aStreamCanEndAfterWholeEvents() throws IOException {
        running.openai().script(Script.cutAfterEvents(3, true));
        RawClient.Received received = exchange(STREAM_WITH_USAGE);
        assertThat(received.text().split("data: ", -1)).hasSize(1 + 3);
        assertThat(received.reset()).isTrue();
        assertThat(running.openai().generations().getFirst().completionTokens()).isLessThan(6);
    }

    @Test
    void anErrorEventEndsAStreamInAnOrderlyWay() throws IOException {
        running.openai().script(Script.errorEventAfterChunks(2));
        HttpResponse<String> response = running.openai("/chat/completions", STREAM_WITH_USAGE);
        assertThat(response.statusCode()).isEqualTo(200);
        String[] events = response.body().split("\n\n");
        assertThat(events).hasSize(3);
        assertThat(json(events[2].substring(6)).path("error").path("type").asText())
                .isEqualTo("server_error");
        Generation generation = running.openai().generations().getFirst();
        assertThat(generation.cutShort()).isTrue();
        assertThat(generation.reportedUsage()).isFalse();
    }

    @Test
    void usageCanBeWithheldOrInvented() throws IOException {
        running.openai().scriptNext(Script.withoutUsage(), Script.withoutUsage(), Script.usageOf(5, 1_000_000));
        assertThat(json(running.ask("x", "")).has("usage")).isFalse();
        assertThat(running.openai("/chat/completions", STREAM_WITH_USAGE).body())
                .doesNotContain("total_tokens");
        assertThat(json(running.ask("tokens=3", ""))
                        .path("usage")
                        .path("total_tokens")
                        .longValue())
                .isEqualTo(1_000_005);
        assertThat(running.openai().generations().get(0).reportedUsage()).isFalse();
        assertThat(running.openai().generations().get(1).reportedUsage()).isFalse();
        assertThat(running.openai().generations().get(2).completionTokens()).isEqualTo(3);
    }

    @Test
    void doneCanBeLeftOut() throws IOException {
        running.openai().script(Script.noDone());
        assertThat(running.openai("/chat/completions", STREAM_WITH_USAGE).body())
                .doesNotContain("[DONE]");
    }

    @Test
    void verbatimBytesReachTheClientUnchanged() throws IOException {
        byte[] bytes =
                "HTTP/1.1 200 Fine\r\nX: \u00e9\r\ncontent-length: 99\r\n\r\n{}\n\n".getBytes(StandardCharsets.UTF_8);
        running.openai().script(Script.raw(bytes));
        assertThat(exchange("{}").bytes()).isEqualTo(bytes);
        assertThat(running.openai().generations()).hasSize(1);
        assertThat(running.openai().totalTokens()).isZero();
    }

    @Test
    void scriptsAddUp() throws IOException {
        running.openai()
                .script(Script.splitEvery(1)
                        .and(Script.noDone())
                        .and(Script.usageOf(1, 2))
                        .and(Script.stallAfterBytes(30, Duration.ofMillis(1))));
        String body = running.openai("/chat/completions", STREAM_WITH_USAGE).body();
        assertThat(body).doesNotContain("[DONE]").contains("\"total_tokens\":3");
    }

    @Test
    void aSlowStreamGivesEveryEventItsOwnWrite() throws IOException {
        running.openai().script(Script.slow(Duration.ZERO));
        HttpResponse<String> response = running.openai("/chat/completions", STREAM_WITH_USAGE);
        assertThat(response.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void aClientThatLeavesInTheMiddleIsNoticed() throws Exception {
        running.openai().script(Script.slow(Duration.ofHours(1)));
        try (RawClient client = new RawClient(running.sandbox().openaiBaseUrl())) {
            client.postChat(running.options().openaiApiKey(), STREAM_WITH_USAGE);
            assertThat(client.readOnce(new byte[64])).isPositive();
        }
        while (running.openai().generationCount() == 0) {
            Thread.onSpinWait();
        }
        assertThat(running.openai().generations().getFirst().cutShort()).isTrue();
    }

    @Test
    void impossibleStatusesAreRefused() {
        assertThatThrownBy(() -> Script.status(99, "", Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    private RawClient.Received exchange(String body) throws IOException {
        try (RawClient client = new RawClient(running.sandbox().openaiBaseUrl())) {
            client.postChat(running.options().openaiApiKey(), body);
            return client.readToEnd();
        }
    }

    /** Reads until the last chunk of a stream that keeps its connection. */
    private String exchangeKeepingAlive(String body) throws IOException {
        try (RawClient client = new RawClient(running.sandbox().openaiBaseUrl())) {
            client.postChat(running.options().openaiApiKey(), body);
            StringBuilder text = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (!text.toString().endsWith("\r\n0\r\n\r\n")) {
                text.append(new String(buffer, 0, client.readOnce(buffer), StandardCharsets.UTF_8));
            }
            return text.toString();
        }
    }
}
