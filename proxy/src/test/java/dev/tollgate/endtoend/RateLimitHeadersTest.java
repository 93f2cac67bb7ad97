package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpResponseFor;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.tollgate.sandbox.openai.Script;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose {@code x-ratelimit-*} header fields a caller sees: nobody's, the provider's, or those of the key's own limits. */
class RateLimitHeadersTest {
    private static final String PASS = """
            upstreams:
              - name: openai
                base_url: "${OPENAI_BASE_URL}"
                api_key: "${OPENAI_API_KEY}"
                rate_limit_headers: pass
            """;

    @TempDir
    Path folder;

    @Test
    void theProvidersAreDroppedUnlessTheOperatorPassesThem() throws Exception {
        try (Stand stand = start("")) {
            assertThat(told(stand.ask(stand.chat("Hi tokens=5", 10)))).isEmpty();
            assertThat(told(stand.ask(stand.request("GET", "/v1/models", "")))).isEmpty();
            stand.sandbox.openai().script(Script.rateLimited(1));
            assertThat(told(stand.ask(stand.chat("Hi tokens=5", 10)))).isEmpty();
        }
    }

    @Test
    void whenPassedAnSdkSeesThemWithEveryAnswer() throws Exception {
        try (Stand stand = start(PASS)) {
            OpenAIClient client = stand.client();
            ChatCompletionCreateParams chat = ChatCompletionCreateParams.builder()
                    .model("gpt-4o-mini")
                    .addUserMessage("Hi tokens=5")
                    .build();
            Headers headers;
            try (HttpResponseFor<ChatCompletion> answer =
                    client.chat().completions().withRawResponse().create(chat)) {
                headers = answer.headers();
            }
            client.close();

            assertThat(headers.values("x-ratelimit-limit-requests")).containsExactly("30000");
            assertThat(headers.values("x-ratelimit-remaining-tokens")).containsExactly("149999984");
            assertThat(headers.values("x-ratelimit-reset-tokens")).containsExactly("6m0s");
            assertThat(told(stand.ask(stand.streamedChat("Hi tokens=5", 10)))).hasSize(6);
            assertThat(told(stand.ask(stand.request("GET", "/v1/models", "")))).hasSize(6);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aRefusalForARateTellsItToo() throws Exception {
        try (Stand stand = start(PASS)) {
            stand.sandbox.openai().script(Script.rateLimited(1));
            RawAnswer refused = stand.ask(stand.chat("Hi tokens=5", 10));

            assertThat(refused.status()).isEqualTo(429);
            assertThat(told(refused)).contains(Map.entry("x-ratelimit-limit-requests", "30000"));
        }
    }

    @Test
    void whatSpeaksOfTheOperatorsAccountAloneIsNeverPassed() throws Exception {
        try (Stand stand = start(PASS)) {
            stand.sandbox.openai().script(Script.insufficientQuota());
            RawAnswer refused = stand.ask(stand.chat("Hi tokens=5", 10));

            assertThat(refused.status()).isEqualTo(503);
            assertThat(told(refused)).isEmpty();
        }
    }

    @Test
    void aRateOfTheKeysOwnIsToldInPlaceOfTheProvidersForItsUnit() throws Exception {
        try (Stand stand = start(PASS + "plans: { default: { limits: { tokens_per_minute: 1000 } } }\n")) {
            RawAnswer served = stand.ask(stand.chat("Hi tokens=5", 10));

            assertThat(told(served)).hasSize(6);
            assertThat(served.header("x-ratelimit-limit-tokens")).isEqualTo("1000");
            assertThat(served.header("x-ratelimit-remaining-tokens")).matches("[89]\\d\\d");
            assertThat(served.header("x-ratelimit-reset-tokens")).matches("[0-9.]+m?s");
            assertThat(served.header("x-ratelimit-limit-requests")).isEqualTo("30000");
            assertThat(told(stand.ask(stand.request("GET", "/v1/models", ""))).keySet())
                    .as("an answer that does not tell the key's own tokens tells nobody's")
                    .allMatch(name -> name.endsWith("-requests"))
                    .hasSize(3);
        }
    }

    private Stand start(String more) throws Exception {
        return Stand.start(folder, 100_000, more);
    }

    private static Map<String, String> told(RawAnswer answer) {
        return answer.headers().entrySet().stream()
                .filter(field -> field.getKey().startsWith("x-ratelimit-"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
