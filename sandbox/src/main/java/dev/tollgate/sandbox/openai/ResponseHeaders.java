package dev.tollgate.sandbox.openai;

import dev.tollgate.sandbox.Ids;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** The headers that surround every answer, in the mixed case in which they really come. */
final class ResponseHeaders {
    private static final DateTimeFormatter DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private final Ids ids;
    private volatile Date lastDate = new Date(Long.MIN_VALUE, "");

    /** A date header's text, which serves every answer of one second. */
    private record Date(long epochSecond, String text) {}

    ResponseHeaders(Ids ids) {
        this.ids = ids;
    }

    Map<String, String> of(String contentType, Instant now, long processingMillis) {
        String requestId = ids.nextHex("req_");
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Date", date(now));
        headers.put("Content-Type", contentType);
        headers.put("access-control-expose-headers", "X-Request-ID");
        headers.put("openai-organization", "org-sandbox");
        headers.put("openai-processing-ms", String.valueOf(processingMillis));
        headers.put("openai-project", "proj_sandbox");
        headers.put("openai-version", "2020-10-01");
        headers.put("x-ratelimit-limit-requests", "30000");
        headers.put("x-ratelimit-limit-tokens", "150000000");
        headers.put("x-ratelimit-remaining-requests", "29999");
        headers.put("x-ratelimit-remaining-tokens", "149999984");
        headers.put("x-ratelimit-reset-requests", "2ms");
        headers.put("x-ratelimit-reset-tokens", "6m0s");
        headers.put("x-request-id", requestId);
        headers.put("strict-transport-security", "max-age=31536000; includeSubDomains; preload");
        headers.put("cf-cache-status", "DYNAMIC");
        headers.put("set-cookie", "__cf_bm=" + requestId.substring(4) + "; path=/; HttpOnly; Secure; SameSite=None");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Server", "cloudflare");
        headers.put("CF-RAY", requestId.substring(4, 20) + "-AMS");
        headers.put("alt-svc", "h3=\":443\"; ma=86400");
        return headers;
    }

    private String date(Instant now) {
        Date date = lastDate;
        if (date.epochSecond() != now.getEpochSecond()) {
            date = new Date(now.getEpochSecond(), DATE.format(now));
            lastDate = date;
        }
        return date.text();
    }
}
