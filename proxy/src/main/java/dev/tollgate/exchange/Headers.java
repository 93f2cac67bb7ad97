package dev.tollgate.exchange;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which header fields cross, in either direction. Both lists name what may pass: a field that nobody thought of stays
 * behind, so that neither the caller's key nor the operator's account can leak.
 */
final class Headers {
    private static final Set<String> TO_PROVIDER =
            Set.of("accept", "content-type", "openai-beta", "user-agent", "x-client-request-id");
    private static final String SDK_PREFIX = "x-stainless-";

    private static final Set<String> TO_CALLER = Set.of(
            "content-encoding",
            "content-type",
            "content-length",
            "openai-processing-ms",
            "openai-version",
            "retry-after",
            "retry-after-ms",
            "x-request-id",
            "x-should-retry");

    private static final String RATES_PREFIX = "x-ratelimit-";

    private static final long RETRY_MILLIS_MAX = 60_000;
    private static final Pattern WAIT = Pattern.compile("([0-9]{1,15})(?:\\.[0-9]*)?");

    private Headers() {}

    /** What the provider gets to see. Metered answers must be readable, so none may be compressed. */
    static HttpHeaders toProvider(HttpHeaders fromCaller) {
        HttpHeaders headers = empty();
        for (Map.Entry<String, String> field : fromCaller) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (TO_PROVIDER.contains(name) || name.startsWith(SDK_PREFIX)) {
                headers.add(name, field.getValue());
            }
        }
        headers.set("accept-encoding", "identity");
        return headers;
    }

    /**
     * What the caller gets to see.
     *
     * @param rates whether a field about rates passes, by its name
     */
    static HttpHeaders toCaller(HttpHeaders fromProvider, Predicate<String> rates) {
        HttpHeaders headers = empty();
        for (Map.Entry<String, String> field : fromProvider) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (TO_CALLER.contains(name) || (name.startsWith(RATES_PREFIX) && rates.test(name))) {
                headers.add(name, field.getValue());
            }
        }
        shortenWait(headers);
        return headers;
    }

    /** The length of the body, which the guard has checked; -1 when there is none. */
    static long length(HttpHeaders headers) {
        String length = headers.get("content-length");
        return length == null ? -1 : Long.parseLong(length);
    }

    /**
     * Some SDKs sleep for as long as they are told, however long. Advice beyond what is worth waiting for is taken out, and
     * says instead that a retry is of no use.
     */
    private static void shortenWait(HttpHeaders headers) {
        boolean longSeconds = isLong(headers.get("retry-after"), RETRY_MILLIS_MAX / 1000);
        boolean longMillis = isLong(headers.get("retry-after-ms"), RETRY_MILLIS_MAX);
        if (longSeconds || longMillis) {
            headers.remove("retry-after").remove("retry-after-ms");
            headers.set("x-should-retry", "false");
        }
    }

    /** Whether it is more than so much, or, as a date is, not a number at all. */
    private static boolean isLong(@Nullable String wait, long most) {
        if (wait == null) {
            return false;
        }
        Matcher number = WAIT.matcher(wait);
        return !number.matches() || Long.parseLong(number.group(1)) > most;
    }

    static HttpHeaders empty() {
        return DefaultHttpHeadersFactory.headersFactory().newHeaders();
    }
}
