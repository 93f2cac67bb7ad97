package dev.tollgate.portal;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One complete request for the portal. Its header names are in lower case.
 *
 * @param target path and query as they were sent
 * @param body read as UTF-8
 */
public record PortalRequest(String method, String target, Map<String, List<String>> headers, String body) {
    public PortalRequest {
        headers = Map.copyOf(headers);
    }

    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** A header that stands there once; two of them are as good as none. */
    public Optional<String> header(String name) {
        List<String> values = headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    /** The first parameter of that name in the query, decoded; empty also when it cannot be decoded. */
    public Optional<String> parameter(String name) {
        int query = target.indexOf('?');
        if (query < 0) {
            return Optional.empty();
        }
        return Arrays.stream(target.substring(query + 1).split("&", -1))
                .filter(pair -> pair.startsWith(name + "="))
                .findFirst()
                .flatMap(pair -> decoded(pair.substring(name.length() + 1)));
    }

    /** A cookie that stands there once; its value may be in quotes (RFC 6265, section 4.1.1). */
    public Optional<String> cookie(String name) {
        List<String> values = header("cookie").stream()
                .flatMap(line -> Arrays.stream(line.split(";", -1)))
                .map(String::strip)
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> unquoted(pair.substring(name.length() + 1)))
                .toList();
        return values.size() == 1 ? Optional.of(values.getFirst()) : Optional.empty();
    }

    /** The values of all cookies whose names begin so. */
    List<String> cookies(String prefix) {
        return header("cookie").stream()
                .flatMap(line -> Arrays.stream(line.split(";", -1)))
                .map(String::strip)
                .filter(pair -> pair.startsWith(prefix) && pair.indexOf('=') > 0)
                .map(pair -> unquoted(pair.substring(pair.indexOf('=') + 1)))
                .toList();
    }

    private static String unquoted(String value) {
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    private static Optional<String> decoded(String value) {
        try {
            return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Headers and body may hold secrets. */
    @Override
    public String toString() {
        return "PortalRequest(" + method + " " + path() + ")";
    }
}
