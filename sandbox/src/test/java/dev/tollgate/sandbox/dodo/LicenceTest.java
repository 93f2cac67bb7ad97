package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Licence keys come with what is bought, and follow it. */
class LicenceTest {
    @RegisterExtension
    final RunningSandbox running = new RunningSandbox();

    @Test
    void eachUnitBoughtBringsAKeyThatCanBeActivated() throws IOException {
        String product = product("""
                {"type":"one_time_price","currency":"USD","price":900,"discount":0,"purchasing_power_parity":false}""");
        buy(product, 2);

        JsonNode keys = items(running.get("/license_keys?customer_id=cus_demo&status=active"));
        assertThat(keys).hasSize(2);
        String key = keys.get(0).path("key").asText();
        String where = "{\"license_key\":\"" + key + "\",\"name\":\"here\"}";
        JsonNode active = json(open("/licenses/activate", where));
        assertThat(active.at("/customer/customer_id").asText()).isEqualTo("cus_demo");
        assertThat(open("/licenses/activate", where)).contains("LICENSE_KEY_LIMIT_REACHED");
        assertThat(items(running.get("/license_key_instances"))).hasSize(1);
        String instance = "\"license_key_instance_id\":\"" + active.path("id").asText() + "\"";
        assertThat(open("/licenses/validate", "{\"license_key\":\"" + key + "\"," + instance + "}"))
                .contains("true");
        assertThat(open("/licenses/deactivate", "{\"license_key\":\"" + key + "\"," + instance + "}"))
                .isEmpty();
        assertThat(open("/licenses/validate", "{\"license_key\":\"" + key + "\"," + instance + "}"))
                .contains("false");
        assertThat(open("/licenses/validate", "{\"license_key\":\"nobody\"}")).contains("false");
    }

    @Test
    void aSubscriptionsKeyFollowsItsStatus() throws IOException {
        buy(product(monthly()), 1);
        String subscription = items(running.get("/subscriptions?status=active"))
                .get(0)
                .path("subscription_id")
                .asText();
        String path = "/subscriptions/" + subscription;
        running.dodo("PATCH", path, "{\"status\":\"paused\"}");
        assertThat(keyStatus()).isEqualTo("disabled");
        running.dodo("PATCH", path, "{\"status\":\"active\"}");
        assertThat(keyStatus()).isEqualTo("active");
        running.dodo("PATCH", path, "{\"status\":\"cancelled\"}");
        assertThat(keyStatus()).isEqualTo("disabled");
        JsonNode grant = items(running.get("/customers/cus_demo/entitlement-grants?integration_type=license_key"))
                .get(0);
        assertThat(grant.path("status").asText()).isEqualTo("Revoked");
        assertThat(grant.path("license_key").isNull()).isTrue();
    }

    @Test
    void anotherPlanReplacesTheKey() throws IOException {
        buy(product(monthly()), 1);
        String subscription = items(running.get("/subscriptions?status=active"))
                .get(0)
                .path("subscription_id")
                .asText();
        String other = product(monthly().replace("2900", "9900"));
        String wanted = "{\"product_id\":\"" + other
                + "\",\"quantity\":1,\"proration_billing_mode\":\"difference_immediately\"}";
        assertThat(running.post("/subscriptions/" + subscription + "/change-plan", wanted)
                        .statusCode())
                .isEqualTo(200);

        assertThat(items(running.get("/license_keys?status=active"))).hasSize(1);
        assertThat(items(running.get("/license_keys?status=disabled"))).hasSize(1);
        assertThat(items(running.get("/payments?subscription_id=" + subscription))
                        .findValuesAsText("total_amount"))
                .containsExactly("7000", "2900");
        assertThat(json(running.get("/subscriptions/" + subscription))
                        .path("product_id")
                        .asText())
                .isEqualTo(other);
    }

    @Test
    void theMerchantMayBringKeysOfTheirOwn() throws IOException {
        String product = product(monthly());
        JsonNode taken = json(running.post(
                "/license_keys",
                "{\"customer_id\":\"cus_demo\",\"product_id\":\"" + product + "\",\"key\":\"my own key\"}"));
        assertThat(taken.path("source").asText()).isEqualTo("import");
        String path = "/license_keys/" + taken.path("id").asText();
        running.dodo("PATCH", path, "{\"disabled\":true}");
        assertThat(open("/licenses/activate", "{\"license_key\":\"my own key\",\"name\":\"x\"}"))
                .contains("INACTIVE_LICENSE_KEY");
    }

    private String keyStatus() throws IOException {
        return items(running.get("/license_keys")).get(0).path("status").asText();
    }

    private static String monthly() {
        return """
                {"type":"recurring_price","currency":"USD","price":2900,"discount":0,"purchasing_power_parity":false,
                 "payment_frequency_count":1,"payment_frequency_interval":"Month",
                 "subscription_period_count":10,"subscription_period_interval":"Year"}""";
    }

    private String product(String price) throws IOException {
        if (running.dodo().customerIds().isEmpty()) {
            running.dodo().createCustomer("cus_demo", "demo@example.com");
        }
        return json(running.post(
                        "/products",
                        "{\"name\":\"App\",\"tax_category\":\"saas\",\"license_key_enabled\":true,"
                                + "\"license_key_activations_limit\":1,\"price\":" + price + "}"))
                .path("product_id")
                .asText();
    }

    private void buy(String product, int quantity) throws IOException {
        String session = json(running.post(
                        "/checkouts",
                        "{\"product_cart\":[{\"product_id\":\"" + product + "\",\"quantity\":" + quantity
                                + "}],\"customer\":{\"customer_id\":\"cus_demo\"}}"))
                .path("session_id")
                .asText();
        running.dodo().payCheckout(session);
    }

    /** As a customer's program asks, without a credential. */
    private String open(String path, String body) throws IOException {
        return running.send("POST", URI.create(running.sandbox().dodoBaseUrl() + path), "", body)
                .body();
    }
}
