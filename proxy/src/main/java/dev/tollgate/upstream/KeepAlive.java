package dev.tollgate.upstream;

import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long a connection may wait for its next request. */
final class KeepAlive {
    private static final Pattern TIMEOUT = Pattern.compile("(?i)(?:^|[,;\\s])timeout\\s*=\\s*\"?([0-9]{1,9})");

    /** So much earlier than the provider this side closes, since a request that crosses the provider's close is lost. */
    private static final long MARGIN_MILLIS = 1_000;

    private KeepAlive() {}

    /**
     * @param header the provider's Keep-Alive header, if it sent one
     * @return at most {@code mostMillis}; 0 when the connection should not be kept
     */
    static long idleMillis(@Nullable String header, long mostMillis) {
        Matcher timeout = TIMEOUT.matcher(header == null ? "" : header);
        if (!timeout.find()) {
            return mostMillis;
        }
        long promisedMillis = TimeUnit.SECONDS.toMillis(Long.parseLong(timeout.group(1)));
        return Math.clamp(promisedMillis - MARGIN_MILLIS, 0, mostMillis);
    }
}
