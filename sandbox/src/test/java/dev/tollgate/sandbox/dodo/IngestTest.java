package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.event;
import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IngestTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @BeforeEach
    void setUp() {
        running.dodo().demoWorld(1000);
    }

    @Test
    void aThousandEventsAreTakenAndOneMoreIsTooMany() throws IOException {
        assertThat(running.ingest("a", new long[1000]).statusCode()).isEqualTo(200);
        assertThat(running.ingest("b", new long[1001]).statusCode()).isEqualTo(413);
        assertThat(running.post("/events/ingest", "{\"events\":[]}").statusCode())
                .isEqualTo(400);
        assertThat(running.dodo().eventCount()).isEqualTo(1000);
    }

    @Test
    void oneIdTwiceInARequestRefusesAllOfIt() throws IOException {
        HttpResponse<String> response = running.post(
                "/events/ingest",
                "{\"events\":[" + event("x", "cus_demo", 1) + "," + event("y", "cus_demo", 1) + ","
                        + event("x", "cus_demo", 1) + "]}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(running.dodo().events()).isEmpty();
    }

    @Test
    void aKnownIdIsIgnoredAndTheFirstBodyStays() throws IOException {
        running.ingest("e", 5);
        HttpResponse<String> again = running.ingest("e", 7, 1);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(json(again).path("ingested_count").intValue()).isEqualTo(1);
        assertThat(running.dodo().ingestedTokens("cus_demo")).isEqualTo(6);
    }

    @Test
    void timesMustLieBetweenAnHourAgoAndFiveMinutesAhead() throws IOException {
        Instant now = running.sandbox().clock().instant();
        assertThat(at("a", now.minus(Duration.ofHours(1))).statusCode()).isEqualTo(200);
        assertThat(at("b", now.minus(Duration.ofHours(1)).minusMillis(1)).statusCode())
                .isEqualTo(400);
        assertThat(at("c", now.plus(Duration.ofMinutes(5))).statusCode()).isEqualTo(200);
        assertThat(at("d", now.plus(Duration.ofMinutes(5)).plusMillis(1)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void theWindowOfAKnownIdIsJudgedFirstOrNotAtAllAsTheRulesSay() throws IOException {
        Instant then = running.sandbox().clock().instant();
        at("a", then);
        running.advance(Duration.ofHours(2));
        assertThat(at("a", then).statusCode()).isEqualTo(400);
        running.dodo().rules(rules -> rules.withKnownIdsSkipWindow(true));
        assertThat(at("a", then).statusCode()).isEqualTo(200);
        assertThat(at("b", then).statusCode()).isEqualTo(400);
    }

    @Test
    void theWindowCanFollowTheWallClockWhenSandboxTimeRunsAway() throws IOException {
        running.advance(Duration.ofDays(3));
        assertThat(at("a", Instant.now()).statusCode()).isEqualTo(400);
        running.dodo().rules(rules -> rules.withWallClockWindow(true));
        assertThat(at("a", Instant.now()).statusCode()).isEqualTo(200);
    }

    @Test
    void anEventWithoutATimeGetsTheTimeOfArrival() throws IOException {
        running.ingest("e", 1);
        assertThat(running.dodo().events().getFirst().timestamp())
                .isEqualTo(running.sandbox().clock().instant());
    }

    @Test
    void anUnknownCustomerRefusesTheWholeBatchUnlessSwitchedOff() throws IOException {
        String batch = "{\"events\":[" + event("a", "cus_demo", 1) + "," + event("b", "cus_ghost", 1) + "]}";
        assertThat(running.post("/events/ingest", batch).statusCode()).isEqualTo(404);
        assertThat(running.dodo().events()).isEmpty();
        running.dodo().rules(rules -> rules.withUnknownCustomerStatus(400));
        assertThat(running.post("/events/ingest", batch).statusCode()).isEqualTo(400);
        running.dodo().rules(rules -> rules.withUnknownCustomerStatus(0));
        assertThat(running.post("/events/ingest", batch).statusCode()).isEqualTo(200);
        assertThat(running.dodo().events()).hasSize(2);
    }

    @Test
    void metadataIsFlatSmallAndCounted() throws IOException {
        assertThat(withMetadata("a", "{\"x\":{\"y\":1}}").statusCode()).isEqualTo(422);
        assertThat(withMetadata("a", "{\"x\":[1]}").statusCode()).isEqualTo(422);
        assertThat(withMetadata("a", "[1]").statusCode()).isEqualTo(422);
        assertThat(withMetadata("a", pairs(51)).statusCode()).isEqualTo(400);
        assertThat(json(withMetadata("a", pairs(51))).path("code").asText()).isEqualTo("MAXIMUM_KEYS_REACHED");
        assertThat(withMetadata("a", "{\"" + "k".repeat(101) + "\":1}").statusCode())
                .isEqualTo(400);
        assertThat(withMetadata("a", "{\"k\":\"" + "v".repeat(501) + "\"}").statusCode())
                .isEqualTo(400);
        assertThat(withMetadata("a", pairs(50)).statusCode()).isEqualTo(200);
        assertThat(withMetadata("b", "{\"" + "k".repeat(100) + "\":\"" + "v".repeat(500) + "\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(withMetadata("c", "null").statusCode()).isEqualTo(200);
    }

    @Test
    void theSchemaIsChecked() throws IOException {
        assertThat(running.post("/events/ingest", "{\"events\":[{\"event_id\":\"a\"}]}")
                        .statusCode())
                .isEqualTo(422);
        assertThat(running.post("/events/ingest", "{\"events\":{}}").statusCode())
                .isEqualTo(422);
        assertThat(running.post("/events/ingest", "[").statusCode()).isEqualTo(400);
        assertThat(running.post(
                                "/events/ingest",
                                event("a", "cus_demo", 1)
                                                .replace(
                                                        "{\"event_id\"",
                                                        "{\"events\":[{\"timestamp\":\"yesterday\",\"event_id\"")
                                        + "]}")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void eventsCanBeReadBackByIdAndByFilter() throws IOException {
        running.ingest("e", 1, 2, 3);
        running.dodo().createMeter("mtr_other", "other", "n");
        assertThat(json(running.get("/events/e1"))
                        .path("metadata")
                        .path("tokens")
                        .intValue())
                .isEqualTo(2);
        assertThat(running.get("/events/nope").statusCode()).isEqualTo(404);
        assertThat(items(running.get("/events?page_size=2&page_number=1"))).hasSize(1);
        assertThat(items(running.get("/events?customer_id=cus_ghost"))).isEmpty();
        assertThat(items(running.get("/events?meter_id=mtr_demo"))).hasSize(3);
        assertThat(items(running.get("/events?meter_id=mtr_other"))).isEmpty();
        assertThat(running.get("/events?meter_id=mtr_none").statusCode()).isEqualTo(404);
        assertThat(running.get("/events?meter_id=mtr_demo&event_name=other").statusCode())
                .isEqualTo(400);
        assertThat(items(running.get("/events?start=2999-01-01T00:00:00Z"))).isEmpty();
    }

    private HttpResponse<String> at(String id, Instant time) throws IOException {
        String event = event(id, "cus_demo", 1).replaceFirst("\\{", "{\"timestamp\":\"" + time + "\",");
        return running.post("/events/ingest", "{\"events\":[" + event + "]}");
    }

    private HttpResponse<String> withMetadata(String id, String metadata) throws IOException {
        return running.post(
                "/events/ingest",
                "{\"events\":[{\"event_id\":\"%s\",\"customer_id\":\"cus_demo\",\"event_name\":\"n\",\"metadata\":%s}]}"
                        .formatted(id, metadata));
    }

    private static String pairs(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"k" + i + "\":" + i)
                .collect(Collectors.joining(",", "{", "}"));
    }
}
