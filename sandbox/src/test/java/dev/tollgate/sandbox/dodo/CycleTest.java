package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expiry, renewal, and what happens to overage then. */
class CycleTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox(
            dev.tollgate.sandbox.SandboxOptions.defaults().withManualClock().withStartWorker(false));

    @BeforeEach
    void setUp() {
        running.dodo().createCustomer("cus_demo", "d@example.com");
        running.dodo().createEntitlement("cde");
        running.dodo().createMeter("mtr", "api.tokens_used", "tokens");
    }

    @Test
    void aGrantExpiresAtItsTimeWithWhatIsLeft() throws IOException {
        running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100).withExpiresAfterDays(0));
        running.dodo().topUp("cus_demo", 50, Duration.ofDays(3));
        running.advance(Duration.ofDays(3).minusSeconds(1));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("150");
        running.advance(Duration.ofSeconds(1));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        LedgerEntry entry = running.dodo().ledger("cus_demo").getLast();
        assertThat(entry.transactionType()).isEqualTo("credit_expired");
        assertThat(entry.amount()).isEqualByComparingTo("50");
        assertThat(grantStatuses("active")).hasSize(1);
        assertThat(grantStatuses("expired")).hasSize(1);
    }

    @Test
    void aMonthLaterThePlanRenewsWithNewCredits() throws IOException {
        String subscription = running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100));
        running.advance(Duration.ofDays(32));
        assertThat(types()).containsExactly("credit_added", "credit_expired", "credit_added");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        assertThat(items(running.get("/payments?subscription_id=" + subscription)))
                .hasSize(2);
        assertThat(items(running.get("/subscriptions/" + subscription + "/usage-history")))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "forgive_at_reset, 0, 100, true",
        "invoice_at_billing, 0, 100, true",
        "carry_deficit, 30, 100, false",
        "carry_deficit_auto_repay, 0, 70, false"
    })
    void renewalTreatsOverageByItsBehaviour(String behavior, String overage, String balance, boolean reset)
            throws IOException {
        running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100).withOverage(null, behavior));
        running.ingest("e", 130);
        running.dodo().runWorker();
        running.advance(Duration.ofDays(32));
        assertThat(running.dodo().overage("cus_demo")).isEqualByComparingTo(overage);
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo(balance);
        assertThat(types().contains("overage_reset")).isEqualTo(reset);
    }

    @Test
    void aPlanCancelledAtNextBillingRunsUntilThen() throws IOException {
        String subscription =
                running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100).withExpiresAfterDays(60));
        String path = "/subscriptions/" + subscription;
        running.dodo("PATCH", path, "{\"cancel_at_next_billing_date\":true}");
        running.advance(Duration.ofDays(27));
        assertThat(json(running.get(path)).path("status").asText()).isEqualTo("active");
        running.advance(Duration.ofDays(5));
        assertThat(json(running.get(path)).path("status").asText()).isEqualTo("cancelled");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        assertThat(items(running.get("/subscriptions?status=cancelled&customer_id=cus_demo")))
                .hasSize(1);
    }

    @Test
    void movingTheBillingDateProvokesARenewal() throws IOException {
        String subscription = running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100));
        running.dodo(
                "PATCH",
                "/subscriptions/" + subscription,
                "{\"next_billing_date\":\""
                        + running.sandbox().clock().instant().plusSeconds(60) + "\"}");
        running.advance(Duration.ofMinutes(2));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("200");
    }

    @Test
    void unusedCreditsRollOverAsOftenAsAllowed() throws IOException {
        String product = json(running.post("/products", """
                        {"name":"p","tax_category":"saas",
                         "price":{"type":"one_time_price","currency":"USD","price":100,"discount":0,"purchasing_power_parity":false},
                         "credit_entitlements":[{"credit_entitlement_id":"cde","credits_amount":"101","expires_after_days":10,
                           "rollover_enabled":true,"rollover_percentage":50,"max_rollover_count":1}]}""")).path("product_id").asText();
        buy(product);
        running.advance(Duration.ofDays(10));
        assertThat(types()).containsExactly("credit_added", "credit_expired", "credit_rolled_over");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("50");
        running.advance(Duration.ofDays(10));
        assertThat(types().getLast()).isEqualTo("rollover_forfeited");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("0");
    }

    @Test
    void pausingStopsDeductionAndStatusMustBeSentAlone() throws IOException {
        String path = "/subscriptions/" + running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100));
        assertThat(running.dodo("PATCH", path, "{\"status\":\"paused\",\"metadata\":{}}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.dodo("PATCH", path, "{\"status\":\"paused\"}").statusCode())
                .isEqualTo(200);
        running.ingest("e", 10);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        running.dodo("PATCH", path, "{\"status\":\"cancelled\"}");
        assertThat(running.dodo("PATCH", path, "{\"status\":\"active\"}").statusCode())
                .isEqualTo(409);
    }

    @Test
    void creditSettingsOfOneSubscriptionCanBeOverridden() throws IOException {
        String path = "/subscriptions/" + running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100));
        running.dodo(
                "PATCH",
                path,
                "{\"credit_entitlement_cart\":[{\"credit_entitlement_id\":\"cde\",\"overage_enabled\":true,\"overage_limit\":\"7\"}]}");
        var usage = items(running.get(path + "/credit-usage")).path(0);
        assertThat(usage.path("overage_enabled").booleanValue()).isTrue();
        assertThat(usage.path("remaining_headroom").asText()).isEqualTo("7");
    }

    private void buy(String product) throws IOException {
        String session = json(running.post(
                        "/checkouts",
                        "{\"product_cart\":[{\"product_id\":\"" + product
                                + "\",\"quantity\":1}],\"customer\":{\"customer_id\":\"cus_demo\"}}"))
                .path("session_id")
                .asText();
        running.dodo().payCheckout(session);
    }

    private List<String> types() {
        return running.dodo().ledger("cus_demo").stream()
                .map(LedgerEntry::transactionType)
                .toList();
    }

    private com.fasterxml.jackson.databind.JsonNode grantStatuses(String status) throws IOException {
        return items(running.get("/credit-entitlements/cde/balances/cus_demo/grants?status=" + status));
    }
}
