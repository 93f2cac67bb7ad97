package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CreditApiTest {
    private static final String ACCOUNT = "/credit-entitlements/cde_demo/balances/cus_demo";

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @BeforeEach
    void setUp() {
        running.dodo().demoWorld(1000);
    }

    @Test
    void balancesAreNumbersOrStringsAsTheRulesSayAndLedgersAlwaysStrings() throws IOException {
        JsonNode numeric = json(running.get(ACCOUNT));
        assertThat(numeric.path("balance").isNumber()).isTrue();
        assertThat(numeric.path("overage").isNumber()).isTrue();
        running.dodo().rules(rules -> rules.withNumericBalances(false));
        JsonNode text = json(running.get(ACCOUNT));
        assertThat(text.path("balance").textValue()).isEqualTo("1000");
        assertThat(text.path("overage").textValue()).isEqualTo("0");
        assertThat(items(running.get(ACCOUNT + "/ledger"))
                        .path(0)
                        .path("amount")
                        .textValue())
                .isEqualTo("1000");
    }

    @Test
    void roundAmountsAreNotWrittenInScientificNotation() throws IOException {
        running.dodo().topUp("cus_demo", 9_999_000, null);
        assertThat(running.get(ACCOUNT).body()).contains("\"balance\":10000000,");
        assertThat(items(running.get(ACCOUNT + "/ledger"))
                        .path(0)
                        .path("balance_after")
                        .textValue())
                .isEqualTo("10000000");
    }

    @Test
    void aCustomerWithoutCreditsHasNoBalance() throws IOException {
        running.dodo().createCustomer("cus_new", "n@example.com");
        HttpResponse<String> response = running.get("/credit-entitlements/cde_demo/balances/cus_new");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response).path("code").asText()).isEqualTo("NOT_FOUND");
        assertThat(running.get("/credit-entitlements/cde_none/balances/cus_demo")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void pagesAreCountedFromZeroAndHaveNoTotal() throws IOException {
        for (int i = 0; i < 25; i++) {
            running.dodo().topUp("cus_demo", 1, null);
        }
        ObjectNode first = json(running.get(ACCOUNT + "/ledger"));
        assertThat(first.path("items")).hasSize(10);
        assertThat(first.size()).isEqualTo(1);
        Set<String> ids = new HashSet<>();
        for (int page = 0; page < 4; page++) {
            items(running.get(ACCOUNT + "/ledger?page_number=" + page))
                    .forEach(entry -> ids.add(entry.path("id").asText()));
        }
        assertThat(ids).hasSize(26);
        assertThat(items(running.get(ACCOUNT + "/ledger?page_size=100"))).hasSize(26);
        assertThat(items(running.get(ACCOUNT + "/ledger?page_number=3"))).isEmpty();
        assertThat(running.get(ACCOUNT + "/ledger?page_size=101").statusCode()).isEqualTo(422);
    }

    @Test
    void ledgersCanBeFilteredByTypeAndDate() throws IOException {
        running.dodo().debit("cus_demo", 5);
        assertThat(items(running.get(ACCOUNT + "/ledger?transaction_type=credit_deducted")))
                .hasSize(1);
        assertThat(items(running.get(ACCOUNT + "/ledger?start_date=2999-01-01T00:00:00Z")))
                .isEmpty();
        assertThat(items(running.get(ACCOUNT + "/ledger?end_date=2999-01-01T00:00:00Z")))
                .hasSize(2);
    }

    @Test
    void ledgerEntriesHaveEveryDocumentedField() throws IOException {
        JsonNode entry = items(running.get(ACCOUNT + "/ledger")).path(0);
        assertThat(entry.properties().stream().map(java.util.Map.Entry::getKey))
                .contains(
                        "id",
                        "business_id",
                        "brand_id",
                        "customer_id",
                        "credit_entitlement_id",
                        "grant_id",
                        "transaction_type",
                        "amount",
                        "is_credit",
                        "balance_before",
                        "balance_after",
                        "overage_before",
                        "overage_after",
                        "description",
                        "reference_type",
                        "reference_id",
                        "metadata",
                        "created_at");
    }

    @Test
    void aManualEntryWorksAtOnceAndItsReplayOnlyOnce() throws IOException {
        String body = "{\"entry_type\":\"debit\",\"amount\":\"40\",\"idempotency_key\":\"k1\",\"reason\":\"r\"}";
        HttpResponse<String> first = running.post(ACCOUNT + "/ledger-entries", body);
        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(json(first).path("balance_after").textValue()).isEqualTo("960");
        HttpResponse<String> replay = running.post(ACCOUNT + "/ledger-entries", body);
        assertThat(replay.statusCode()).isEqualTo(201);
        assertThat(replay.body()).isEqualTo(first.body());
        running.dodo().rules(rules -> rules.withReplayConflicts(true));
        assertThat(running.post(ACCOUNT + "/ledger-entries", body).statusCode()).isEqualTo(409);
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("960");
    }

    @Test
    void manualCreditsMakeAGrantAndDebitsNeedABalance() throws IOException {
        assertThat(running.post(
                                ACCOUNT + "/ledger-entries",
                                "{\"entry_type\":\"credit\",\"amount\":\"12.5\",\"expires_at\":\"2999-01-01T00:00:00Z\"}")
                        .statusCode())
                .isEqualTo(201);
        assertThat(items(running.get(ACCOUNT + "/grants"))
                        .path(0)
                        .path("source_type")
                        .asText())
                .isEqualTo("api");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("1012.5");
        assertThat(running.post(ACCOUNT + "/ledger-entries", "{\"entry_type\":\"debit\",\"amount\":\"2000\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.post(ACCOUNT + "/ledger-entries", "{\"entry_type\":\"debit\",\"amount\":\"-1\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.post(ACCOUNT + "/ledger-entries", "{\"entry_type\":\"credit\",\"amount\":\"10000000000\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.post(ACCOUNT + "/ledger-entries", "{\"entry_type\":\"gift\",\"amount\":\"1\"}")
                        .statusCode())
                .isEqualTo(422);
        assertThat(running.post("/credit-entitlements/cde_none/balances/cus_demo/ledger-entries", "{}")
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void manualEntriesCanBeCalledAdjustments() throws IOException {
        running.dodo().rules(rules -> rules.withManualEntriesAsAdjustment(true));
        running.post(ACCOUNT + "/ledger-entries", "{\"entry_type\":\"debit\",\"amount\":\"1\"}");
        assertThat(running.dodo().ledger("cus_demo").getLast().transactionType())
                .isEqualTo("manual_adjustment");
    }

    @Test
    void allCreditsOfACustomerComeInOneUnpagedList() throws IOException {
        for (int i = 0; i < 12; i++) {
            running.dodo().createEntitlement("cde_" + i);
            running.dodo().topUp("cus_demo", "cde_" + i, i + 1, null);
        }
        JsonNode items = items(running.get("/customers/cus_demo/credit-entitlements"));
        assertThat(items).hasSize(13);
        assertThat(items.path(0).path("balance").textValue()).isEqualTo("1000");
        assertThat(items(running.get("/credit-entitlements/cde_3/balances?customer_id=cus_demo")))
                .hasSize(1);
    }

    @Test
    void entitlementsAreCheckedAndListedNewestFirst() throws IOException {
        String body =
                "{\"name\":\"A\",\"unit\":\"token\",\"precision\":0,\"rollover_enabled\":false,\"overage_enabled\":false}";
        HttpResponse<String> created = running.post("/credit-entitlements", body);
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(json(created).path("overage_behavior").asText()).isEqualTo("forgive_at_reset");
        assertThat(running.post("/credit-entitlements", body).statusCode()).isEqualTo(409);
        assertThat(running.post("/credit-entitlements", "{\"name\":\"B\"}").statusCode())
                .isEqualTo(422);
        assertThat(items(running.get("/credit-entitlements"))
                        .path(0)
                        .path("name")
                        .asText())
                .isEqualTo("A");
        assertThat(running.get("/credit-entitlements/cde_none").statusCode()).isEqualTo(404);
    }
}
