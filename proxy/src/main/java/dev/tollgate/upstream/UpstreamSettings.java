package dev.tollgate.upstream;

import io.netty.handler.ssl.SslContext;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * One provider and how patient to be with it.
 *
 * @param baseUrl http or https, with the path prefix that goes before every request path, such as {@code /v1}
 * @param apiKey the operator's key, sent as a bearer token
 * @param tls how to speak TLS to it; null exactly when {@code baseUrl} is http
 */
public record UpstreamSettings(
        String name,
        URI baseUrl,
        String apiKey,
        @Nullable SslContext tls,
        int connectionsPerLoop,
        int connectMillis,
        long headMillis,
        long silenceMillis,
        long idleMillis) {
    public UpstreamSettings {
        if ((tls != null) != "https".equals(baseUrl.getScheme())) {
            throw new IllegalArgumentException("TLS belongs to https, and only to it: " + baseUrl.getScheme());
        }
        if (connectionsPerLoop < 1 || connectMillis < 1 || headMillis < 1 || silenceMillis < 1 || idleMillis < 1) {
            throw new IllegalArgumentException("upstream " + name + ": limits must be positive");
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

    /** The path prefix without a slash at its end. */
    String prefix() {
        String path = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    @Override
    public String toString() {
        return name + " at " + baseUrl;
    }
}
