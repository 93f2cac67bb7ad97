package dev.tollgate.mail;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The mail server that letters are handed to.
 *
 * @param from the sender's address, with or without a name
 * @param user, password both or neither
 * @param trustCertificates a PEM file that replaces the system's trust; null for the system's
 */
public record MailSettings(
        String host,
        int port,
        Encryption encryption,
        @Nullable String user,
        @Nullable String password,
        String from,
        @Nullable Path trustCertificates) {
    public MailSettings {
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw new IllegalArgumentException("no mail server: " + host + ":" + port);
        }
        if ((user == null) != (password == null)) {
            throw new IllegalArgumentException("a user without a password, or a password without a user");
        }
    }

    /** How the connection is encrypted. */
    public enum Encryption {
        /** Begins in clear and must then be encrypted. */
        STARTTLS,
        /** From the first byte. */
        TLS,
        NONE
    }

    /** The password is not shown. */
    @Override
    public String toString() {
        return "MailSettings(" + host + ":" + port + ", " + encryption + ", " + from + ")";
    }
}
