package dev.tollgate.mail;

import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Date;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Hands letters of plain text to a mail server. Waits for it, at most some seconds. Safe on every thread. */
public final class Mailer {
    private static final String TIMEOUT_MILLIS = "10000";

    private final Session session;
    private final String from;
    private final InstantSource clock;

    /** @throws IOException when the certificates to trust cannot be read; the message says why */
    public Mailer(MailSettings settings, InstantSource clock) throws IOException {
        this.from = settings.from();
        this.clock = clock;
        Properties properties = properties(settings);
        @Nullable Path trusted = settings.trustCertificates();
        if (trusted != null) {
            properties.put("mail.smtp.ssl.socketFactory", TrustedSockets.of(trusted));
        }
        session = Session.getInstance(properties, authenticator(settings));
    }

    private static Properties properties(MailSettings settings) {
        Properties properties = new Properties();
        properties.setProperty("mail.transport.protocol", "smtp");
        properties.setProperty("mail.smtp.host", settings.host());
        properties.setProperty("mail.smtp.port", Integer.toString(settings.port()));
        properties.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
        properties.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
        properties.setProperty("mail.smtp.writetimeout", TIMEOUT_MILLIS);
        properties.setProperty("mail.smtp.auth", Boolean.toString(settings.user() != null));
        switch (settings.encryption()) {
            case STARTTLS -> {
                properties.setProperty("mail.smtp.starttls.enable", "true");
                properties.setProperty("mail.smtp.starttls.required", "true");
                properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
            }
            case TLS -> {
                properties.setProperty("mail.smtp.ssl.enable", "true");
                properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
            }
            case NONE -> {}
        }
        return properties;
    }

    private static @Nullable Authenticator authenticator(MailSettings settings) {
        String user = settings.user();
        if (user == null) {
            return null;
        }
        return new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(user, settings.password());
            }
        };
    }

    /** @throws IOException when the mail server did not take it; it may be tried again */
    public void send(String to, String subject, String text) throws IOException {
        try {
            MimeMessage letter = new MimeMessage(session);
            letter.setFrom(new InternetAddress(from));
            letter.setRecipient(Message.RecipientType.TO, new InternetAddress(to, true));
            letter.setSubject(subject, StandardCharsets.UTF_8.name());
            letter.setText(text, StandardCharsets.UTF_8.name());
            letter.setHeader("Auto-Submitted", "auto-generated");
            letter.setSentDate(Date.from(clock.instant()));
            Transport.send(letter);
        } catch (MessagingException e) {
            // What it says may quote the recipient or the user, who are nobody's business in a log; so it goes no
            // further.
            throw new IOException("the mail server did not take it (" + kind(e) + ")");
        }
    }

    /** What went wrong, and what was behind it, such as a certificate. */
    private static String kind(Exception failure) {
        Throwable cause = failure.getCause();
        String kind = failure.getClass().getSimpleName();
        return cause == null ? kind : kind + ", " + cause.getClass().getSimpleName();
    }
}
