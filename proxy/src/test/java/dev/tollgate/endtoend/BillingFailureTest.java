package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import dev.tollgate.app.StartException;
import dev.tollgate.app.Tollgate;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.WebhookFaults;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Dodo fails in every way that it can; usage arrives there once, and balances come out right. */
class BillingFailureTest {
    private static final String UNAVAILABLE = "service_unavailable_error";

    @TempDir
    Path folder;

    @Test
    void whenDodoIsDownAtTheStartNobodyIsServedUntilItIsBack() throws Exception {
        Sandbox sandbox = Stand.startSandbox(100_000);
        sandbox.dodo().goDown();
        try (Stand stand = Stand.on(sandbox, folder, Stand.yaml(folder))) {
            RawAnswer answer = stand.ask(stand.chat("Hi", 100));

            answer.assertError(503, UNAVAILABLE, "billing_unavailable");
            assertThat(answer.header("retry-after")).isEqualTo("2");
            assertThat(sandbox.openai().requestCount()).isZero();

            sandbox.dodo().comeUp();

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(stand.ask(stand.chat("Hi", 100)).status())
                                    .isEqualTo(200));
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void whenDodoIsDownAtTheStartTheEntitlementCannotBeFound() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(100_000)) {
            sandbox.dodo().goDown();

            assertThat(failureWithoutEntitlement(sandbox)).contains("cannot be reached", "CREDIT_ENTITLEMENT_ID");
        }
    }

    @Test
    void aWrongDodoKeyIsNamed() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(100_000)) {
            sandbox.dodo().failNext(1, 401);

            assertThat(failureWithoutEntitlement(sandbox)).contains("401", "DODO_PAYMENTS_API_KEY");
        }
    }

    @Test
    void withoutAnyEntitlementOneIsToldToCreateOne() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false))) {
            assertThat(failureWithoutEntitlement(sandbox)).contains("no credit entitlement", "CREDIT_ENTITLEMENT_ID");
        }
    }

    @Test
    void amongSeveralEntitlementsOneIsToldToChoose() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(100_000)) {
            sandbox.dodo().createEntitlement("cde_other");

            assertThat(failureWithoutEntitlement(sandbox))
                    .contains("several", "CREDIT_ENTITLEMENT_ID", Stand.ENTITLEMENT, "cde_other");
        }
    }

    @Test
    void theOnlyEntitlementIsFoundByItself() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(100_000)) {
            Tollgate tollgate = Tollgate.start(Stand.settings(folder, Stand.yaml(folder), environment(sandbox)));

            assertThat(tollgate.entitlementId()).isEqualTo(Stand.ENTITLEMENT);
            tollgate.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void knownCustomersAreServedWhileDodoIsDownAndBilledOnceLater(boolean restarted) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.assertEverythingGeneratedIsBilled();
            stand.sandbox.dodo().goDown();

            for (int i = 0; i < 10; i++) {
                assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            }
            if (restarted) {
                stand.restart();
                assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            }
            assertThat(stand.sandbox.dodo().eventCount()).isEqualTo(1);

            stand.sandbox.dodo().comeUp();

            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.sandbox.dodo().eventCount()).isEqualTo(restarted ? 12 : 11);
        }
    }

    @Test
    void whatDodoTookWithoutSayingSoIsNotBilledTwice() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.assertEverythingGeneratedIsBilled();
            stand.sandbox.dodo().acceptButLoseResponse(2);

            for (int i = 0; i < 5; i++) {
                assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            }

            stand.assertEverythingGeneratedIsBilled();
            assertPendingEventsAreGone(stand);
            assertThat(stand.sandbox.dodo().eventCount()).isEqualTo(6);
            assertDodoDeductsWhatWasUsed(stand);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503})
    void eventsThatDodoDidNotTakeAreSentAgain(int status) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.assertEverythingGeneratedIsBilled();
            stand.sandbox.dodo().retryAfter(status == 429 ? "1" : null);
            stand.sandbox.dodo().failNext(2, status);

            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);

            stand.assertEverythingGeneratedIsBilled();
            assertPendingEventsAreGone(stand);
        }
    }

    @Test
    void webhooksThatComeTwiceOutOfOrderAndAmongOthersAreAppliedOnce() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.sandbox
                    .dodo()
                    .webhookFaults(WebhookFaults.none()
                            .withCopies(3)
                            .withShuffleWithin(Duration.ofSeconds(1))
                            .withUnknownTypes(true));

            for (int i = 1; i <= 10; i++) {
                stand.sandbox.dodo().topUp(Stand.CUSTOMER, i * 100L, null);
            }

            assertDodoDeductsWhatWasUsed(stand);
            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() -> assertThat(stand.sandbox.dodo().deliveries())
                            .allMatch(delivery -> delivery.lastStatus() == 200));
            assertThat(stand.account().netUnits())
                    .isEqualTo(stand.sandbox.dodo().balance(Stand.CUSTOMER).longValueExact());
        }
    }

    @Test
    void webhooksOfStrangersAreRefusedAndWithoutEffect() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            long netUnits = stand.account().netUnits();
            stand.sandbox.dodo().webhookFaults(WebhookFaults.none().withWrongSignature(true));

            stand.sandbox.dodo().topUp(Stand.CUSTOMER, 5_000, null);

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() -> assertThat(stand.sandbox.dodo().deliveries())
                            .isNotEmpty()
                            .allMatch(delivery -> delivery.lastStatus() == 401));
            assertThat(stand.account().netUnits()).isEqualTo(netUnits);
        }
    }

    @Test
    void onlyAFreshWebhookWithTheRightSignatureOverItsVeryBytesIsApplied() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            long netUnits = stand.account().netUnits();
            String body = creditAdded(Stand.CUSTOMER, "cle_made_up", 7_000);
            long now = java.time.Instant.now().getEpochSecond();
            String signature = signature("msg_1", now, body);

            assertThat(webhook(stand, "", body).status()).isEqualTo(401);
            assertThat(webhook(stand, fields("msg_1", now, "v1,AAAA"), body).status())
                    .isEqualTo(401);
            assertThat(webhook(stand, fields("msg_2", now, signature), body).status())
                    .isEqualTo(401);
            assertThat(webhook(stand, fields("msg_1", now, signature), body.replace("7000", "9000"))
                            .status())
                    .isEqualTo(401);
            long old = now - 600;
            assertThat(webhook(stand, fields("msg_1", old, signature("msg_1", old, body)), body)
                            .status())
                    .isEqualTo(401);
            assertThat(stand.account().netUnits()).isEqualTo(netUnits);
            assertThat(stand.facts).noneMatch(fact -> fact.toString().contains("cle_made_up"));

            assertThat(webhook(stand, fields("msg_1", now, signature), body).status())
                    .isEqualTo(200);
            assertThat(stand.facts).anyMatch(fact -> fact.toString().contains("cle_made_up"));
        }
    }

    @Test
    void webhooksAboutCustomersWithoutAKeyAreAcceptedAndIgnored() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.sandbox.dodo().createCustomer("cus_stranger", "stranger@example.com");

            stand.sandbox.dodo().topUp("cus_stranger", Stand.ENTITLEMENT, 5_000, null);

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() -> assertThat(stand.sandbox.dodo().deliveries())
                            .isNotEmpty()
                            .allMatch(delivery -> delivery.lastStatus() == 200));
            assertThat(stand.facts)
                    .noneMatch(fact -> fact.account().customerId().equals("cus_stranger"));
        }
    }

    @Test
    void withEveryWebhookLostTheBalanceIsReadInstead() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000, "dodo: { refresh: 1s }\n")) {
            stand.sandbox.dodo().webhookFaults(WebhookFaults.none().withDropPercent(100));
            assertThat(stand.ask(stand.chat("Hi tokens=20", 50)).status()).isEqualTo(200);
            stand.ask(stand.chat("Hi", 5_000)).assertError(402, "insufficient_quota", "request_exceeds_balance");

            stand.sandbox.dodo().topUp(Stand.CUSTOMER, 10_000, null);

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(stand.ask(stand.chat("Hi", 5_000)).status())
                                    .isEqualTo(200));
            stand.assertEverythingGeneratedIsBilled();
            stand.sandbox.dodo().runWorker();
            await().atMost(Stand.PATIENCE).untilAsserted(() -> {
                stand.ask(stand.chat("Hi", 50_000)).assertError(402, "insufficient_quota", "request_exceeds_balance");
                assertThat(stand.account().netUnits())
                        .isEqualTo(stand.sandbox.dodo().balance(Stand.CUSTOMER).longValueExact());
            });
            assertThat(stand.sandbox.dodo().deliveries()).allMatch(delivery -> delivery.dropped());
        }
    }

    /** Once every event is there, Dodo's own sum is what was used, and Tollgate's view of it is the same. */
    private static void assertDodoDeductsWhatWasUsed(Stand stand) {
        stand.assertEverythingGeneratedIsBilled();
        stand.sandbox.dodo().runWorker();
        assertThat(stand.sandbox.dodo().deductedTokens(Stand.CUSTOMER))
                .isEqualTo(stand.sandbox.openai().totalTokens());
        await().atMost(Stand.PATIENCE)
                .untilAsserted(() -> assertThat(stand.account().netUnits())
                        .isEqualTo(stand.sandbox.dodo().balance(Stand.CUSTOMER).longValueExact()));
    }

    private static void assertPendingEventsAreGone(Stand stand) {
        await().atMost(Stand.PATIENCE)
                .until(() ->
                        Probe.metric(stand.tollgate, "tollgate_events_pending").equals("0"));
        assertThat(Probe.metric(stand.tollgate, "tollgate_events_quarantined_total"))
                .isEqualTo("0");
    }

    private String failureWithoutEntitlement(Sandbox sandbox) throws Exception {
        var settings = Stand.settings(folder, Stand.yaml(folder), environment(sandbox));
        StartException failure = catchThrowableOfType(StartException.class, () -> Tollgate.start(settings));
        assertThat(failure).isNotNull();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("tollgate"));
        return String.valueOf(failure.getMessage());
    }

    private static Map<String, String> environment(Sandbox sandbox) {
        Map<String, String> environment = Stand.environment(sandbox);
        environment.remove("CREDIT_ENTITLEMENT_ID");
        return environment;
    }

    private static RawAnswer webhook(Stand stand, String fields, String body) throws Exception {
        return RawConnection.ask(
                stand.port(),
                "POST /webhooks/dodo HTTP/1.1\r\nHost: tollgate\r\nContent-Type: application/json\r\n" + fields
                        + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    private static String fields(String id, long timestampSeconds, String signature) {
        return "webhook-id: " + id + "\r\nwebhook-timestamp: " + timestampSeconds + "\r\nwebhook-signature: "
                + signature + "\r\n";
    }

    private static String signature(String id, long timestampSeconds, String body) throws Exception {
        return new Webhook(SandboxOptions.defaults().webhookSecret()).sign(id, timestampSeconds, body);
    }

    private static String creditAdded(String customer, String entryId, long credits) {
        return "{\"business_id\":\"bus_test\",\"type\":\"credit.added\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{"
                + "\"payload_type\":\"CreditLedgerEntry\",\"id\":\"" + entryId + "\",\"business_id\":\"bus_test\","
                + "\"customer_id\":\"" + customer + "\",\"credit_entitlement_id\":\"" + Stand.ENTITLEMENT + "\","
                + "\"transaction_type\":\"credit_added\",\"is_credit\":true,\"amount\":\"" + credits
                + "\",\"balance_before\":\"1000\",\"balance_after\":\"8000\",\"overage_before\":\"0\",\"overage_after\":\"0\","
                + "\"created_at\":\"2099-01-01T00:00:00Z\"}}";
    }
}
