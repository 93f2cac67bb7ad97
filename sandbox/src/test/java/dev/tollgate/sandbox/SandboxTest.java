package dev.tollgate.sandbox;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SandboxTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void whatIsGeneratedIngestedAndDeductedAddsUp() throws IOException {
        running.dodo().demoWorld(1000);
        long used = json(running.ask("hello tokens=12", ""))
                .path("usage")
                .path("total_tokens")
                .longValue();
        assertThat(used).isEqualTo(running.openai().totalTokens()).isEqualTo(2 + 6 + 12);

        assertThat(json(running.ingest("e", used)).path("ingested_count").intValue())
                .isEqualTo(1);
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("1000");
        running.advance(Duration.ofSeconds(60));

        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("980");
        assertThat(running.dodo().deductedTokens("cus_demo")).isEqualTo(used);
    }

    @Test
    void optionsDoNotShowTheirSecrets() {
        assertThat(running.options().toString())
                .doesNotContain(running.options().openaiApiKey())
                .doesNotContain(running.options().dodoApiKey())
                .doesNotContain(running.options().webhookSecret());
    }

    @Test
    void aSecretThatCannotSignIsRefusedWithoutBeingShown() {
        for (String secret : new String[] {"c2VjcmV0", "whsec_", "whsec_not*base64"}) {
            assertThatThrownBy(() -> running.options().withWebhookSecret(secret))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("not*base64");
        }
    }
}
