package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.tollgate.sandbox.openai.Script;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a key may use beside its credits, as OpenAI's own limits would look. */
class LimitsTest {
    private static final String FAR = "2099-12-31";

    @TempDir
    Path folder;

    @Test
    void answersTellWhatIsLeftAndRefusalsWhenToTryAgain() throws Exception {
        try (Stand stand = start("limits: { requests_per_minute: 2, tokens_per_minute: 1000 }")) {
            RawAnswer served = stand.ask(stand.chat("Hi tokens=50", 60));
            assertThat(served.status()).isEqualTo(200);
            assertThat(served.header("x-ratelimit-limit-requests")).isEqualTo("2");
            assertThat(served.header("x-ratelimit-remaining-requests")).isEqualTo("1");
            assertThat(served.header("x-ratelimit-reset-requests")).matches("(29|30)(\\.\\d+)?s");
            assertThat(served.header("x-ratelimit-limit-tokens")).isEqualTo("1000");
            assertThat(Integer.parseInt(served.header("x-ratelimit-remaining-tokens")))
                    .isBetween(750, 900);
            assertThat(served.header("x-ratelimit-reset-tokens")).matches("[0-9.]+s");

            stand.ask(stand.request("GET", "/v1/models", ""));
            RawAnswer refused = stand.ask(stand.chat("Hi tokens=5", 6));
            refused.assertError(429, "requests", "rate_limit_exceeded");
            assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 30);
            assertThat(refused.header("x-should-retry")).isEmpty();
            assertThat(refused.header("x-ratelimit-remaining-requests")).isEqualTo("0");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void anSdkThatIsRefusedForALittleWhileSucceedsByItself() throws Exception {
        try (Stand stand = start("limits: { requests_per_minute: 30 }")) {
            OpenAIClient client = stand.client();
            await().atMost(Stand.PATIENCE)
                    .until(() ->
                            stand.ask(stand.request("GET", "/v1/models", "")).status() == 429);
            int refusedBefore = refusals(stand);

            assertThat(client.chat()
                            .completions()
                            .create(chat("Hi tokens=5").build())
                            .choices())
                    .hasSize(1);
            client.close();
            assertThat(refusals(stand)).isGreaterThan(refusedBefore);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void tokensAreCountedByWhatWasUsedAndNotByWhatWasAskedFor() throws Exception {
        try (Stand stand = start("limits: { tokens_per_minute: 1000 }")) {
            for (int i = 0; i < 6; i++) {
                assertThat(stand.ask(stand.chat("Hi tokens=10", 700)).status()).isEqualTo(200);
            }
            assertThat(stand.ask(stand.chat("Hi tokens=600", 700)).status()).isEqualTo(200);

            RawAnswer refused = stand.ask(stand.chat("Hi tokens=10", 700));
            refused.assertError(429, "tokens", "rate_limit_exceeded");
            assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60);
            stand.ask(stand.chat("Hi", 2_000)).assertError(429, "tokens", "rate_limit_exceeded");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void requestsAtOnceComeBackHoweverTheyEnd() throws Exception {
        try (Stand stand = start("limits: { requests_at_once: 1 }")) {
            try (RawConnection running = RawConnection.open(stand.port());
                    RawConnection waiting = RawConnection.open(stand.port())) {
                running.send(stand.streamedChat("Hi tokens=400 delay=10", 500)).readUntil("\"content\":");
                waiting.send(stand.chat("Hi", 10))
                        .read()
                        .assertError(429, "rate_limit_error", "too_many_concurrent_requests");
            }
            await().atMost(Stand.PATIENCE)
                    .until(() -> Probe.metric(stand.tollgate, "tollgate_exchanges_running")
                            .equals("0"));
            stand.ask(stand.request("POST", "/v1/chat/completions", "{"));
            stand.sandbox.openai().script(Script.serverError());
            stand.ask(stand.chat("Hi", 10));
            for (int i = 0; i < 3; i++) {
                assertThat(stand.ask(stand.chat("Hi tokens=5", 10)).status()).isEqualTo(200);
            }
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aModelThatIsNotAllowedDoesNotExist() throws Exception {
        try (Stand stand = start("limits: { models: [\"gpt-4o-*\"] }")) {
            OpenAIClient client = stand.client();
            assertThat(stand.ask(stand.chat("Hi tokens=5", 10)).status()).isEqualTo(200);
            assertThatThrownBy(() -> client.chat()
                            .completions()
                            .create(chat("Hi").model("gpt-4o").build()))
                    .isInstanceOfSatisfying(
                            NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
            assertThat(client.models().list().items())
                    .isNotEmpty()
                    .allSatisfy(model -> assertThat(model.id()).startsWith("gpt-4o-"));
            client.close();
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aSpentBudgetEndsTheMonthAlsoAfterARestart() throws Exception {
        try (Stand stand = start("limits: { budget: { units: 30, per: month } }")) {
            assertThat(stand.ask(stand.chat("Hi tokens=50", 60)).status()).isEqualTo(200);
            assertSpent(stand);
            stand.restart();
            assertSpent(stand);
            assertThat(stand.settled()).hasSize(1);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    private static void assertSpent(Stand stand) throws Exception {
        RawAnswer refused = stand.ask(stand.chat("Hi tokens=50", 60));
        refused.assertError(429, "insufficient_quota", "budget_exhausted");
        assertThat(refused.header("x-should-retry")).isEqualTo("false");
        OpenAIClient client = stand.client();
        assertThatThrownBy(() -> client.chat().completions().create(chat("Hi").build()))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("budget");
        client.close();
    }

    @Test
    void anExpiredKeyIsNoKey() throws Exception {
        try (Stand stand =
                Stand.on(Stand.startSandbox(10_000), folder, Stand.yaml(folder) + "    expires: 2020-01-31\n")) {
            stand.ask(stand.request("GET", "/v1/models", ""))
                    .assertError(401, "invalid_request_error", "invalid_api_key");
        }
    }

    @Test
    void changedLimitsTakeEffectWithoutARestart() throws Exception {
        try (Stand stand = start("limits: { requests_per_minute: 1 }, overage: off")) {
            assertThat(stand.ask(stand.chat("Hi tokens=5", 10)).status()).isEqualTo(200);
            assertThat(stand.ask(stand.chat("Hi tokens=5", 10)).status()).isEqualTo(429);

            String yaml = Stand.yaml(folder) + "    expires: " + FAR + "\nplans: { default: {} }\n";
            stand.tollgate.reload(Stand.settings(folder, yaml, Stand.environment(stand.sandbox)));

            RawAnswer free = stand.ask(stand.chat("Hi tokens=5", 10));
            assertThat(free.status()).isEqualTo(200);
            assertThat(free.headers()).doesNotContainKey("x-ratelimit-limit-requests");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    private static int refusals(Stand stand) {
        return Integer.parseInt(Probe.metric(stand.tollgate, "tollgate_refusals_total"));
    }

    private Stand start(String plan) throws Exception {
        return Stand.start(folder, 100_000, "plans: { default: { " + plan + " } }\n");
    }

    private static ChatCompletionCreateParams.Builder chat(String prompt) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-4o-mini")
                .maxCompletionTokens(50)
                .addUserMessage(prompt);
    }
}
