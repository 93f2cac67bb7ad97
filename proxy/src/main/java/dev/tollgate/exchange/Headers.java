package dev.tollgate.exchange;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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

    /** What the caller gets to see. */
    static HttpHeaders toCaller(HttpHeaders fromProvider) {
        HttpHeaders headers = empty();
        for (Map.Entry<String, String> field : fromProvider) {
            String name = field.getKey().toLowerCase(Locale.ROOT);
            if (TO_CALLER.contains(name)) {
                headers.add(name, field.getValue());
            }
        }
        return headers;
    }

    /** The length of the body, which the guard has checked; -1 when there is none. */
    static long length(HttpHeaders headers) {
        String length = headers.get("content-length");
        return length == null ? -1 : Long.parseLong(length);
    }

    static HttpHeaders empty() {
        return DefaultHttpHeadersFactory.headersFactory().newHeaders();
    }
}
