package dev.tollgate.admission;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The SHA-256 of an API key, which is all of it that is ever stored. Since whoever looks one up cannot steer the hash
 * of a key they do not have, the time that a look-up takes tells nothing about stored keys.
 */
public final class KeyHash {
    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(KeyHash::newSha256);

    private final byte[] digest;

    private KeyHash(byte[] digest) {
        this.digest = digest;
    }

    /** Takes an existing digest of 32 bytes. */
    public static KeyHash ofDigest(byte[] digest) {
        if (digest.length != 32) {
            throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + digest.length);
        }
        return new KeyHash(digest.clone());
    }

    /** Takes an existing digest as {@link #hex} wrote it. */
    public static KeyHash ofHex(String hex) {
        return ofDigest(HexFormat.of().parseHex(hex));
    }

    /** The whole digest in 64 hex digits. */
    public String hex() {
        return HexFormat.of().formatHex(digest);
    }

    /** Hashes a key as a caller sent it. */
    public static KeyHash ofKey(String key) {
        MessageDigest sha256 = SHA_256.get();
        sha256.reset();
        return new KeyHash(sha256.digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyHash that && MessageDigest.isEqual(digest, that.digest);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(digest);
    }

    /** Enough of the hash to tell keys apart in a log. */
    @Override
    public String toString() {
        return "sha256:" + HexFormat.of().formatHex(digest, 0, 4) + "…";
    }
}
