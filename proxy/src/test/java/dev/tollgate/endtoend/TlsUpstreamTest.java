package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.sandbox.Sandbox;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way to the provider over TLS: whoever is there must prove to be the one that was named. */
class TlsUpstreamTest {
    private static final String UNAVAILABLE = "service_unavailable_error";

    @TempDir
    Path folder;

    @Test
    void aTrustedCertificateIsServed() throws Exception {
        X509Bundle certificate = certificate("127.0.0.1");
        try (Secured secured = new Secured(folder, certificate, certificate)) {
            Stand stand = secured.stand;
            assertThat(stand.ask(stand.chat("Hi tokens=5", 50)).status()).isEqualTo(200);
            assertThat(stand.ask(stand.streamedChat("Hi tokens=500", 1_000)).body())
                    .endsWith("data: [DONE]\n\n");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void anUntrustedCertificateGetsNoRequestAndCostsNothing() throws Exception {
        try (Secured secured = new Secured(folder, certificate("127.0.0.1"), certificate("127.0.0.1"))) {
            assertRefused(secured.stand);
        }
    }

    @Test
    void aTrustedCertificateForAnotherHostGetsNoRequestAndCostsNothing() throws Exception {
        X509Bundle certificate = certificate("127.0.0.2");
        try (Secured secured = new Secured(folder, certificate, certificate)) {
            assertRefused(secured.stand);
        }
    }

    @Test
    void aProviderThatNeverShowsItsCertificateIsUnreachableAndCostsNothing() throws Exception {
        Sandbox sandbox = Stand.startSandbox(100_000);
        String yaml = yaml(folder, sandbox.openai().port(), certificate("127.0.0.1"));
        try (Stand stand = Stand.on(sandbox, folder, yaml)) {
            RawAnswer answer = stand.ask(stand.chat("Hi", 50));

            answer.assertError(503, UNAVAILABLE, "upstream_unreachable");
            assertThat(answer.header("retry-after")).isEqualTo("1");
            stand.assertLastIsReturned();
        }
    }

    private static void assertRefused(Stand stand) throws Exception {
        for (int i = 0; i < 3; i++) {
            RawAnswer answer = stand.ask(stand.chat("Hi", 50));
            answer.assertError(503, UNAVAILABLE, "upstream_unavailable");
            assertThat(answer.header("x-should-retry")).isEqualTo("false");
            stand.assertLastIsReturned();
        }
        assertThat(stand.sandbox.openai().requestCount()).isZero();
    }

    private static X509Bundle certificate(String address) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + address)
                .addSanIpAddress(address)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private static String yaml(Path folder, int port, X509Bundle trusted) throws Exception {
        Path trust = Files.writeString(folder.resolve("trust.pem"), trusted.getCertificatePathPEM());
        return Stand.yaml(folder) + "upstreams: [{ name: openai, base_url: \"https://127.0.0.1:" + port
                + "/v1\", api_key: \"${OPENAI_API_KEY}\", connect_timeout: 2s, trust_certificates: \"" + trust
                + "\" }]\n";
    }

    /** A stand whose provider is behind TLS. */
    private static final class Secured implements AutoCloseable {
        private final Stand stand;
        private final Relay relay;

        Secured(Path folder, X509Bundle shown, X509Bundle trusted) throws Exception {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(shown.toKeyManagerFactory().getKeyManagers(), null, null);
            ServerSocketFactory sockets = tls.getServerSocketFactory();
            Sandbox sandbox = Stand.startSandbox(100_000);
            relay = new Relay(sockets, sandbox.openai().port());
            stand = Stand.on(sandbox, folder, yaml(folder, relay.port(), trusted));
        }

        @Override
        public void close() throws IOException {
            stand.close();
            relay.close();
        }
    }
}
