package dev.tollgate.app.settings;

import dev.tollgate.app.settings.Settings.Environment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The form of API keys.
 *
 * <p>A generated key is a prefix ({@code tg_live_} for real money, {@code tg_} for test mode), 32 random base62
 * characters, and 6 base62 characters that hold the CRC-32 of everything before them, so that a mistyped key is told from
 * an unknown one without a look-up. A merchant's existing keys of any other form are as good.
 */
public final class ApiKeys {
    private static final String DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int RANDOM_CHARACTERS = 32;
    private static final int CHECKSUM_CHARACTERS = 6;
    private static final Pattern OWN_FORM = Pattern.compile("tg_(?:live_)?[0-9A-Za-z]{38}");

    private ApiKeys() {}

    /** What the form of a key says. */
    public enum Form {
        WELL_FORMED,
        BAD_CHECKSUM,
        /** Not a generated key; allowed. */
        FOREIGN
    }

    /** A new key; {@code random} must be cryptographically strong, as {@link java.security.SecureRandom} is. */
    public static String generate(RandomGenerator random, Environment environment) {
        StringBuilder key = new StringBuilder(
                switch (environment) {
                    case LIVE_MODE -> "tg_live_";
                    case TEST_MODE -> "tg_";
                });
        for (int i = 0; i < RANDOM_CHARACTERS; i++) {
            key.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        return key + checksum(key.toString());
    }

    public static Form check(String key) {
        if (!OWN_FORM.matcher(key).matches()) {
            return Form.FOREIGN;
        }
        int end = key.length() - CHECKSUM_CHARACTERS;
        return key.endsWith(checksum(key.substring(0, end))) ? Form.WELL_FORMED : Form.BAD_CHECKSUM;
    }

    /** The hash of a plain key's UTF-8 bytes. */
    public static Hash hash(String key) {
        return new Hash(sha256().digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    /** The entry for the list {@code keys} of the settings file, indented by two spaces, without a line end. */
    public static String yamlLine(Hash hash, String customer) {
        String quoted = customer.replace("\\", "\\\\").replace("\"", "\\\"").replace("${", "$${");
        return "  - { hash: \"" + hash + "\", customer: \"" + quoted + "\" }";
    }

    private static String checksum(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        char[] characters = new char[CHECKSUM_CHARACTERS];
        long rest = crc.getValue();
        for (int i = CHECKSUM_CHARACTERS - 1; i >= 0; i--) {
            characters[i] = DIGITS.charAt((int) (rest % DIGITS.length()));
            rest /= DIGITS.length();
        }
        return new String(characters);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * The SHA-256 of a key: all that is kept of it. Immutable; printed as {@code sha256:} and 64 lower-case hex digits.
     */
    public static final class Hash {
        private static final String PREFIX = "sha256:";
        private static final Pattern PRINTED = Pattern.compile(PREFIX + "[0-9a-fA-F]{64}");

        private final byte[] bytes;

        private Hash(byte[] bytes) {
            this.bytes = bytes;
        }

        /** Reads the printed form; empty when the text is anything else. */
        public static Optional<Hash> parse(String printed) {
            if (!PRINTED.matcher(printed).matches()) {
                return Optional.empty();
            }
            return Optional.of(new Hash(HexFormat.of().parseHex(printed, PREFIX.length(), printed.length())));
        }

        /** A copy of the 32 bytes. */
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Hash hash && MessageDigest.isEqual(bytes, hash.bytes);
        }

        @Override
        public int hashCode() {
            return bytes[0] << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | (bytes[3] & 0xff);
        }

        @Override
        public String toString() {
            return PREFIX + HexFormat.of().formatHex(bytes);
        }
    }
}
