package dev.tollgate.portal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Statements of this server that others carry: claims with an end, signed with HMAC-SHA-256 for one purpose, so that none
 * can be used as another. Not encrypted. Safe on every thread.
 */
final class SignedTokens {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String END = "until";
    private static final int CHARS_MAX = 4_096;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final SecretKeySpec key;

    SignedTokens(String secret) {
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    String sign(String purpose, Map<String, String> claims, long untilMillis) {
        Map<String, String> all = new HashMap<>(claims);
        all.put(END, String.valueOf(untilMillis));
        try {
            String payload = encode(MAPPER.writeValueAsBytes(all));
            return payload + "." + encode(mac(purpose, payload));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map could not be written", e);
        }
    }

    /** The claims of a token of this server's that has not ended; empty for anything else. */
    Optional<Map<String, String>> open(String purpose, String token, long nowMillis) {
        int dot = token.indexOf('.');
        if (dot < 0 || token.length() > CHARS_MAX) {
            return Optional.empty();
        }
        String payload = token.substring(0, dot);
        try {
            byte[] given = Base64.getUrlDecoder().decode(token.substring(dot + 1));
            if (!MessageDigest.isEqual(given, mac(purpose, payload))) {
                return Optional.empty();
            }
            byte[] json = Base64.getUrlDecoder().decode(payload);
            Map<String, String> claims =
                    MAPPER.readValue(new String(json, StandardCharsets.UTF_8), new TypeReference<>() {});
            return Long.parseLong(claims.getOrDefault(END, "0")) > nowMillis ? Optional.of(claims) : Optional.empty();
        } catch (IllegalArgumentException | JsonProcessingException e) {
            return Optional.empty();
        }
    }

    private byte[] mac(String purpose, String payload) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal((purpose + "." + payload).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
