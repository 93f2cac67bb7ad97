package dev.tollgate.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everybody is told once, in time, and of nothing that is not so. */
class AlertsTest {
    private static final Account ANN = new Account("cus_ann", "cde_tokens");
    private static final String SECRET =
            "whsec_" + Base64.getEncoder().encodeToString("0123456789abcdef01234567".getBytes(StandardCharsets.UTF_8));
    private static final long HOUR = 3_600_000;

    @TempDir
    Path folder;

    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<String> letters = new ArrayList<>();
    private long nowMillis = 1_700_000_000_000L;
    private final InstantSource clock = () -> Instant.ofEpochMilli(nowMillis);
    private int merchantStatus = 200;
    private boolean mailWorks = true;
    private HttpServer merchant;
    private Alerts alerts;

    private record Call(Map<String, List<String>> headers, String body) {
        String header(String name) {
            return String.join(" and ", headers.getOrDefault(name, List.of()));
        }

        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(body);
        }
    }

    @BeforeEach
    void open() throws IOException {
        merchant = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        merchant.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            calls.add(new Call(Map.copyOf(exchange.getRequestHeaders()), body));
            exchange.sendResponseHeaders(merchantStatus, -1);
            exchange.close();
        });
        merchant.start();
        alerts = alerts();
    }

    /** Whatever waits is done at once, on the test's thread. */
    private Alerts alerts() {
        URI url = URI.create("http://127.0.0.1:" + merchant.getAddress().getPort() + "/hook");
        return new Alerts(
                new AlertSettings(url, SECRET, 24 * HOUR),
                folder,
                (to, subject, text) -> {
                    if (!mailWorks) {
                        throw new IOException("the mail server is away");
                    }
                    letters.add(to + ": " + subject + ": " + text);
                },
                customerId -> Optional.of(customerId + "@example.com"),
                clock,
                Runnable::run);
    }

    @AfterEach
    void close() {
        alerts.close();
        merchant.stop(0);
    }

    @Test
    void whoseCreditsRunOutIsToldOnceWithASignature() throws Exception {
        use(3_000);
        nowMillis += HOUR;

        check(20_000);
        check(19_000);

        assertThat(calls).hasSize(1);
        Call call = calls.getFirst();
        JsonNode json = call.json();
        assertThat(json.path("type").asText()).isEqualTo("customer.credits_running_out");
        assertThat(json.at("/data/customer_id").asText()).isEqualTo("cus_ann");
        assertThat(json.at("/data/lasts_hours").asLong()).isEqualTo(20);
        long seconds = Long.parseLong(call.header("Webhook-timestamp"));
        assertThat(seconds).isEqualTo(nowMillis / 1000);
        assertThat(call.header("Webhook-signature"))
                .isEqualTo(new Webhook(SECRET).sign(call.header("Webhook-id"), seconds, call.body()));
        assertThat(letters)
                .singleElement()
                .satisfies(letter -> assertThat(letter)
                        .startsWith("cus_ann@example.com: Your credits run out soon")
                        .contains("20,000 credits", "about 20 hours"));
    }

    @Test
    void whoHasEnoughIsLeftInPeace() {
        use(3_000);
        check(24_001);
        check(Long.MAX_VALUE / 2);
        alerts.check(account -> OptionalLong.empty());

        assertThat(calls).isEmpty();
        check(24_000);
        assertThat(calls).hasSize(1);
    }

    @Test
    void oldUsageForeseesNothing() {
        use(3_000);
        nowMillis += UsageRates.WINDOW_MILLIS + HOUR;

        check(1);

        assertThat(calls).isEmpty();
    }

    @Test
    void aRestartDoesNotTellAgainAndNewCreditsLetItBeTold() {
        use(3_000);
        check(100);
        alerts.close();
        alerts = alerts();
        use(3_000);
        check(100);
        assertThat(calls).hasSize(1);

        alerts.heard(List.of(entry(5_000, 0)));
        check(1_000_000);
        check(100);

        assertThat(calls).hasSize(2);
        assertThat(letters).hasSize(2);
    }

    @Test
    void deductionsDoNotLetItBeToldAgain() {
        alerts.balanceLow(ANN, 2_000);
        alerts.heard(List.of(entry(-500, 500)));
        alerts.balanceLow(ANN, 1_500);

        assertThat(calls).hasSize(1);
        alerts.heard(List.of(entry(10_000, 0)));
        alerts.balanceLow(ANN, 2_000);
        assertThat(calls).hasSize(2);
    }

    @Test
    void whatIsNotTakenIsSentAgainLaterUnderTheSameIdAlsoAfterARestart() throws Exception {
        merchantStatus = 500;
        mailWorks = false;
        alerts.balanceLow(ANN, 2_000);
        check(0);
        assertThat(calls).hasSize(1);

        alerts.close();
        alerts = alerts();
        merchantStatus = 204;
        mailWorks = true;
        nowMillis += 5_000;
        check(0);
        nowMillis += HOUR;
        check(0);

        assertThat(calls).hasSize(2);
        assertThat(calls.get(1).header("Webhook-id")).isEqualTo(calls.get(0).header("Webhook-id"));
        assertThat(calls.get(1).header("Webhook-timestamp"))
                .isNotEqualTo(calls.get(0).header("Webhook-timestamp"));
        assertThat(letters).hasSize(1);
    }

    @Test
    void aMerchantWhoNeverAnswersIsGivenUpIn() {
        merchantStatus = 503;
        alerts.balanceLow(ANN, 2_000);
        for (int i = 0; i < 100; i++) {
            nowMillis += HOUR;
            check(0);
        }

        assertThat(calls).hasSize(Message.ATTEMPTS_MAX);
    }

    @Test
    void dangersAreRaisedOnceAndClearedOnce() throws Exception {
        alerts.alarms(Map.of("disk", "full soon"));
        alerts.alarms(Map.of("disk", "full soon", "quarantine", "events"));
        alerts.close();
        alerts = alerts();
        alerts.alarms(Map.of("quarantine", "events"));
        alerts.alarms(Map.of("quarantine", "events"));

        List<String> told = new ArrayList<>();
        for (Call call : calls) {
            told.add(call.json().path("type").asText() + " "
                    + call.json().at("/data/alarm").asText());
        }
        assertThat(told)
                .containsExactly(
                        "operator.alarm_raised disk",
                        "operator.alarm_raised quarantine",
                        "operator.alarm_cleared disk");
        assertThat(letters).isEmpty();
    }

    @Test
    void forecastsDoNotOverflow() {
        assertThat(Alerts.lastsMillis(Long.MAX_VALUE, 1)).isEqualTo(Long.MAX_VALUE);
        assertThat(Alerts.lastsMillis(Long.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(3 * HOUR);
        assertThat(Alerts.lastsMillis(Long.MAX_VALUE - 1, Long.MAX_VALUE)).isBetween(0L, 3 * HOUR);
        assertThat(Alerts.lastsMillis(0, 5)).isZero();
        assertThat(Alerts.lastsMillis(15, 10)).isEqualTo(9 * HOUR / 2);
    }

    private void check(long availableUnits) {
        alerts.check(account -> OptionalLong.of(availableUnits));
    }

    private void use(long units) {
        alerts.heard(List.of(new Fact.Settled(
                "r1",
                ANN,
                "key",
                "gpt-4o-mini",
                "gpt-4o-mini",
                units,
                new Fact.Tokens(0, 0, 0, 0, 0),
                false,
                nowMillis)));
    }

    private Fact entry(long netUnits, long usageUnits) {
        return new Fact.EntryApplied(
                ANN, "cdl_" + netUnits + nowMillis, "credit_added", netUnits, usageUnits, 0, nowMillis);
    }
}
