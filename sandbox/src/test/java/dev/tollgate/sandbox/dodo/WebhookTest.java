package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import dev.tollgate.sandbox.http.Request;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class WebhookTest {
    private static final String OTHER_SECRET =
            "whsec_" + Base64.getEncoder().encodeToString("another".getBytes(StandardCharsets.UTF_8));

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    private final WebhookReceiver receiver;
    private String endpoint = "";

    WebhookTest() throws IOException {
        receiver = new WebhookReceiver();
    }

    @BeforeEach
    void setUp() {
        running.dodo().demoWorld(1000);
        endpoint = running.dodo().addEndpoint(receiver.url());
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    @Test
    void aMessageIsSignedOverIdTimeAndBody() throws Exception {
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        Request request = receiver.received().getFirst();
        assertThat(WebhookReceiver.isSigned(request, running.options().webhookSecret()))
                .isTrue();
        assertThat(WebhookReceiver.isSigned(request, OTHER_SECRET)).isFalse();
        assertThat(request.header("content-type")).hasValue("application/json");
        long seconds = Long.parseLong(request.header("webhook-timestamp").orElseThrow());
        assertThat(Instant.ofEpochSecond(seconds)).isBetween(Instant.now().minusSeconds(60), Instant.now());
    }

    @Test
    void signaturesCarryRealTimeHoweverFarTheSandboxIs() {
        running.advance(Duration.ofDays(100));
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        long seconds = Long.parseLong(
                receiver.received().getLast().header("webhook-timestamp").orElseThrow());
        assertThat(Instant.ofEpochSecond(seconds)).isBefore(Instant.now().plusSeconds(1));
    }

    @Test
    void aDeductionIsToldWithTheWholeLedgerEntry() throws IOException {
        running.ingest("e", 20);
        running.dodo().runWorker();
        settle();
        JsonNode message = WebhookReceiver.body(receiver.received().getFirst());
        assertThat(message.path("type").asText()).isEqualTo("credit.deducted");
        assertThat(message.path("business_id").asText()).isNotEmpty();
        JsonNode data = message.path("data");
        assertThat(data.path("payload_type").asText()).isEqualTo("CreditLedgerEntry");
        assertThat(data.path("balance_before").textValue()).isEqualTo("1000");
        assertThat(data.path("balance_after").textValue()).isEqualTo("980");
        assertThat(data.path("id").asText())
                .isEqualTo(running.dodo().ledger("cus_demo").getLast().id());
    }

    @Test
    void everyMovementHasItsType() throws IOException {
        DodoStandIn.DemoWorld world = new DodoStandIn.DemoWorld("cus_2", "cde_demo", "mtr_demo", "");
        running.dodo().createCustomer(world.customerId(), "2@example.com");
        running.dodo()
                .subscribe(
                        "cus_2",
                        Plan.of("cde_demo", "mtr_demo", 100)
                                .withOverage(null, "forgive_at_reset")
                                .withLowBalancePercent(20));
        running.post("/events/ingest", "{\"events\":[" + RunningSandbox.event("x", "cus_2", 130) + "]}");
        running.dodo().rules(rules -> rules.withManualEntriesAsAdjustment(true));
        running.advance(Duration.ofDays(29));
        running.post(
                "/credit-entitlements/cde_demo/balances/cus_2/ledger-entries",
                "{\"entry_type\":\"credit\",\"amount\":\"1\"}");
        running.advance(Duration.ofDays(3));
        assertThat(receiver.types())
                .contains(
                        "subscription.active",
                        "subscription.renewed",
                        "payment.succeeded",
                        "credit.added",
                        "credit.deducted",
                        "credit.overage_charged",
                        "credit.overage_reset",
                        "credit.expired",
                        "credit.manual_adjustment",
                        "credit.balance_low");
    }

    @Test
    void refusedMessagesAreTriedEightTimesOnThePublishedSchedule() {
        receiver.answerWith(500);
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        int[] afterSeconds = {5, 300, 1800, 7200, 18_000, 36_000, 36_000};
        int messages = receiver.received().size();
        assertThat(messages).isEqualTo(2);
        for (int attempt = 0; attempt < afterSeconds.length; attempt++) {
            running.advance(Duration.ofSeconds(afterSeconds[attempt]).minusMillis(1));
            assertThat(receiver.received()).hasSize(messages * (attempt + 1));
            running.advance(Duration.ofMillis(1));
            assertThat(receiver.received()).hasSize(messages * (attempt + 2));
        }
        running.advance(Duration.ofDays(20));
        assertThat(receiver.received()).hasSize(messages * 8);
        assertThat(new HashSet<>(receiver.ids())).hasSize(messages);
        assertThat(delivery("credit.added").attempts()).isEqualTo(8);
        assertThat(delivery("credit.added").lastStatus()).isEqualTo(500);
    }

    @Test
    void aRetryEndsWithTheFirstSuccess() {
        receiver.answerWith(503);
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        receiver.answerWith(204);
        running.advance(Duration.ofDays(3));
        assertThat(delivery("credit.added").attempts()).isEqualTo(2);
        assertThat(delivery("credit.added").lastStatus()).isEqualTo(204);
    }

    @Test
    void anEndpointThatIsNotThereCountsAsAFailedAttempt() {
        receiver.close();
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        assertThat(delivery("credit.added").attempts()).isEqualTo(1);
        assertThat(delivery("credit.added").lastStatus()).isZero();
    }

    @Test
    void duplicatesCarryOneId() {
        running.dodo().webhookFaults(WebhookFaults.none().withCopies(2));
        running.dodo().topUp("cus_demo", 5, null);
        settle();
        assertThat(receiver.received()).hasSize(4);
        assertThat(new HashSet<>(receiver.ids())).hasSize(2);
    }

    @Test
    void droppedMessagesAreNeverSent() {
        running.dodo().webhookFaults(WebhookFaults.none().withDropPercent(100));
        running.dodo().topUp("cus_demo", 5, null);
        running.advance(Duration.ofDays(3));
        assertThat(receiver.received()).isEmpty();
        assertThat(delivery("credit.added").dropped()).isTrue();
    }

    @Test
    void delayedMessagesComeLater() {
        running.dodo().webhookFaults(WebhookFaults.none().withDelay(Duration.ofMinutes(7)));
        running.dodo().topUp("cus_demo", 5, null);
        running.advance(Duration.ofMinutes(7).minusSeconds(1));
        assertThat(receiver.received()).isEmpty();
        running.advance(Duration.ofSeconds(1));
        assertThat(receiver.received()).hasSize(2);
    }

    @Test
    void shuffledMessagesAllComeInAnotherOrder() {
        running.dodo().webhookFaults(WebhookFaults.none().withShuffleWithin(Duration.ofMinutes(1)));
        for (int i = 0; i < 20; i++) {
            running.dodo().debit("cus_demo", 1);
        }
        running.advance(Duration.ofMinutes(1));
        List<String> balances = receiver.received().stream()
                .map(request -> WebhookReceiver.body(request)
                        .path("data")
                        .path("balance_after")
                        .asText())
                .toList();
        assertThat(balances).hasSize(20).doesNotHaveDuplicates();
        assertThat(balances)
                .isNotEqualTo(balances.stream()
                        .sorted(java.util.Comparator.reverseOrder())
                        .toList());
    }

    @Test
    void unknownTypesCanBeMixedIn() {
        running.dodo().webhookFaults(WebhookFaults.none().withUnknownTypes(true));
        running.dodo().debit("cus_demo", 1);
        settle();
        assertThat(receiver.types()).containsExactly("credit.teleported", "credit.deducted");
    }

    @Test
    void wrongSignaturesAreWrong() throws Exception {
        running.dodo().webhookFaults(WebhookFaults.none().withWrongSignature(true));
        running.dodo().debit("cus_demo", 1);
        settle();
        assertThat(WebhookReceiver.isSigned(
                        receiver.received().getFirst(), running.options().webhookSecret()))
                .isFalse();
    }

    @Test
    void afterRotationBothSecretsSignForADay() throws Exception {
        running.dodo().rotateSecret(endpoint, OTHER_SECRET);
        running.dodo().debit("cus_demo", 1);
        settle();
        Request during = receiver.received().getLast();
        assertThat(WebhookReceiver.isSigned(during, running.options().webhookSecret()))
                .isTrue();
        assertThat(WebhookReceiver.isSigned(during, OTHER_SECRET)).isTrue();
        running.advance(Duration.ofHours(25));
        running.dodo().debit("cus_demo", 1);
        settle();
        Request after = receiver.received().getLast();
        assertThat(WebhookReceiver.isSigned(after, running.options().webhookSecret()))
                .isFalse();
        assertThat(WebhookReceiver.isSigned(after, OTHER_SECRET)).isTrue();
        assertThat(json(running.get("/webhooks/" + endpoint + "/secret"))
                        .path("secret")
                        .asText())
                .isEqualTo(OTHER_SECRET);
    }

    @Test
    void aReplayHasTheOldId() {
        running.dodo().debit("cus_demo", 1);
        settle();
        running.dodo().replay(receiver.ids().getFirst());
        settle();
        assertThat(receiver.received()).hasSize(2);
        assertThat(new HashSet<>(receiver.ids())).hasSize(1);
    }

    @Test
    void aSubscriptionIsToldAsItIsAtDeliveryTime() {
        receiver.answerWith(500);
        String subscription = running.dodo().subscribe("cus_demo", Plan.of("cde_demo", "mtr_demo", 1));
        settle();
        running.dodo().setSubscriptionStatus(subscription, "on_hold");
        receiver.answerWith(200);
        running.advance(Duration.ofSeconds(5));
        JsonNode retried = receiver.received().stream()
                .map(WebhookReceiver::body)
                .filter(message -> message.path("type").asText().equals("subscription.active"))
                .reduce((first, second) -> second)
                .orElseThrow();
        assertThat(retried.path("data").path("status").asText()).isEqualTo("on_hold");
        assertThat(retried.path("data").path("payload_type").asText()).isEqualTo("Subscription");
        assertThat(retried.path("data")
                        .path("credit_entitlement_cart")
                        .path(0)
                        .path("remaining_balance")
                        .isNumber())
                .isTrue();
    }

    @Test
    void lowBalanceIsToldOnceForEveryCrossing() throws IOException {
        running.dodo().createCustomer("cus_low", "low@example.com");
        running.dodo().subscribe("cus_low", Plan.of("cde_demo", "mtr_demo", 100).withLowBalancePercent(20));
        spend("a", 85);
        spend("b", 1);
        running.dodo().topUp("cus_low", 100, null);
        spend("c", 100);
        settle();
        assertThat(receiver.types().stream().filter("credit.balance_low"::equals))
                .hasSize(2);
    }

    @Test
    void endpointsCanBeManaged() throws IOException {
        running.dodo().removeEndpoint(endpoint);
        HttpResponse<String> created = running.post(
                "/webhooks", "{\"url\":\"" + receiver.url() + "\",\"filter_types\":[\"payment.succeeded\"]}");
        assertThat(created.statusCode()).isEqualTo(200);
        String path = "/webhooks/" + json(created).path("id").asText();
        running.dodo().topUp("cus_demo", 1, null);
        settle();
        assertThat(receiver.types()).containsExactly("payment.succeeded");
        JsonNode list = json(running.get("/webhooks"));
        assertThat(list.path("data")).hasSize(1);
        assertThat(list.path("done").booleanValue()).isTrue();
        running.dodo("PATCH", path, "{\"disabled\":true}");
        running.dodo().topUp("cus_demo", 1, null);
        settle();
        assertThat(receiver.received()).hasSize(1);
        assertThat(running.dodo("DELETE", path, "").statusCode()).isEqualTo(200);
        assertThat(running.get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void anAddressThatCannotBeCalledIsRefused() throws IOException {
        for (String url : new String[] {"ftp://here/x", "nonsense", "http://", "http://a b/"}) {
            assertThat(running.post("/webhooks", "{\"url\":\"" + url + "\"}").statusCode())
                    .isEqualTo(422);
        }
    }

    @Test
    void aSlowEndpointIsGivenUpAfterTheTimeout() throws IOException {
        try (var silent =
                dev.tollgate.sandbox.http.HttpServer.start("silent", 0, (request, wire) -> wire.pause(3_600_000))) {
            running.dodo().removeEndpoint(endpoint);
            running.dodo().addEndpoint(java.net.URI.create("http://127.0.0.1:" + silent.port()));
            running.dodo().webhookTimeout(Duration.ofMillis(100));
            running.dodo().debit("cus_demo", 1);
            settle();
            assertThat(delivery("credit.deducted").attempts()).isEqualTo(1);
            assertThat(delivery("credit.deducted").lastStatus()).isZero();
        }
    }

    private void spend(String id, long tokens) throws IOException {
        running.post("/events/ingest", "{\"events\":[" + RunningSandbox.event(id, "cus_low", tokens) + "]}");
        running.dodo().runWorker();
    }

    private void settle() {
        running.sandbox().clock().settle();
    }

    private DodoStandIn.Delivery delivery(String type) {
        return running.dodo().deliveries().stream()
                .filter(delivery -> delivery.type().equals(type))
                .reduce((first, second) -> second)
                .orElseThrow();
    }
}
