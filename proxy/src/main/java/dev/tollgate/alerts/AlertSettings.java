package dev.tollgate.alerts;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Who is told of what.
 *
 * @param webhookUrl where the merchant wants messages; null for nowhere
 * @param webhookSecret what they are signed with, {@code whsec_} and base64; there when the address is
 * @param runsOutWithinMillis a customer is warned when their credits last no longer than this at the present rate; 0 for
 *     never
 */
public record AlertSettings(
        @Nullable URI webhookUrl, @Nullable String webhookSecret, long runsOutWithinMillis) {
    public AlertSettings {
        if (webhookUrl != null && webhookSecret == null) {
            throw new IllegalArgumentException("an address without a secret");
        }
        if (runsOutWithinMillis < 0) {
            throw new IllegalArgumentException("runsOutWithinMillis");
        }
    }

    /** The secret is not shown. */
    @Override
    public String toString() {
        return "AlertSettings(" + webhookUrl + ", " + runsOutWithinMillis + ")";
    }
}
