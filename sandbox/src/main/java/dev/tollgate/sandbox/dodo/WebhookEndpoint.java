package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where messages go, and how they are signed there. Guarded by its own monitor. */
final class WebhookEndpoint {
    private static final Duration OLD_SECRET_LIFETIME = Duration.ofHours(24);

    private final String id;
    private final Instant createdAt;
    private final ObjectNode settings;
    private final List<Secret> secrets = new ArrayList<>();

    /** A signing secret, and until when it signs. */
    private record Secret(String text, Instant until) {
        @Override
        public String toString() {
            return "Secret[until=" + until + "]";
        }
    }

    /** {@code settings} holds url, filter_types, disabled and so on, as posted. */
    WebhookEndpoint(String id, ObjectNode settings, String secret, Instant createdAt) {
        this.id = id;
        this.settings = settings;
        this.createdAt = createdAt;
        secrets.add(new Secret(secret, Instant.MAX));
    }

    String id() {
        return id;
    }

    synchronized URI url() {
        return URI.create(settings.path("url").asText());
    }

    synchronized boolean wants(String type) {
        JsonNode types = settings.path("filter_types");
        boolean all = !types.isArray() || types.isEmpty();
        return !settings.path("disabled").asBoolean(false) && (all || contains(types, type));
    }

    synchronized void change(ObjectNode changes) {
        settings.setAll(changes);
    }

    /** Signs with a new secret from now on, and with the old ones for another day. */
    synchronized void rotate(String secret, Instant now) {
        secrets.replaceAll(
                old -> old.until().equals(Instant.MAX) ? new Secret(old.text(), now.plus(OLD_SECRET_LIFETIME)) : old);
        secrets.add(new Secret(secret, Instant.MAX));
    }

    /** The newest secret. */
    synchronized String secret() {
        return secrets.getLast().text();
    }

    /** Secrets that sign at that time. */
    synchronized List<String> secretsAt(Instant now) {
        return secrets.stream()
                .filter(secret -> secret.until().isAfter(now))
                .map(Secret::text)
                .toList();
    }

    synchronized String idempotencyKey() {
        return settings.path("idempotency_key").asText("");
    }

    synchronized void addHeaders(JsonNode headers) {
        headers.properties().forEach(header -> settings.withObject("/headers").set(header.getKey(), header.getValue()));
    }

    /** What is sent with every message; which of it is secret cannot be told. */
    synchronized ObjectNode headers() {
        ObjectNode json = Json.object();
        json.set("headers", settings.path("headers").isObject() ? settings.path("headers") : Json.object());
        json.putArray("sensitive");
        return json;
    }

    /** Headers to send. */
    synchronized Map<String, String> sentHeaders() {
        Map<String, String> sent = new LinkedHashMap<>();
        settings.path("headers")
                .properties()
                .forEach(header -> sent.put(header.getKey(), header.getValue().asText()));
        return sent;
    }

    synchronized ObjectNode json() {
        ObjectNode json = settings.deepCopy();
        json.remove(List.of("headers", "idempotency_key"));
        if (!json.hasNonNull("description")) {
            json.put("description", "");
        }
        if (!json.hasNonNull("metadata")) {
            json.putObject("metadata");
        }
        return json.put("id", id).put("created_at", Times.text(createdAt)).put("updated_at", Times.text(createdAt));
    }

    private static boolean contains(JsonNode types, String type) {
        for (JsonNode wanted : types) {
            if (wanted.asText().equals(type)) {
                return true;
            }
        }
        return false;
    }
}
