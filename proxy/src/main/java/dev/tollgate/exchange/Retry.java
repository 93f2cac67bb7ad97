package dev.tollgate.exchange;

import dev.tollgate.journal.Account;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a request says about being tried more than once. Of its body there is only a digest.
 *
 * @param digest of method, target and body
 * @param attempt how often its SDK has tried before, or {@link #NAMED} where the caller gave the request a name of its own
 */
record Retry(Name name, String digest, int attempt) {
    static final int NAMED = -1;

    /** An SDK's retries of a longer body than this are not recognised: its digest would take an event loop too long. */
    private static final int COUNTED_BYTES_MAX = 1 << 20;

    private static final int ATTEMPTS_MAX = 100;

    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(Retry::newSha256);

    /** What retries have in common with what they retry. Nothing of one key can have the name of another's. */
    record Name(Account account, String keyId, String word) {}

    /** Null when nothing is said. A request without a body costs nothing, so that nothing can be billed twice. */
    static @Nullable Retry of(Ask ask) {
        HttpHeaders headers = ask.headers();
        @Nullable String named = headers.get("idempotency-key");
        @Nullable String counted = headers.get("x-stainless-retry-count");
        if (!ask.body().isReadable()) {
            return null;
        }
        if (named != null && !named.isEmpty()) {
            String word = "key " + hex(sha256().digest(named.getBytes(StandardCharsets.UTF_8)));
            return new Retry(name(ask, word), digest(ask), NAMED);
        }
        int attempt = counted == null ? NAMED : attempt(counted);
        if (attempt == NAMED || ask.body().readableBytes() > COUNTED_BYTES_MAX) {
            return null;
        }
        String digest = digest(ask);
        return new Retry(name(ask, "body " + digest), digest, attempt);
    }

    boolean named() {
        return attempt == NAMED;
    }

    private static Name name(Ask ask, String word) {
        return new Name(ask.caller().account(), ask.caller().keyId(), word);
    }

    private static int attempt(String counted) {
        try {
            int attempt = Integer.parseInt(counted);
            return attempt >= 0 && attempt <= ATTEMPTS_MAX ? attempt : NAMED;
        } catch (NumberFormatException e) {
            return NAMED;
        }
    }

    private static String digest(Ask ask) {
        MessageDigest digest = sha256();
        digest.update((ask.method().name() + " " + ask.target()).getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        ByteBuf body = ask.body();
        for (ByteBuffer part : body.nioBuffers()) {
            digest.update(part);
        }
        return hex(digest.digest());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Ready for a new message. */
    private static MessageDigest sha256() {
        MessageDigest digest = SHA_256.get();
        digest.reset();
        return digest;
    }

    private static MessageDigest newSha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
