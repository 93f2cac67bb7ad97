package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Messages as Dodo signs and sends them. */
final class SignedWebhooks {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private int messages;

    static String event(String type, JsonNode data) {
        ObjectNode envelope = JsonNodeFactory.instance.objectNode();
        envelope.put("business_id", "bus_1").put("type", type).put("timestamp", "2026-08-04T06:00:00Z");
        envelope.set("data", data);
        return envelope.toString();
    }

    /** Answers with the status. */
    int send(WebhookReceiver receiver, String type, JsonNode data) throws Exception {
        return send(receiver, SECRET, event(type, data));
    }

    int send(WebhookReceiver receiver, String secret, String body) throws Exception {
        return send(receiver, secret, body, 0);
    }

    /** @param length of the signature with another before it that means nothing; 0 for the signature alone */
    int send(WebhookReceiver receiver, String secret, String body, int length) throws Exception {
        String id = "msg_" + messages++;
        long seconds = System.currentTimeMillis() / 1000;
        String signature = new Webhook(secret).sign(id, seconds, body);
        String padding = "v1," + "A".repeat(Math.max(0, length - signature.length() - 4));
        WebhookReceiver.Headers headers = new WebhookReceiver.Headers(
                id, Long.toString(seconds), List.of(length == 0 ? signature : padding + " " + signature));
        return receiver.receive(headers, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS)
                .status();
    }
}
