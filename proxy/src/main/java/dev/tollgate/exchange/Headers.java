package dev.tollgate.exchange;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpHeadersFactory;
import io.netty.util.AsciiString;
import java.util.Iterator;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which header fields cross, in either direction. Both lists name what may pass: a field that nobody thought of stays
 * behind, so that neither the caller's key nor the operator's account can leak.
 */
final class Headers {
    private static final FieldNames TO_PROVIDER =
            FieldNames.of("accept", "content-type", "openai-beta", "user-agent", "x-client-request-id");
    private static final AsciiString SDK_PREFIX = AsciiString.cached("x-stainless-");

    private static final FieldNames TO_CALLER = FieldNames.of(
            "content-encoding",
            "content-type",
            "content-length",
            "openai-processing-ms",
            "openai-version",
            "retry-after",
            "retry-after-ms",
            "x-request-id",
            "x-should-retry");

    private static final HttpHeadersFactory UNCHECKED =
            DefaultHttpHeadersFactory.headersFactory().withValidation(false);

    private static final long RETRY_MILLIS_MAX = 60_000;
    private static final Pattern WAIT = Pattern.compile("([0-9]{1,15})(?:\\.[0-9]*)?");

    private Headers() {}

    /** What the provider gets to see. Metered answers must be readable, so none may be compressed. */
    static HttpHeaders toProvider(HttpHeaders fromCaller) {
        HttpHeaders headers = empty();
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = fromCaller.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            CharSequence name = field.getKey();
            @Nullable CharSequence passing = isOfSdk(name) ? name : TO_PROVIDER.find(name);
            if (passing != null) {
                headers.add(passing, field.getValue());
            }
        }
        headers.set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY);
        return headers;
    }

    private static boolean isOfSdk(CharSequence name) {
        return AsciiString.regionMatches(name, true, 0, SDK_PREFIX, 0, SDK_PREFIX.length());
    }

    /** What the caller gets to see. */
    static HttpHeaders toCaller(HttpHeaders fromProvider) {
        HttpHeaders headers = empty();
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = fromProvider.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            @Nullable CharSequence passing = TO_CALLER.find(field.getKey());
            if (passing != null) {
                headers.add(passing, field.getValue());
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

    /** What goes in comes out of a codec that has checked it, or is made here. */
    static HttpHeaders empty() {
        return UNCHECKED.newHeaders();
    }
}
