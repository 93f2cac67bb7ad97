package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
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

    /**
     * A customer's licence key, and whether it works from now on.
     *
     * @param grantId the grant that it came with; empty where the message does not say
     * @param key empty where the message does not say, which a revocation need not
     */
    record Change(String customerId, String grantId, String key, boolean works) {
        /** The key is not shown. */
        @Override
        public String toString() {
            return "Change(" + customerId + ", " + grantId + ", " + works + ")";
        }
    }

    /** Empty for a message that is not about a licence key that could be an API key. */
    static Optional<Change> read(String type, JsonNode data) {
        String id = data.path("id").asText();
        return switch (type) {
            case "license_key.created" -> change(data, "", data.path("key").asText(), !hasEnded(data));
            case "entitlement_grant.delivered" ->
                change(data, id, data.at("/license_key/key").asText(), !hasEnded(data));
            case "entitlement_grant.revoked" ->
                data.path("integration_type").asText().equals("license_key")
                        ? change(data, id, data.at("/license_key/key").asText(), false)
                        : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Grants write their status with a capital letter, keys without. */
    private static boolean hasEnded(JsonNode data) {
        return ENDED.contains(data.path("status").asText().toLowerCase(Locale.ROOT));
    }

    private static Optional<Change> change(JsonNode data, String grantId, String text, boolean works) {
        String customerId = data.path("customer_id").asText();
        boolean namesIt = !text.isEmpty() || (!works && !grantId.isEmpty());
        if (!namesIt || customerId.isEmpty()) {
            return Optional.empty();
        }
        if (!text.isEmpty() && isUnfit(text)) {
            LOG.warn("a licence key of {} is too short or too long to be an API key", customerId);
            return Optional.empty();
        }
        return Optional.of(new Change(customerId, grantId, text, works));
    }

    private static boolean isUnfit(String text) {
        return text.length() < KEY_CHARS_MIN || text.length() > KEY_CHARS_MAX;
    }
}
