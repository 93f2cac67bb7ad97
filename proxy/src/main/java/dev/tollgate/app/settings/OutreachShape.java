package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Locations.ADDRESS;

import dev.tollgate.alerts.AlertSettings;
import dev.tollgate.app.settings.Settings.Address;
import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.mail.MailSettings;
import dev.tollgate.mail.MailSettings.Encryption;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How people are reached: the keys of {@code mail} and {@code alerts} with their types and defaults. */
final class OutreachShape {
    private static final ScalarType<String> SENDER = ScalarType.matching(
            "an address such as \"Acme <billing@example.com>\"",
            Pattern.compile("[^<>\\p{Cntrl}]{0,100}<[^\\s@<>]+@[^\\s@<>]+>|[^\\s@<>]+@[^\\s@<>]+"));
    private static final ScalarType<String> USER =
            ScalarType.matching("a user's name", Pattern.compile("[^\\p{Cntrl}]{1,256}"));
    private static final ScalarType<Secret> PASSWORD = ScalarType.secret("a password", Reading::good);
    private static final Address NOWHERE = new Address("stand-in.invalid", 25);

    private OutreachShape() {}

    /** Null when no mail server is named. */
    static @Nullable MailSettings mail(Section root) {
        return root.section("mail", section -> Optional.ofNullable(server(section)))
                .orElse(null);
    }

    static AlertSettings alerts(Section section) {
        URI url = section.optional("webhook_url", Locations.LINK, "${ALERTS_WEBHOOK_URL:-}");
        Secret secret = section.optional("webhook_secret", SettingsShape.WEBHOOK_KEY, "${ALERTS_WEBHOOK_SECRET:-}");
        Long runsOutWithinMillis = section.value("runs_out_within", Quantities.duration("0s", "30d"), "24h");
        if (url != null && secret == null) {
            section.error("webhook_secret", "is missing", "whsec_ and the output of: openssl rand -base64 24");
        }
        if (url != null && Locations.isExposed(url)) {
            section.warning("webhook_url", "customers' ids can be read on the way", "use https");
        }
        return new AlertSettings(
                secret == null ? null : url, secret == null ? null : secret.value(), runsOutWithinMillis);
    }

    private static @Nullable MailSettings server(Section section) {
        Address smtp = section.optional("smtp", ADDRESS, "${SMTP:-}");
        Encryption encryption = section.value("tls", ScalarType.choice(Encryption.class), "starttls");
        String user = section.optional("user", USER, "${SMTP_USER:-}");
        Secret password = section.optional("password", PASSWORD, "${SMTP_PASSWORD:-}");
        String from = section.optional("from", SENDER, "${MAIL_FROM:-}");
        Path trusted = section.optional("trust_certificates", Locations.FILE, null);
        if (smtp == null) {
            return null;
        }
        if (smtp.port() == 0) {
            section.error("smtp", "port 0 is nowhere", "587 with tls: starttls, 465 with tls: tls");
        }
        if (from == null) {
            section.error("from", "is missing", "an address of yours that customers may answer to");
        }
        boolean half = (user == null) != (password == null);
        if (half) {
            section.error(user == null ? "user" : "password", "is missing, though the other is there", null);
        }
        boolean exposed = encryption == Encryption.NONE && password != null;
        if (exposed) {
            section.warning("tls", "sends the password in clear", "use starttls or tls");
        }
        Address to = smtp.port() == 0 ? NOWHERE : smtp;
        return new MailSettings(
                to.host(),
                to.port(),
                encryption,
                half ? null : user,
                half || password == null ? null : password.value(),
                from == null ? "stand-in@stand-in.invalid" : from,
                trusted);
    }
}
