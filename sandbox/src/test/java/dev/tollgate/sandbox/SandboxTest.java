package dev.tollgate.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SandboxTest {
    private final SandboxOptions options = SandboxOptions.defaults().withManualClock();
    private Sandbox sandbox;
    private SandboxClient client;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(options);
        client = new SandboxClient(sandbox, options);
    }

    @AfterEach
    void close() {
        client.close();
        sandbox.close();
    }

    @Test
    void whatIsGeneratedIngestedAndDeductedAddsUp() throws IOException {
        var world = sandbox.dodo().demoWorld(1000);
        var answer = SandboxClient.json(client.openai(
                "/chat/completions",
                "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hello tokens=12\"}]}"));
        long used = answer.path("usage").path("total_tokens").longValue();
        assertThat(used).isEqualTo(sandbox.openai().totalTokens()).isEqualTo(2 + 6 + 12);

        var ingested = client.dodo(
                "POST",
                "/events/ingest",
                "{\"events\":[{\"event_id\":\"e1\",\"customer_id\":\"%s\",\"event_name\":\"llm.tokens\",\"metadata\":{\"tokens\":%d}}]}"
                        .formatted(world.customerId(), used));
        assertThat(SandboxClient.json(ingested).path("ingested_count").intValue())
                .isEqualTo(1);
        assertThat(sandbox.dodo().balance("cus_demo")).isEqualByComparingTo("1000");

        sandbox.clock().advance(Duration.ofSeconds(60));

        assertThat(sandbox.dodo().balance("cus_demo")).isEqualByComparingTo("980");
        assertThat(sandbox.dodo().deductedTokens("cus_demo")).isEqualTo(used);
        var balance = SandboxClient.json(client.get("/credit-entitlements/cde_demo/balances/cus_demo"));
        assertThat(balance.path("balance").isNumber()).isTrue();
        assertThat(balance.path("balance").intValue()).isEqualTo(980);
    }
}
