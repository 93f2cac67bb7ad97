package dev.tollgate.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tollgate.mail.MailServer.Offer;
import dev.tollgate.mail.MailSettings.Encryption;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A letter leaves encrypted, to the server that was named, or not at all. */
class MailerTest {
    private static final String USER = "postmaster-of-acme";
    private static final String PASSWORD = "pass-word-nobody-sees";
    private static final String RECIPIENT = "ann@example.com";

    private static X509Bundle certificate;

    @TempDir
    static Path folder;

    @BeforeAll
    static void makeCertificate() throws Exception {
        certificate = certificate("127.0.0.1");
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aLetterIsHandedOverEncryptedAfterLoggingIn(Encryption encryption) throws Exception {
        try (MailServer server = server(encryption, certificate)) {
            mailer(server.port(), encryption, PASSWORD).send(RECIPIENT, "Grüße", "Your link: ü");

            assertThat(server.letters).singleElement().asString().contains("To: ann@example.com", "From: ", "Date: ");
            assertThat(server.logIns).hasSize(1);
            assertThat(String.join("\n", server.saidInClear)).doesNotContain("AUTH", "MAIL", "ann@");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aServerWithAnotherCertificateLearnsNothing(Encryption encryption) throws Exception {
        try (MailServer server = server(encryption, certificate("127.0.0.1"))) {
            assertRefused(server, encryption, "SSLHandshakeException");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aTrustedServerOfAnotherNameLearnsNothing(Encryption encryption) throws Exception {
        X509Bundle elsewhere = certificate("127.0.0.2");
        try (MailServer server = server(encryption, elsewhere)) {
            Mailer mailer =
                    new Mailer(settings(server.port(), encryption, PASSWORD, elsewhere), InstantSource.system());
            assertThatThrownBy(() -> mailer.send(RECIPIENT, "s", "t")).isInstanceOf(IOException.class);
            assertNothingWasSaid(server);
        }
    }

    @Test
    void aServerThatOffersNoEncryptionGetsNoPassword() throws Exception {
        try (MailServer server = new MailServer(Offer.NOTHING, certificate, USER, PASSWORD)) {
            assertRefused(server, Encryption.STARTTLS, "MessagingException");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STARTTLS", "TLS"})
    void aWrongPasswordIsSaidWithoutSayingIt(Encryption encryption) throws Exception {
        try (MailServer server = server(encryption, certificate)) {
            Mailer mailer = mailer(server.port(), encryption, "wrong-" + PASSWORD);
            Throwable failure = catchThrowable(() -> mailer.send(RECIPIENT, "s", "t"));

            assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining("AuthenticationFailedException");
            assertThat(whole(failure)).doesNotContain(PASSWORD, USER, RECIPIENT, base64(USER), base64(PASSWORD));
            assertThat(server.letters).isEmpty();
            assertThat(server.logIns).isNotEmpty();
        }
    }

    @Test
    void aServerThatIsDownIsSaid() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> mailer(port, Encryption.TLS, PASSWORD).send(RECIPIENT, "s", "t"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Connect");
    }

    @Test
    void certificatesThatCannotBeReadAreSaidAtTheStart() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        MailSettings settings = new MailSettings("127.0.0.1", 465, Encryption.TLS, null, null, "a@b.example", empty);
        assertThatThrownBy(() -> new Mailer(settings, InstantSource.system()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty.pem");
    }

    @Test
    void settingsDoNotShowThePassword() throws Exception {
        assertThat(settings(465, Encryption.TLS, PASSWORD, certificate).toString())
                .doesNotContain(PASSWORD);
    }

    private static void assertRefused(MailServer server, Encryption encryption, String reason) {
        Throwable failure =
                catchThrowable(() -> mailer(server.port(), encryption, PASSWORD).send(RECIPIENT, "s", "t"));
        assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining(reason);
        assertThat(whole(failure)).doesNotContain(PASSWORD, USER, RECIPIENT);
        assertNothingWasSaid(server);
    }

    private static void assertNothingWasSaid(MailServer server) {
        assertThat(server.letters).isEmpty();
        assertThat(server.logIns).isEmpty();
        assertThat(String.join("\n", server.saidInClear)).doesNotContain("AUTH", "MAIL", "RCPT");
    }

    /** Everything that a log could show of it. */
    private static String whole(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private static String base64(String text) {
        return Base64.getEncoder()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8))
                .substring(2, 12);
    }

    private static MailServer server(Encryption encryption, X509Bundle shown) throws Exception {
        return new MailServer(Offer.valueOf(encryption.name()), shown, USER, PASSWORD);
    }

    private static Mailer mailer(int port, Encryption encryption, String password) throws Exception {
        return new Mailer(settings(port, encryption, password, certificate), InstantSource.system());
    }

    private static MailSettings settings(int port, Encryption encryption, String password, X509Bundle trusted)
            throws Exception {
        Path pem = Files.createTempFile(folder, "trust", ".pem");
        Files.writeString(pem, trusted.getCertificatePathPEM());
        return new MailSettings("127.0.0.1", port, encryption, USER, password, "Acme <billing@example.com>", pem);
    }

    private static X509Bundle certificate(String address) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + address)
                .addSanIpAddress(address)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }
}
