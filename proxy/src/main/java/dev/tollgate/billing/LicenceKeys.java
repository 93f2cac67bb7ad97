package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Dodo's webhooks say of licence keys, which a merchant may let Dodo deliver as API keys. */
final class LicenceKeys {
    private static final Logger LOG = LoggerFactory.getLogger(LicenceKeys.class);

    /** A merchant may import keys of any form; shorter ones could be guessed. */
    private static final int KEY_CHARS_MIN = 16;

    private static final int KEY_CHARS_MAX = 512;
    private static final Set<String> ENDED = Set.of("expired", "disabled", "revoked");

    private LicenceKeys() {}

    /** A customer's licence key, and whether it works from now on. */
    record Change(String customerId, String key, boolean works) {
        /** The key is not shown. */
        @Override
        public String toString() {
            return "Change(" + customerId + ", " + works + ")";
        }
    }

    /** Empty for a message that is not about a licence key that could be an API key. */
    static Optional<Change> read(String type, JsonNode data) {
        JsonNode key = switch (type) {
            case "license_key.created" -> data.path("key");
            case "entitlement_grant.delivered", "entitlement_grant.revoked" -> data.at("/license_key/key");
            default -> data.path("");
        };
        String customerId = data.path("customer_id").asText();
        if (!key.isTextual() || customerId.isEmpty()) {
            return Optional.empty();
        }
        String text = key.textValue();
        boolean works = !type.endsWith(".revoked")
                && !ENDED.contains(data.path("status").asText());
        if (text.length() < KEY_CHARS_MIN || text.length() > KEY_CHARS_MAX) {
            LOG.warn("a licence key of {} is too short or too long to be an API key", customerId);
            return Optional.empty();
        }
        return Optional.of(new Change(customerId, text, works));
    }
}
