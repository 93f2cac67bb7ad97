package dev.tollgate.upstream;

import io.netty.handler.ssl.SslContext;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One provider, what it is asked for, and how patient to be with it.
 *
 * @param baseUrl http or https, with the path prefix that goes before every request path, such as {@code /v1}, and perhaps
 *     a query that goes behind each
 * @param apiKey the operator's key there
 * @param tls how to speak TLS to it; null exactly when {@code baseUrl} is http
 * @param priority among several providers of a model the one with the lowest is asked first
 */
public record UpstreamSettings(
        String name,
        URI baseUrl,
        String apiKey,
        @Nullable SslContext tls,
        Dialect dialect,
        ModelPatterns models,
        int priority,
        Patience patience) {

    /**
     * How long to wait for a provider, and how often.
     *
     * @param circuitFailures so many failures in a row make it the last choice
     * @param circuitMillis for so long; then one request tries it again
     */
    public record Patience(
            int connectionsPerLoop,
            int connectMillis,
            long headMillis,
            long silenceMillis,
            long idleMillis,
            int circuitFailures,
            long circuitMillis) {
        public Patience {
            if (connectionsPerLoop < 1 || connectMillis < 1 || headMillis < 1 || silenceMillis < 1 || idleMillis < 1) {
                throw new IllegalArgumentException("limits must be positive");
            }
            if (circuitFailures < 1 || circuitMillis < 1) {
                throw new IllegalArgumentException("a circuit's limits must be positive");
            }
        }
    }

    public UpstreamSettings {
        Objects.requireNonNull(dialect);
        Objects.requireNonNull(models);
        Objects.requireNonNull(patience);
        if ((tls != null) != "https".equals(baseUrl.getScheme())) {
            throw new IllegalArgumentException("TLS belongs to https, and only to it: " + baseUrl.getScheme());
        }
    }

    /** The port, also where the URL leaves it to the scheme. */
    int port() {
        if (baseUrl.getPort() > 0) {
            return baseUrl.getPort();
        }
        return tls != null ? 443 : 80;
    }

    /** The value of the Host header. */
    String authority() {
        return baseUrl.getPort() > 0 ? baseUrl.getHost() + ":" + baseUrl.getPort() : baseUrl.getHost();
    }

    /**
     * The request target for a path of OpenAI's API.
     *
     * @param path begins with a slash, may end in a query
     * @param model as the caller names it; null for requests without a model
     */
    String target(String path, @Nullable String model) {
        StringBuilder target = new StringBuilder(prefix());
        if (dialect.apiVersion() != null) {
            target.append("/openai");
            if (model != null) {
                target.append("/deployments/").append(encoded(dialect.nameOf(model)));
            }
        }
        target.append(path);
        appendQuery(target, baseUrl.getRawQuery());
        if (dialect.apiVersion() != null) {
            appendQuery(target, "api-version=" + encoded(dialect.apiVersion()));
        }
        return target.toString();
    }

    /** The path prefix without a slash at its end. */
    private String prefix() {
        String path = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static void appendQuery(StringBuilder target, @Nullable String query) {
        if (query != null && !query.isEmpty()) {
            target.append(target.indexOf("?") < 0 ? '?' : '&').append(query);
        }
    }

    private static String encoded(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return name + " at " + baseUrl.getHost();
    }
}
