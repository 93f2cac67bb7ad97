package dev.tollgate.billing;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.EmptyWebhookSecretException;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import dev.tollgate.billing.WebhookReceiver.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tells whether a message carries a signature made with one of our secrets within the last five minutes.
 *
 * <p>It is stricter than the standard's library about what it hands on. The signed text is id, time and body joined by
 * dots, so an id with a dot could pass part of itself off as a time; and one moment must have one spelling.
 */
final class WebhookVerifier {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,128}");
    private static final Pattern TIMESTAMP = Pattern.compile("[1-9][0-9]{0,11}");
    private static final int SIGNATURE_CHARS_MAX = 4096;

    private final List<Webhook> webhooks = new ArrayList<>();

    WebhookVerifier(List<String> secrets) {
        for (String secret : secrets) {
            try {
                webhooks.add(new Webhook(secret.trim()));
            } catch (IllegalArgumentException | EmptyWebhookSecretException e) {
                // The cause is left out: its message may quote the secret.
                throw new IllegalArgumentException("DODO_PAYMENTS_WEBHOOK_KEY is not a webhook secret: it should be"
                        + " whsec_ followed by base64; copy it again from Dodo's dashboard");
            }
        }
    }

    boolean isAuthentic(Headers headers, String body) {
        String id = headers.id();
        String timestamp = headers.timestamp();
        if (id == null || timestamp == null) {
            return false;
        }
        if (!ID.matcher(id).matches() || !TIMESTAMP.matcher(timestamp).matches()) {
            return false;
        }
        String signatures = String.join(" ", headers.signatureLines());
        if (signatures.length() > SIGNATURE_CHARS_MAX) {
            return false;
        }
        Map<String, List<String>> standard = Map.of(
                Webhook.UNBRANDED_MSG_ID_KEY, List.of(id),
                Webhook.UNBRANDED_MSG_TIMESTAMP_KEY, List.of(timestamp),
                Webhook.UNBRANDED_MSG_SIGNATURE_KEY, List.of(signatures));
        return webhooks.stream().anyMatch(webhook -> verifies(webhook, body, standard));
    }

    private static boolean verifies(Webhook webhook, String body, Map<String, List<String>> headers) {
        try {
            webhook.verify(body, headers);
            return true;
        } catch (WebhookVerificationException e) {
            return false;
        }
    }
}
