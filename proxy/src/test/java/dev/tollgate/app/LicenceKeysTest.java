package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.app.settings.DotEnv;
import dev.tollgate.sandbox.dodo.DodoStandIn.Delivery;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that Dodo delivers work here, for as long as Dodo says. */
class LicenceKeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String KEY = "2f1c7a60-9f3e-4a51-b1f0-6d1f0c9a7e11";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // every test opens the shop first
    private SetUpShop shop;

    private String customerId = "";

    /** With a customer of a plan that comes with a licence key, as Dodo makes it. */
    private void open(String portal) throws Exception {
        shop = new SetUpShop(folder, "", portal);
        shop.merchant("PATCH", "/products/" + starter(), "{\"license_key_enabled\":true}");
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        customerId = shop.sandbox().dodo().customerIds().getFirst();
        taken("entitlement_grant.delivered", 1);
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    /** Dodo need not say which key it is that it takes away. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLicenceKeyWorksFromItsDeliveryToItsRevocation(boolean keyless) throws Exception {
        open("license_keys: true");
        String key = deliveredKey();
        shop.sandbox().dodo().rules(rules -> rules.withKeylessRevocations(keyless));

        assertThat(shop.chatStatus(key)).isEqualTo(200);
        shop.restart();
        assertThat(shop.chatStatus(key)).isEqualTo(200);

        shop.merchant("PATCH", "/subscriptions/" + subscription(), "{\"status\":\"cancelled\"}");
        taken("entitlement_grant.revoked", 1);
        assertThat(shop.chatStatus(key)).isEqualTo(401);

        // All that was said before is said again, in the wrong order.
        deliveries("entitlement_grant.delivered")
                .forEach(each -> shop.sandbox().dodo().replay(each.webhookId()));
        deliveries("license_key.created").forEach(each -> shop.sandbox().dodo().replay(each.webhookId()));
        await().atMost(PATIENCE)
                .until(() -> deliveries("license_key.created").getFirst().attempts() == 2
                        && deliveries("entitlement_grant.delivered").getFirst().attempts() == 2);
        assertThat(shop.chatStatus(key)).isEqualTo(401);
        shop.restart();
        assertThat(shop.chatStatus(key)).isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", KEY})
    void aRevocationThatComesFirstIsNotForgotten(String named) throws Exception {
        open("license_keys: true");
        shop.sandbox().dodo().publish("entitlement_grant.revoked", grant("grt_1", "Revoked", named));
        taken("entitlement_grant.revoked", 1);
        shop.restart();
        shop.sandbox().dodo().publish("license_key.created", licence("active"));
        taken("license_key.created", 2);
        shop.sandbox().dodo().publish("entitlement_grant.delivered", grant("grt_1", "Delivered", KEY));
        taken("entitlement_grant.delivered", 2);

        assertThat(shop.chatStatus(KEY)).isEqualTo(401);
        assertThat(shop.chatStatus(deliveredKey())).isEqualTo(200);
    }

    @Test
    void nobodyElsesKeyEndsWithAGrant() throws Exception {
        open("license_keys: true");
        JsonNode mine = grants().get(0);
        ObjectNode stranger = grant(mine.path("id").asText(), "Revoked", "").put("customer_id", "cus_other");
        shop.sandbox().dodo().publish("entitlement_grant.revoked", stranger);
        shop.sandbox()
                .dodo()
                .publish(
                        "entitlement_grant.revoked",
                        grant("grt_2", "Revoked", "").put("integration_type", "feature_flag"));
        taken("entitlement_grant.revoked", 2);

        assertThat(shop.chatStatus(deliveredKey())).isEqualTo(200);
    }

    @Test
    void aDisabledLicenceDoesNotWork() throws Exception {
        open("license_keys: true");
        shop.sandbox().dodo().publish("license_key.created", licence("disabled"));
        taken("license_key.created", 2);
        assertThat(shop.chatStatus(KEY)).isEqualTo(401);

        String late = "0d4c1f0e-0000-4000-8000-000000000001";
        shop.sandbox().dodo().publish("entitlement_grant.delivered", grant("grt_3", "Revoked", late));
        taken("entitlement_grant.delivered", 2);
        assertThat(shop.chatStatus(late)).isEqualTo(401);
    }

    @Test
    void withoutTheSettingLicencesAreNoKeys() throws Exception {
        open("license_keys: false");
        taken("license_key.created", 1);

        assertThat(shop.chatStatus(deliveredKey())).isEqualTo(401);
    }

    /** Waits until so many messages of a type have been taken. */
    private void taken(String type, int count) {
        await().atMost(PATIENCE)
                .until(() -> deliveries(type).stream()
                                .filter(each -> each.lastStatus() == 200)
                                .count()
                        == count);
    }

    private List<Delivery> deliveries(String type) {
        return shop.sandbox().dodo().deliveries().stream()
                .filter(each -> each.type().equals(type))
                .toList();
    }

    private String deliveredKey() throws Exception {
        return grants().get(0).at("/license_key/key").asText();
    }

    private JsonNode grants() throws Exception {
        return shop.merchant("GET", "/customers/" + customerId + "/entitlement-grants?status=Delivered", "")
                .path("items");
    }

    private String subscription() throws Exception {
        return shop.merchant("GET", "/subscriptions?customer_id=" + customerId, "")
                .at("/items/0/subscription_id")
                .asText();
    }

    private String starter() {
        return Optional.ofNullable(
                        DotEnv.read(folder.resolve(".env")).variables().get("DODO_PRODUCT_STARTER"))
                .orElseThrow();
    }

    private ObjectNode licence(String status) {
        return JSON.createObjectNode()
                .put("payload_type", "LicenseKey")
                .put("id", "lic_1")
                .put("business_id", "bus_1")
                .put("key", KEY)
                .put("status", status)
                .put("instances_count", 0)
                .put("customer_id", customerId)
                .put("product_id", "pdt_1")
                .put("created_at", "2026-11-01T00:00:00Z");
    }

    /** @param key empty for a message that does not say it */
    private ObjectNode grant(String id, String status, String key) {
        ObjectNode grant = JSON.createObjectNode()
                .put("payload_type", "EntitlementGrant")
                .put("id", id)
                .put("business_id", "bus_1")
                .put("entitlement_id", "ent_1")
                .put("status", status)
                .put("integration_type", "license_key")
                .put("customer_id", customerId)
                .put("created_at", "2026-11-01T00:00:00Z")
                .put("updated_at", "2026-11-01T00:00:00Z");
        grant.putObject("metadata");
        if (!key.isEmpty()) {
            grant.putObject("license_key").put("key", key).put("activations_used", 0);
        }
        return grant;
    }
}
