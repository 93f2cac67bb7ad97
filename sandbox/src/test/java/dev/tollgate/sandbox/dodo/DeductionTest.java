package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.event;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DeductionTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void nothingIsDeductedBeforeTheMinuteIsOver() throws IOException {
        running.dodo().demoWorld(1000);
        running.ingest("e", 100);
        running.advance(Duration.ofSeconds(59));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("1000");
        running.advance(Duration.ofSeconds(1));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("900");
        running.advance(Duration.ofMinutes(10));
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("900");
    }

    @Test
    void aRunWritesOneEntryWithRunningTotals() throws IOException {
        running.dodo().demoWorld(1000);
        running.ingest("e", 100, 50);
        running.dodo().runWorker();
        LedgerEntry entry = running.dodo().ledger("cus_demo").getLast();
        assertThat(running.dodo().ledger("cus_demo")).hasSize(2);
        assertThat(entry.transactionType()).isEqualTo("credit_deducted");
        assertThat(entry.isCredit()).isFalse();
        assertThat(entry.amount()).isEqualByComparingTo("150");
        assertThat(entry.balanceBefore()).isEqualByComparingTo("1000");
        assertThat(entry.balanceAfter()).isEqualByComparingTo("850");
        assertThat(entry.referenceType()).isEqualTo("subscription");
        assertChained();
    }

    @Test
    void anEntryPerEventIsASwitch() throws IOException {
        running.dodo().demoWorld(1000);
        running.dodo().rules(rules -> rules.withEntryPerEvent(true));
        running.ingest("e", 100, 50);
        running.dodo().runWorker();
        assertThat(amounts("credit_deducted")).containsExactly("100", "50");
        assertChained();
    }

    @Test
    void aDeductionAcrossGrantsIsSplit() throws IOException {
        running.dodo().demoWorld(100);
        running.dodo().topUp("cus_demo", 100, Duration.ofDays(5));
        running.ingest("e", 130);
        running.dodo().runWorker();
        assertThat(amounts("credit_deducted")).containsExactly("100", "30");
        assertThat(running.dodo().ledger("cus_demo").stream()
                        .map(LedgerEntry::grantId)
                        .distinct())
                .hasSize(2);
        assertChained();
    }

    @Test
    void grantsAreTakenOldestFirstOrByExpiryAsTheRulesSay() throws IOException {
        running.dodo().demoWorld(100);
        running.dodo().topUp("cus_demo", 100, Duration.ofDays(5));
        running.dodo().rules(rules -> rules.withEarliestExpiryFirst(true));
        running.ingest("e", 10);
        running.dodo().runWorker();
        assertThat(running.dodo().ledger("cus_demo").get(2).grantId())
                .isEqualTo(running.dodo().ledger("cus_demo").get(1).grantId());
        running.dodo().rules(rules -> rules.withEarliestExpiryFirst(false));
        running.ingest("f", 10);
        running.dodo().runWorker();
        assertThat(running.dodo().ledger("cus_demo").get(3).grantId())
                .isEqualTo(running.dodo().ledger("cus_demo").get(0).grantId());
    }

    @Test
    void withoutOverageDeductionStopsAtZeroAndTheExcessIsLost() throws IOException {
        running.dodo().demoWorld(100);
        running.ingest("e", 130);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("0");
        assertThat(running.dodo().overage("cus_demo")).isEqualByComparingTo("0");
        assertThat(running.dodo().deductedTokens("cus_demo")).isEqualTo(100);
        assertThat(running.dodo().droppedTokens("cus_demo")).isEqualTo(30);
        running.dodo().topUp("cus_demo", 50, null);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("50");
    }

    @Test
    void withOverageTheExcessIsCharged() throws IOException {
        String subscription = worldWithOverage(null, "forgive_at_reset");
        running.ingest("e", 130);
        running.dodo().runWorker();
        assertThat(running.dodo().overage("cus_demo")).isEqualByComparingTo("30");
        LedgerEntry entry = running.dodo().ledger("cus_demo").getLast();
        assertThat(entry.transactionType()).isEqualTo("overage_charged");
        assertThat(entry.balanceAfter()).isEqualByComparingTo("0");
        assertThat(entry.overageBefore()).isEqualByComparingTo("0");
        assertThat(entry.overageAfter()).isEqualByComparingTo("30");
        JsonNode usage = json(running.get("/subscriptions/" + subscription + "/credit-usage"))
                .path("items")
                .path(0);
        assertThat(usage.path("overage_enabled").booleanValue()).isTrue();
        assertThat(usage.path("overage_limit").isNull()).isTrue();
        assertThat(usage.path("remaining_headroom").isNull()).isTrue();
        assertThat(usage.path("limit_reached").booleanValue()).isFalse();
        assertChained();
    }

    @Test
    void overageStopsAtItsLimit() throws IOException {
        String subscription = worldWithOverage(25L, "forgive_at_reset");
        running.ingest("e", 130);
        running.dodo().runWorker();
        assertThat(running.dodo().overage("cus_demo")).isEqualByComparingTo("25");
        assertThat(running.dodo().deductedTokens("cus_demo")).isEqualTo(125);
        assertThat(running.dodo().droppedTokens("cus_demo")).isEqualTo(5);
        JsonNode usage = json(running.get("/subscriptions/" + subscription + "/credit-usage"))
                .path("items")
                .path(0);
        assertThat(usage.path("remaining_headroom").asText()).isEqualTo("0");
        assertThat(usage.path("limit_reached").booleanValue()).isTrue();
    }

    @Test
    void meterUnitsPerCreditDivideAndTheRestWaits() throws IOException {
        running.dodo().createCustomer("cus_demo", "d@example.com");
        running.dodo().createEntitlement("cde");
        running.dodo().createMeter("mtr", "api.tokens_used", "tokens");
        running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100).withMeterUnitsPerCredit(1000));
        running.ingest("e", 2500);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("98");
        running.ingest("f", 500);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("97");
        assertThat(running.dodo().deductedTokens("cus_demo")).isEqualTo(3000);
    }

    @Test
    void creditsWithoutALiveMeteredSubscriptionAreNotDeductedFrom() throws IOException {
        DodoStandIn.DemoWorld world = running.dodo().demoWorld(100);
        running.dodo().createCustomer("cus_pack", "p@example.com");
        running.dodo().topUp("cus_pack", "cde_demo", 100, null);
        running.dodo().setSubscriptionStatus(world.subscriptionId(), "on_hold");
        running.ingest("e", 10);
        running.post("/events/ingest", "{\"events\":[" + event("p", "cus_pack", 10) + "]}");
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_pack")).isEqualByComparingTo("100");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        running.dodo().setSubscriptionStatus(world.subscriptionId(), "active");
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
    }

    @Test
    void twoSubscriptionsOnOneEntitlementDeductOnceOrTwiceAsTheRulesSay() throws IOException {
        running.dodo().demoWorld(100);
        running.dodo().subscribe("cus_demo", Plan.of("cde_demo", "mtr_demo", 100));
        running.ingest("e", 10);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("190");
        running.dodo().rules(rules -> rules.withEverySubscriptionDeducts(true));
        running.ingest("f", 10);
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("170");
    }

    @Test
    void textIsNotSummedAndOtherEventNamesAreNotCounted() throws IOException {
        running.dodo().demoWorld(100);
        running.post(
                "/events/ingest",
                "{\"events\":["
                        + event("a", "cus_demo", 7).replace("7}", "\"7\"}") + ","
                        + event("b", "cus_demo", 7).replace("api.tokens_used", "LLM.tokens") + "]}");
        running.dodo().runWorker();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        assertThat(running.dodo().events()).hasSize(2);
    }

    @Test
    void metersCanFilterByMetadata() throws IOException {
        running.dodo().demoWorld(100);
        String meter = running.post(
                        "/meters",
                        "{\"name\":\"m\",\"event_name\":\"api.tokens_used\",\"measurement_unit\":\"t\","
                                + "\"aggregation\":{\"type\":\"sum\",\"key\":\"tokens\"},\"filter\":{\"conjunction\":\"or\",\"clauses\":["
                                + "{\"conjunction\":\"and\",\"clauses\":[{\"key\":\"tokens\",\"operator\":\"greater_than\",\"value\":50}]},"
                                + "{\"conjunction\":\"and\",\"clauses\":[{\"key\":\"tokens\",\"operator\":\"equals\",\"value\":3}]}]}}")
                .body();
        running.ingest("e", 3, 40, 60);
        String listed = running.get("/events?meter_id=" + json(meter).path("id").asText())
                .body();
        assertThat(json(listed).path("items").findValuesAsText("event_id")).containsExactlyInAnyOrder("e0", "e2");
    }

    private static JsonNode json(String text) {
        return RunningSandbox.json(text);
    }

    private static JsonNode json(java.net.http.HttpResponse<String> response) {
        return RunningSandbox.json(response);
    }

    private String worldWithOverage(@org.jspecify.annotations.Nullable Long limit, String behavior) {
        running.dodo().createCustomer("cus_demo", "d@example.com");
        running.dodo().createEntitlement("cde");
        running.dodo().createMeter("mtr", "api.tokens_used", "tokens");
        return running.dodo().subscribe("cus_demo", Plan.of("cde", "mtr", 100).withOverage(limit, behavior));
    }

    private List<String> amounts(String type) {
        return running.dodo().ledger("cus_demo").stream()
                .filter(entry -> entry.transactionType().equals(type))
                .map(entry -> entry.amount().toPlainString())
                .toList();
    }

    private void assertChained() {
        BigDecimal balance = BigDecimal.ZERO;
        BigDecimal overage = BigDecimal.ZERO;
        for (LedgerEntry entry : running.dodo().ledger("cus_demo")) {
            assertThat(entry.balanceBefore()).isEqualByComparingTo(balance);
            assertThat(entry.overageBefore()).isEqualByComparingTo(overage);
            balance = entry.balanceAfter();
            overage = entry.overageAfter();
        }
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo(balance);
    }
}
