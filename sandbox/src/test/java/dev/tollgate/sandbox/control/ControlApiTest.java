package dev.tollgate.sandbox.control;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ControlApiTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @BeforeEach
    void setUp() {
        running.dodo().demoWorld(1000);
    }

    @Test
    void totalsTellWhatWasUsedBilledAndDeducted() throws IOException {
        running.ask("tokens=12", "");
        running.ingest("e", 19);
        JsonNode totals = json(running.control("POST", "/dodo/worker", ""));
        assertThat(totals.path("openai").path("tokens").longValue()).isEqualTo(19);
        assertThat(totals.path("dodo").path("ingested_tokens").longValue()).isEqualTo(19);
        assertThat(totals.path("dodo").path("deducted_tokens").longValue()).isEqualTo(19);
        assertThat(totals.path("dodo")
                        .path("customers")
                        .path("cus_demo")
                        .path("balance")
                        .asText())
                .isEqualTo("981");
        assertThat(json(running.control("GET", "/totals", ""))).isEqualTo(totals);
        assertThat(json(running.control("GET", "/generations", "")).path("items"))
                .hasSize(1);
        assertThat(json(running.control("GET", "/events", "")).path("items")).hasSize(1);
        assertThat(json(running.control("GET", "/deliveries", "")).path("items"))
                .isEmpty();
        assertThat(running.control("GET", "/health", "").statusCode()).isEqualTo(200);
    }

    @Test
    void scriptsCanBeOrdered() throws IOException {
        running.control(
                "POST",
                "/openai/script",
                "{\"next\":[{\"kind\":\"rateLimited\",\"retryAfterSeconds\":3},[{\"kind\":\"splitEvery\",\"bytes\":2},{\"kind\":\"usageOf\",\"promptTokens\":1,\"completionTokens\":2}]],"
                        + "\"always\":{\"kind\":\"status\",\"status\":418,\"body\":{\"a\":1},\"headers\":{\"x-a\":\"b\"}}}");
        assertThat(running.ask("x", "").headers().firstValue("retry-after")).hasValue("3");
        assertThat(json(running.ask("x", "")).path("usage").path("total_tokens").intValue())
                .isEqualTo(3);
        assertThat(running.ask("x", "").statusCode()).isEqualTo(418);
        running.control("POST", "/openai/script", "");
        assertThat(running.ask("x", "").statusCode()).isEqualTo(200);
    }

    @Test
    void everyKindOfScriptCanBeOrdered() throws IOException {
        for (String kind : new String[] {
            "normal", "invalidKey", "insufficientQuota", "serverError", "overloaded", "resetBeforeHead",
            "stallBeforeHead", "cutAfterBytes", "stallAfterBytes", "raw", "cutAfterEvents", "errorEventAfterChunks",
            "withoutUsage", "noDone", "slow"
        }) {
            assertThat(running.control("POST", "/openai/script", "{\"always\":{\"kind\":\"" + kind + "\"}}")
                            .statusCode())
                    .isEqualTo(200);
        }
        assertThat(running.control("POST", "/openai/script", "{\"always\":{\"kind\":\"sing\"}}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void dodoCanBeHurtAndChanged() throws IOException {
        running.control("POST", "/dodo/fault", "{\"failNext\":{\"count\":1,\"status\":502}}");
        assertThat(running.ingest("a", 1).statusCode()).isEqualTo(502);
        running.control("POST", "/dodo/fault", "{\"unavailable\":true}");
        assertThat(running.ingest("a", 1).statusCode()).isEqualTo(503);
        running.control("POST", "/dodo/fault", "{\"unavailable\":false,\"rules\":{\"unknownCustomerStatus\":422}}");
        assertThat(running.post("/events/ingest", "{\"events\":[" + RunningSandbox.event("x", "ghost", 1) + "]}")
                        .statusCode())
                .isEqualTo(422);
        assertThat(running.control("POST", "/dodo/fault", "{\"sing\":true}").statusCode())
                .isEqualTo(400);
        assertThat(running.control("POST", "/dodo/fault", "{\"rules\":{\"sing\":true}}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.control("POST", "/dodo/fault", "{\"webhooks\":{\"copies\":2,\"dropPercent\":5}}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void timeAndMoneyCanBeMoved() throws IOException {
        Instant before = running.sandbox().clock().instant();
        running.control("POST", "/clock/advance", "{\"seconds\":30}");
        running.control("POST", "/clock/advance", "{\"duration\":\"PT1H\"}");
        assertThat(running.sandbox().clock().instant()).isEqualTo(before.plusSeconds(3630));
        running.control("POST", "/dodo/topup", "{\"customer_id\":\"cus_demo\",\"credits\":7,\"valid_days\":3}");
        running.control("POST", "/dodo/debit", "{\"customer_id\":\"cus_demo\",\"credits\":2}");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("1005");
        running.control("POST", "/dodo/customer", "{\"customer_id\":\"cus_b\"}");
        running.control(
                "POST", "/dodo/subscribe", "{\"customer_id\":\"cus_b\",\"credits\":44,\"overage_enabled\":true}");
        assertThat(running.dodo().balance("cus_b")).isEqualByComparingTo("44");
        assertThat(running.control("POST", "/dodo/topup", "{\"customer_id\":\"nobody\",\"credits\":7}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void unknownOrdersAreRefused() throws IOException {
        assertThat(running.control("GET", "/sing", "").statusCode()).isEqualTo(404);
        assertThat(running.control("POST", "/dodo/fault", "[").statusCode()).isEqualTo(400);
    }
}
