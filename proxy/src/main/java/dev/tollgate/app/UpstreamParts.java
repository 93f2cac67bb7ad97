package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.upstream.ModelPatterns;
import dev.tollgate.upstream.UpstreamSettings;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The providers of the settings, in the terms of their package. */
final class UpstreamParts {
    private UpstreamParts() {}

    static List<UpstreamSettings> all(Settings settings) throws StartException {
        List<UpstreamSettings> upstreams = new ArrayList<>();
        for (Settings.Upstream upstream : settings.upstreams()) {
            upstreams.add(new UpstreamSettings(
                    upstream.name(),
                    upstream.baseUrl(),
                    upstream.apiKey().value(),
                    tls(upstream),
                    upstream.dialect(),
                    new ModelPatterns(upstream.models()),
                    upstream.priority(),
                    patience(upstream)));
        }
        return upstreams;
    }

    private static UpstreamSettings.Patience patience(Settings.Upstream upstream) {
        return new UpstreamSettings.Patience(
                upstream.connectionsPerLoop(),
                Math.toIntExact(upstream.connectTimeoutMillis()),
                upstream.headTimeoutMillis(),
                upstream.readSilenceMillis(),
                upstream.idleTimeoutMillis(),
                upstream.circuitFailures(),
                upstream.circuitOpenMillis());
    }

    private static @Nullable SslContext tls(Settings.Upstream upstream) throws StartException {
        if (!"https".equals(upstream.baseUrl().getScheme())) {
            return null;
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forClient();
            if (upstream.trustCertificates() != null) {
                builder.trustManager(upstream.trustCertificates().toFile());
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new StartException(
                    "upstream " + upstream.name() + ": cannot set up TLS; check trust_certificates: " + e.getMessage());
        }
    }
}
