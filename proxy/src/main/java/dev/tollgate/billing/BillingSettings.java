package dev.tollgate.billing;

import java.net.URI;
import java.util.List;
import java.util.Set;

/** What an operator decides about billing, in the parts in which billing uses it. Checked when made. */
public record BillingSettings(Dodo dodo, Shipping shipping, Refreshing refreshing, Webhooks webhooks) {

    /**
     * How to reach Dodo.
     *
     * @param timeoutMillis bounds one call from its first to its last byte, and the wait for a place in the rate limit
     * @param unitsPerCredit how many meter units Dodo deducts one credit for
     */
    public record Dodo(URI baseUri, String apiKey, long timeoutMillis, long unitsPerCredit, RateLimit rateLimit) {
        public Dodo {
            require(baseUri.getScheme() != null && baseUri.getHost() != null, "baseUri names no scheme or host");
            require(!apiKey.isEmpty(), "apiKey is empty");
            require(apiKey.chars().allMatch(c -> c > ' ' && c < 0x7f), "apiKey holds a blank or a strange character");
            require(timeoutMillis > 0, "timeoutMillis must be positive");
            require(unitsPerCredit >= 1, "unitsPerCredit must be 1 or more");
        }

        @Override
        public String toString() {
            return "Dodo[baseUri=" + baseUri + ", apiKey=***, timeoutMillis=" + timeoutMillis + ", unitsPerCredit="
                    + unitsPerCredit + ", rateLimit=" + rateLimit + "]";
        }
    }

    /** How many calls Dodo takes from one business in any second and in any minute. */
    public record RateLimit(int callsPerSecond, int callsPerMinute) {
        /** By Dodo's tiers; every new business is in the first (API introduction, rate limits). */
        public static final List<RateLimit> TIERS =
                List.of(new RateLimit(40, 240), new RateLimit(100, 1_000), new RateLimit(500, 5_000));

        public static final RateLimit SMALLEST = TIERS.getFirst();

        public RateLimit {
            require(callsPerSecond >= 1, "callsPerSecond must be 1 or more");
            require(callsPerMinute >= callsPerSecond, "callsPerMinute must not be below callsPerSecond");
        }
    }

    /**
     * How usage is told to Dodo.
     *
     * @param eventName the event name that the meter listens to
     * @param property the metadata member that the meter sums
     * @param batchEvents the most events in one call
     * @param lingerMillis how long a settlement may wait for company
     */
    public record Shipping(String eventName, String property, int batchEvents, long lingerMillis) {
        private static final int BATCH_EVENTS_MAX = 1000;
        private static final int PROPERTY_CHARS_MAX = 100;
        private static final Set<String> TAKEN =
                Set.of("model", "modelAnswered", "requestId", "keyId", "estimated", "occurredAt");

        public Shipping {
            require(!eventName.isBlank(), "eventName is empty");
            require(
                    !property.isBlank() && property.length() <= PROPERTY_CHARS_MAX,
                    "property must have 1 to 100 chars");
            require(!TAKEN.contains(property), "property must not be one of " + TAKEN);
            require(batchEvents >= 1 && batchEvents <= BATCH_EVENTS_MAX, "batchEvents must be 1 to 1000");
            require(lingerMillis >= 0, "lingerMillis is negative");
        }
    }

    /**
     * How balances are kept fresh.
     *
     * @param refreshMillis an account in use is read again after this time
     * @param policyMillis what Dodo says about overage is read again after this time
     * @param backgroundCallsPerMinute the share of the rate limit that reading ahead may take
     */
    public record Refreshing(long refreshMillis, long policyMillis, int backgroundCallsPerMinute) {
        public static final Refreshing USUAL = new Refreshing(60_000, 600_000, 100);

        public Refreshing {
            require(refreshMillis > 0, "refreshMillis must be positive");
            require(policyMillis > 0, "policyMillis must be positive");
            require(backgroundCallsPerMinute >= AccountReads.CALLS_MAX, "backgroundCallsPerMinute is too small");
        }
    }

    /**
     * Which usage an earlier journal may have left at Dodo.
     *
     * @param eventName, property as in {@link Shipping}
     * @param untilMillis from then on all recent usage of an account is this journal's own
     */
    public record Inheriting(String eventName, String property, long untilMillis) {
        /** No journal was before this one. */
        public static final Inheriting NOTHING = new Inheriting("", "", 0);

        /**
         * Dodo may take this long to deduct what it has, and events say when usage occurred, up to 50 minutes before Dodo
         * got them.
         */
        public static final long WINDOW_MILLIS = (15 + 50) * 60_000L;
    }

    /** The secrets with which Dodo may sign webhooks: one, or during a rotation two. None means none are accepted. */
    public record Webhooks(List<String> secrets) {
        public Webhooks {
            secrets = List.copyOf(secrets);
        }

        @Override
        public String toString() {
            return "Webhooks[secrets=" + secrets.size() + " hidden]";
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
