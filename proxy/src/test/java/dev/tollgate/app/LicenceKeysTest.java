package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that Dodo delivers work here, for as long as Dodo says. */
class LicenceKeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String KEY = "2f1c7a60-9f3e-4a51-b1f0-6d1f0c9a7e11";

    @TempDir
    Path folder;

    @SuppressWarnings("NullAway.Init") // every test opens the shop first
    private SetUpShop shop;

    private String customerId = "";

    private void open(String portal) throws Exception {
        shop = new SetUpShop(folder, "", portal);
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        customerId = shop.sandbox().dodo().customerIds().getFirst();
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @Test
    void aLicenceKeyWorksFromItsDeliveryToItsRevocation() throws Exception {
        open("license_keys: true");
        assertThat(shop.chatStatus(KEY)).isEqualTo(401);

        shop.sandbox().dodo().publish("license_key.created", licence("active"));
        shop.sandbox().dodo().publish("entitlement_grant.delivered", grant("Delivered"));

        await().atMost(PATIENCE).until(() -> shop.chatStatus(KEY) == 200);
        taken(2);
        shop.restart();
        assertThat(shop.chatStatus(KEY)).isEqualTo(200);

        shop.sandbox().dodo().publish("entitlement_grant.revoked", grant("Revoked"));
        await().atMost(PATIENCE).until(() -> shop.chatStatus(KEY) == 401);
        taken(3);
        shop.sandbox().dodo().publish("license_key.created", licence("active"));
        taken(4);
        assertThat(shop.chatStatus(KEY)).isEqualTo(401);
    }

    @Test
    void aRevocationThatComesFirstIsNotForgotten() throws Exception {
        open("license_keys: true");
        shop.sandbox().dodo().publish("entitlement_grant.revoked", grant("Revoked"));
        taken(1);
        shop.sandbox().dodo().publish("entitlement_grant.delivered", grant("Delivered"));
        taken(2);

        assertThat(shop.chatStatus(KEY)).isEqualTo(401);
    }

    @Test
    void aDisabledLicenceDoesNotWork() throws Exception {
        open("license_keys: true");
        shop.sandbox().dodo().publish("license_key.created", licence("disabled"));
        taken(1);

        assertThat(shop.chatStatus(KEY)).isEqualTo(401);
    }

    @Test
    void withoutTheSettingLicencesAreNoKeys() throws Exception {
        open("license_keys: false");
        shop.sandbox().dodo().publish("license_key.created", licence("active"));
        taken(1);

        assertThat(shop.chatStatus(KEY)).isEqualTo(401);
    }

    /** Waits until so many messages about licences have been taken. */
    private void taken(int count) {
        await().atMost(PATIENCE)
                .until(() -> shop.sandbox().dodo().deliveries().stream()
                                .filter(each -> each.type().startsWith("license")
                                        || each.type().startsWith("entitl"))
                                .filter(each -> each.lastStatus() == 200)
                                .count()
                        == count);
    }

    private ObjectNode licence(String status) {
        return new ObjectMapper()
                .createObjectNode()
                .put("payload_type", "LicenseKey")
                .put("id", "lic_1")
                .put("key", KEY)
                .put("status", status)
                .put("customer_id", customerId)
                .put("product_id", "pdt_1");
    }

    private ObjectNode grant(String status) {
        ObjectNode grant = new ObjectMapper()
                .createObjectNode()
                .put("payload_type", "EntitlementGrant")
                .put("id", "grt_1")
                .put("status", status)
                .put("integration_type", "license_key")
                .put("customer_id", customerId);
        grant.putObject("license_key").put("key", KEY).put("activations_used", 0);
        return grant;
    }
}
