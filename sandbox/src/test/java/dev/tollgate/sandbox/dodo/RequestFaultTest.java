package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Keys, rate limits and ordered faults. */
class RequestFaultTest {
    private static final String BALANCE = "/credit-entitlements/cde_demo/balances/cus_demo";

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @BeforeEach
    void setUp() {
        running.dodo().demoWorld(1000);
    }

    @Test
    void aWrongKeyGetsAnEmpty401() throws IOException {
        for (String key : new String[] {"", "dodo_live_wrong"}) {
            HttpResponse<String> response =
                    running.send("GET", URI.create(running.sandbox().dodoBaseUrl() + BALANCE), key, "");
            assertThat(response.statusCode()).isEqualTo(401);
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void errorsHaveACodeAndAMessage() throws IOException {
        HttpResponse<String> response = running.get("/no/such/path");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response).path("code").asText()).isEqualTo("NOT_FOUND");
        assertThat(json(response).path("message").asText()).isNotEmpty();
    }

    @Test
    void withoutATierThereAreNoLimits() throws IOException {
        for (int i = 0; i < 60; i++) {
            assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
        }
        assertThat(running.get(BALANCE).headers().firstValue("x-ratelimit-limit"))
                .isEmpty();
    }

    @Test
    void theBurstLimitIsCountedBySecond() throws IOException {
        running.dodo().rules(rules -> rules.withTier(DodoRules.Tier.TIER_0));
        for (int i = 39; i >= 0; i--) {
            HttpResponse<String> response = running.get(BALANCE);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-ratelimit-remaining")).hasValue(String.valueOf(i));
        }
        HttpResponse<String> refused = running.get(BALANCE);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).path("code").asText()).isEqualTo("TOO_MANY_REQUESTS");
        assertThat(refused.headers().firstValue("x-ratelimit-limit")).hasValue("40");
        assertThat(refused.headers().firstValue("x-ratelimit-reset")).isPresent();
        assertThat(refused.headers().firstValue("retry-after")).isEmpty();
        running.dodo().retryAfter("2");
        assertThat(running.get(BALANCE).headers().firstValue("retry-after")).hasValue("2");
        running.advance(Duration.ofSeconds(1));
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
    }

    @Test
    void theSustainedLimitIsCountedByMinute() throws IOException {
        running.dodo().rules(rules -> rules.withTier(DodoRules.Tier.TIER_0));
        Duration toNextMinute =
                Duration.ofSeconds(60 - running.sandbox().clock().instant().getEpochSecond() % 60);
        running.advance(toNextMinute);
        int accepted = 0;
        for (int i = 0; i < 300; i++) {
            accepted += running.get(BALANCE).statusCode() == 200 ? 1 : 0;
            if (i % 30 == 29) {
                running.advance(Duration.ofSeconds(1));
            }
        }
        assertThat(accepted).isEqualTo(240);
        running.advance(Duration.ofSeconds(60));
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
    }

    @Test
    void strangersHaveALimitOfTheirOwn() throws IOException {
        running.dodo().rules(rules -> rules.withTier(DodoRules.Tier.TIER_2));
        URI uri = URI.create(running.sandbox().dodoBaseUrl() + BALANCE);
        for (int i = 0; i < 20; i++) {
            assertThat(running.send("GET", uri, "x", "").statusCode()).isEqualTo(401);
        }
        assertThat(running.send("GET", uri, "x", "").statusCode()).isEqualTo(429);
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
    }

    @Test
    void theNextRequestsFailAsOrdered() throws IOException {
        running.dodo().failNext(2, 500);
        assertThat(running.ingest("a", 1).statusCode()).isEqualTo(500);
        assertThat(running.ingest("a", 1).statusCode()).isEqualTo(500);
        assertThat(running.dodo().events()).isEmpty();
        assertThat(running.ingest("a", 1).statusCode()).isEqualTo(200);
    }

    @Test
    void anAppliedWriteCanLoseItsAnswer() throws IOException {
        running.dodo().acceptButLoseResponse(1);
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> running.ingest("a", 7)).isInstanceOf(IOException.class);
        assertThat(running.dodo().ingestedTokens("cus_demo")).isEqualTo(7);
        assertThat(running.get("/events/a0").statusCode()).isEqualTo(200);
        assertThat(json(running.ingest("a", 7)).path("ingested_count").intValue())
                .isZero();
    }

    @Test
    void downMeansRefusedConnectionsAndUnavailableMeans503() throws IOException {
        running.dodo().goDown();
        assertThatThrownBy(() -> running.get(BALANCE)).isInstanceOf(IOException.class);
        running.dodo().comeUp();
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
        running.dodo().goUnavailable();
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(503);
        running.dodo().comeUp();
        assertThat(running.get(BALANCE).statusCode()).isEqualTo(200);
    }

    @Test
    void aStallDelaysTheAnswer() throws IOException {
        running.dodo().stall(Duration.ofMillis(50));
        long start = System.nanoTime();
        running.get(BALANCE);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }
}
