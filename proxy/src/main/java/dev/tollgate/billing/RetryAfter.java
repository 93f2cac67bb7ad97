package dev.tollgate.billing;

import java.net.http.HttpHeaders;
import java.util.regex.Pattern;

/** Reads from response headers how long Dodo wants to be left alone. */
final class RetryAfter {
    private static final long LONGEST_MILLIS = 300_000;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,10}");

    /** Seconds since the epoch have been larger than this since 2001; seconds to go never are. */
    private static final long EPOCH_SECONDS_MIN = 1_000_000_000;

    private RetryAfter() {}

    /** At most five minutes; 0 when the headers do not say. A date is taken for not saying. */
    static long millis(HttpHeaders headers, boolean limited, long nowMillis) {
        long retrySeconds = seconds(headers, "Retry-After");
        if (retrySeconds > 0) {
            return Math.min(LONGEST_MILLIS, retrySeconds * 1000);
        }
        if (!limited && !isUsedUp(headers)) {
            return 0;
        }
        long resetSeconds = seconds(headers, "X-RateLimit-Reset");
        long resetMillis = resetSeconds >= EPOCH_SECONDS_MIN ? resetSeconds * 1000 - nowMillis : resetSeconds * 1000;
        return Math.clamp(resetMillis, 0, LONGEST_MILLIS);
    }

    /** Whether the answer says that the next call would be one too many. */
    static boolean isUsedUp(HttpHeaders headers) {
        return headers.firstValue("X-RateLimit-Remaining").filter("0"::equals).isPresent();
    }

    private static long seconds(HttpHeaders headers, String name) {
        return headers.firstValue(name)
                .map(String::trim)
                .filter(value -> SECONDS.matcher(value).matches())
                .map(Long::parseLong)
                .orElse(0L);
    }
}
