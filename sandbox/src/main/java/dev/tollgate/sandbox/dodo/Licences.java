package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.LicenceKey.Origin;
import dev.tollgate.sandbox.http.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Gives out licence keys with what is bought, and lets those of a subscription follow it. Guarded by the world's lock. */
final class Licences {
    private final World world;
    private final Webhooks webhooks;
    final Map<String, LicenceKey> keys = new LinkedHashMap<>();
    final Map<String, EntitlementGrant> grants = new LinkedHashMap<>();

    Licences(World world, Webhooks webhooks) {
        this.world = world;
        this.webhooks = webhooks;
    }

    /** One key for each unit bought of a product that comes with keys. */
    void deliver(Product product, int quantity, Origin origin, ObjectNode metadata) {
        for (int unit = 0; product.givesLicenceKeys() && unit < quantity; unit++) {
            String id = world.ids.next("lic_");
            String key =
                    UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)).toString();
            EntitlementGrant grant =
                    new EntitlementGrant(world.ids.next("entg_"), "ent_" + product.id(), origin, metadata, world.now());
            grants.put(grant.id, grant);
            supply(grant, add(new LicenceKey(id, key, "auto", origin, world.now()), product));
        }
    }

    /** Takes in a key that the merchant made elsewhere; no grant comes with it. */
    LicenceKey take(String key, Origin origin, @Nullable Integer activationsLimit, @Nullable Instant expiresAt) {
        LicenceKey licence = new LicenceKey(world.ids.next("lic_"), key, "import", origin, world.now());
        licence.activationsLimit = activationsLimit;
        licence.expiresAt = expiresAt;
        keys.put(licence.id, licence);
        publish(licence);
        return licence;
    }

    /** Supplies the key of a grant that waits for it. */
    void supply(EntitlementGrant grant, LicenceKey licence) {
        publish("entitlement_grant.created", grant);
        grant.licence = licence;
        grant.deliveredAt = world.now();
        publish(licence);
        publish("entitlement_grant.delivered", grant);
    }

    /** Lets the keys of a subscription follow its status: off while it rests, off for good once it has ended. */
    void follow(Subscription subscription) {
        grants.values().stream()
                .filter(grant -> subscription.id().equals(grant.origin.subscriptionId()) && grant.revokedAt == null)
                .map(grant -> grant.licence)
                .filter(Objects::nonNull)
                .forEach(key -> key.disabled = !subscription.isLive());
        if (List.of("cancelled", "expired", "failed").contains(subscription.status)) {
            revoke(subscription, "subscription_" + subscription.status);
        }
    }

    /** A changed plan's keys end, and those of the new product are given. */
    void replace(Subscription subscription) {
        keys.values().stream()
                .filter(key -> subscription.id().equals(key.origin.subscriptionId()))
                .forEach(key -> key.disabled = true);
        revoke(subscription, "plan_changed");
        deliver(
                subscription.product,
                1,
                new Origin(subscription.customerId, subscription.product.id(), null, subscription.id()),
                subscription.metadata());
    }

    /** Ends what was given with a payment that was paid back. */
    void takeBack(String paymentId) {
        keys.values().stream()
                .filter(key -> paymentId.equals(key.origin.paymentId()))
                .forEach(key -> key.disabled = true);
        List.copyOf(grants.values()).stream()
                .filter(grant -> paymentId.equals(grant.origin.paymentId()))
                .forEach(grant -> revoke(grant, "refund"));
    }

    void revoke(EntitlementGrant grant, String reason) {
        if (grant.revokedAt == null) {
            grant.revokedAt = world.now();
            grant.revocationReason = reason;
            publish("entitlement_grant.revoked", grant);
        }
    }

    Optional<LicenceKey> byText(String key) {
        return keys.values().stream().filter(one -> one.key.equals(key)).findFirst();
    }

    private void revoke(Subscription subscription, String reason) {
        List.copyOf(grants.values()).stream()
                .filter(grant -> subscription.id().equals(grant.origin.subscriptionId()))
                .forEach(grant -> revoke(grant, reason));
    }

    private LicenceKey add(LicenceKey licence, Product product) {
        int limit = product.document().path("license_key_activations_limit").asInt(0);
        licence.activationsLimit = limit == 0 ? null : (Integer) limit;
        int days =
                switch (product.document().at("/license_key_duration/interval").asText()) {
                    case "Day" -> 1;
                    case "Week" -> 7;
                    case "Month" -> 30;
                    case "Year" -> 365;
                    default -> 0;
                };
        int count = product.document().at("/license_key_duration/count").asInt(0);
        licence.expiresAt = days * count == 0 ? null : world.now().plus(Duration.ofDays((long) days * count));
        keys.put(licence.id, licence);
        return licence;
    }

    private void publish(LicenceKey licence) {
        webhooks.publish("license_key.created", () -> {
            synchronized (world) {
                return Json.object().put("payload_type", "LicenseKey").setAll(licence.json(world.now()));
            }
        });
    }

    private void publish(String type, EntitlementGrant grant) {
        ObjectNode payload = Json.object()
                .put("payload_type", "EntitlementGrant")
                .setAll(grant.json(world.rules.keylessRevocations()));
        webhooks.publish(type, () -> payload);
    }
}
