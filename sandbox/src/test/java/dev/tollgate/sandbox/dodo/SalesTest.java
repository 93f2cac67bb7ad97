package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A merchant sets up everything over HTTP and a customer buys it. */
class SalesTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void aPlanBoughtInACheckoutGrantsItsCreditsAndIsMetered() throws IOException {
        String entitlement = create(
                "/credit-entitlements",
                "id",
                "{\"name\":\"A\",\"unit\":\"token\",\"precision\":0,\"rollover_enabled\":false,\"overage_enabled\":false}");
        String meter = create(
                "/meters",
                "id",
                "{\"name\":\"M\",\"event_name\":\"api.tokens_used\",\"measurement_unit\":\"tokens\",\"aggregation\":{\"type\":\"sum\",\"key\":\"tokens\"}}");
        String product = create("/products", "product_id", plan(entitlement, meter));
        String session = create(
                "/checkouts",
                "session_id",
                "{\"product_cart\":[{\"product_id\":\"" + product
                        + "\",\"quantity\":1}],\"customer\":{\"email\":\"new@example.com\"},\"metadata\":{\"account\":\"a1\"}}");
        assertThat(json(running.get("/checkouts/" + session))
                        .path("payment_status")
                        .isNull())
                .isTrue();

        running.dodo().payCheckout(session);
        running.dodo().payCheckout(session);

        JsonNode checkout = json(running.get("/checkouts/" + session));
        assertThat(checkout.path("payment_status").asText()).isEqualTo("succeeded");
        JsonNode payment =
                json(running.get("/payments/" + checkout.path("payment_id").asText()));
        assertThat(payment.path("product_cart").isNull()).isTrue();
        assertThat(payment.path("metadata").path("account").asText()).isEqualTo("a1");
        String customer = payment.path("customer").path("customer_id").asText();
        assertThat(running.dodo().balance(customer)).isEqualByComparingTo("1000");
        JsonNode subscriptions = items(running.get("/subscriptions?customer_id=" + customer));
        assertThat(subscriptions).hasSize(1);
        assertThat(subscriptions.path(0).has("meter_credit_entitlement_cart")).isFalse();
        JsonNode subscription = json(running.get("/subscriptions/"
                + subscriptions.path(0).path("subscription_id").asText()));
        assertThat(subscription
                        .path("meter_credit_entitlement_cart")
                        .path(0)
                        .path("credit_entitlement_id")
                        .asText())
                .isEqualTo(entitlement);
        running.post("/events/ingest", "{\"events\":[" + RunningSandbox.event("e", customer, 30) + "]}");
        running.dodo().runWorker();
        assertThat(running.dodo().balance(customer)).isEqualByComparingTo("970");
    }

    @Test
    void aPackIsGrantedOnceForEachOfItsQuantity() throws IOException {
        running.dodo().demoWorld(100);
        String product = create(
                "/products",
                "product_id",
                "{\"name\":\"Pack\",\"tax_category\":\"saas\",\"price\":{\"type\":\"one_time_price\",\"currency\":\"USD\",\"price\":1900,\"discount\":0,"
                        + "\"purchasing_power_parity\":false},"
                        + "\"credit_entitlements\":[{\"credit_entitlement_id\":\"cde_demo\",\"credits_amount\":\"50\",\"expires_after_days\":365}]}");
        JsonNode session = json(
                running.post(
                        "/checkouts",
                        "{\"product_cart\":[{\"product_id\":\"" + product
                                + "\",\"quantity\":2}],\"customer\":{\"customer_id\":\"cus_demo\"},\"return_url\":\"http://here/done\"}"));
        URI page = URI.create(session.path("checkout_url").asText());
        assertThat(running.send("GET", page, "", "").body()).contains("<form");
        HttpResponse<String> paid = running.send("POST", page, "", "");
        assertThat(paid.statusCode()).isEqualTo(303);
        assertThat(paid.headers().firstValue("location").orElseThrow()).startsWith("http://here/done?payment_id=pay_");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("200");
        assertThat(running.dodo().ledger("cus_demo").getLast().referenceType()).isEqualTo("payment");
    }

    @Test
    void customersCanBeCreatedAndFound() throws IOException {
        String id = create("/customers", "customer_id", "{\"email\":\"a@example.com\",\"name\":\"A\"}");
        assertThat(json(running.get("/customers/" + id)).path("email").asText()).isEqualTo("a@example.com");
        assertThat(items(running.get("/customers?email=a@example.com"))).hasSize(1);
        assertThat(items(running.get("/customers?email=b@example.com"))).isEmpty();
        assertThat(running.get("/customers/cus_none").statusCode()).isEqualTo(404);
        assertThat(running.post("/customers", "{}").statusCode()).isEqualTo(422);
        assertThat(json(running.post("/customers/" + id + "/customer-portal/session", ""))
                        .path("link")
                        .asText())
                .contains("/portal/");
    }

    @Test
    void theCatalogueCanBeTidied() throws IOException {
        running.dodo().demoWorld(100);
        String product =
                items(running.get("/products")).get(0).path("product_id").asText();
        assertThat(running.dodo("PATCH", "/products/" + product, "{\"name\":\"Renamed\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(json(running.get("/products/" + product)).path("name").asText())
                .isEqualTo("Renamed");
        assertThat(running.dodo("DELETE", "/products/" + product, "").statusCode())
                .isEqualTo(200);
        assertThat(running.dodo("DELETE", "/products/" + product, "").statusCode())
                .isEqualTo(410);
        assertThat(items(running.get("/products"))).isEmpty();
        assertThat(items(running.get("/products?archived=true"))).hasSize(1);

        assertThat(running.dodo("DELETE", "/meters/mtr_demo", "").statusCode()).isEqualTo(204);
        assertThat(items(running.get("/meters"))).isEmpty();
        assertThat(running.post("/meters/mtr_demo/unarchive", "").statusCode()).isEqualTo(200);
        assertThat(items(running.get("/meters"))).hasSize(1);

        String entitlement = "/credit-entitlements/cde_demo";
        assertThat(running.dodo("PATCH", entitlement, "{\"description\":\"new\"}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(json(running.get(entitlement)).path("description").asText()).isEqualTo("new");
        assertThat(running.dodo("DELETE", entitlement, "").statusCode()).isEqualTo(200);
        assertThat(running.get(entitlement).statusCode()).isEqualTo(404);
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("100");
        assertThat(running.post(entitlement + "/undelete", "").statusCode()).isEqualTo(200);
        assertThat(running.get(entitlement).statusCode()).isEqualTo(200);
    }

    @Test
    void brokenProductsAndCartsAreRefused() throws IOException {
        assertThat(running.post("/products", "{\"name\":\"x\"}").statusCode()).isEqualTo(422);
        assertThat(running.post("/products", plan("cde_none", "mtr_none")).statusCode())
                .isEqualTo(404);
        assertThat(running.post("/checkouts", "{\"product_cart\":[]}").statusCode())
                .isEqualTo(400);
        assertThat(running.post("/checkouts", "{\"product_cart\":[{\"product_id\":\"pdt_none\"}]}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(running.post("/meters", "{\"name\":\"x\"}").statusCode()).isEqualTo(422);
    }

    private String create(String path, String idName, String body) throws IOException {
        HttpResponse<String> response = running.post(path, body);
        assertThat(response.statusCode()).isBetween(200, 201);
        return json(response).path(idName).asText();
    }

    private static String plan(String entitlement, String meter) {
        return """
                {"name":"Plan","tax_category":"saas",
                 "price":{"type":"usage_based_price","currency":"USD","fixed_price":2900,
                  "discount":0,"purchasing_power_parity":false,
                  "payment_frequency_count":1,"payment_frequency_interval":"Month",
                  "subscription_period_count":10,"subscription_period_interval":"Year",
                  "meters":[{"meter_id":"%s","credit_entitlement_id":"%s","meter_units_per_credit":"1"}]},
                 "credit_entitlements":[{"credit_entitlement_id":"%s","credits_amount":"1000","expires_after_days":30}]}""".formatted(meter, entitlement, entitlement);
    }
}
