package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events as the sandbox, which checks them as Dodo does, takes them. */
class UsageEventTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private final long atMillis = Instant.now().toEpochMilli();

    private Fact.Settled settled(String model, @Nullable String answered) {
        return new Fact.Settled(
                "req_1",
                ACCOUNT,
                "key_1",
                model,
                answered,
                1_532,
                new Fact.Tokens(1_000, 532, 1_532, 200, 100),
                false,
                atMillis);
    }

    private static JsonNode taken(Fact.Settled settled) throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
                DodoClient client = new DodoClient(
                        new BillingSettings.Dodo(
                                sandbox.dodoBaseUrl(),
                                SandboxOptions.defaults().dodoApiKey(),
                                10_000,
                                1,
                                BillingSettings.RateLimit.SMALLEST),
                        InstantSource.system(),
                        Thread::sleep,
                        new Random(1),
                        executor)) {
            sandbox.dodo().createCustomer("cus_1", "one@example.com");
            DodoClient.Result<Integer> result = client.ingest(
                    List.of(new UsageEvent(Outbox.Delivery.of(settled), "api.tokens_used", "tokens", true)));
            assertThat(result).isEqualTo(new DodoClient.Result.Ok<>(1));
            return sandbox.dodo().events().getFirst().metadata();
        }
    }

    @Test
    void everythingThatTheJournalKnowsIsTold() throws Exception {
        JsonNode metadata = taken(settled("gpt-5", "gpt-5-2026-01-01"));
        assertThat(metadata.toString())
                .isEqualTo(
                        "{\"tokens\":1532,\"inputTokens\":1000,\"outputTokens\":532,\"totalTokens\":1532,\"cachedTokens\":200,"
                                + "\"reasoningTokens\":100,\"model\":\"gpt-5\",\"requestId\":\"req_1\",\"keyId\":\"key_1\","
                                + "\"estimated\":false,\"occurredAt\":\"" + Instant.ofEpochMilli(atMillis)
                                + "\",\"modelAnswered\":\"gpt-5-2026-01-01\"}");
    }

    @Test
    void namesOfAnyLengthAreCutToWhatDodoTakes() throws Exception {
        JsonNode metadata = taken(settled("m".repeat(499) + "😀".repeat(50), "n".repeat(5_000)));
        assertThat(metadata.path("model").textValue()).isEqualTo("m".repeat(499));
        assertThat(metadata.path("modelAnswered").textValue()).isEqualTo("n".repeat(500));
        assertThat(metadata.size()).isLessThanOrEqualTo(50);
    }

    @Test
    void anAnswerWithoutAModelNamesNone() throws Exception {
        assertThat(taken(settled("gpt-5", null)).has("modelAnswered")).isFalse();
    }
}
