package dev.tollgate.portal;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who may see the operator's page: programs with the operator's token, and browsers that were given a cookie for it. A form
 * carries a token of the session that it was shown to, without which it changes nothing. Safe on every thread.
 */
final class OperatorSessions {
    private static final String COOKIE = "tollgate_operator";
    private static final String SESSION = "operator";
    private static final String FORM = "operator-form";
    private static final long SESSION_MILLIS = 8 * 3_600_000L;
    private static final long FORM_MILLIS = 3_600_000L;

    /** After a wrong token, so long nobody is let in: guessing is hopeless anyway, and this makes it slow. */
    private static final long APART_MILLIS = 500;

    private final String token;
    private final SignedTokens tokens;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong closedUntilMillis = new AtomicLong();

    OperatorSessions(String token, SignedTokens tokens, InstantSource clock) {
        this.token = token;
        this.tokens = tokens;
        this.clock = clock;
    }

    /** Whether there is a token to sign in with. */
    boolean isOpen() {
        return !token.isEmpty();
    }

    boolean isProgram(PortalRequest request) {
        return isOpen()
                && request.header("authorization")
                        .filter(shown -> same("Bearer " + token, shown))
                        .isPresent();
    }

    /** The session of a browser that signed in with the token that is in force. */
    Optional<String> person(PortalRequest request) {
        return request.cookie(COOKIE)
                .filter(cookie -> isOpen())
                .flatMap(cookie -> tokens.open(SESSION + token, cookie, clock.millis()))
                .map(claims -> claims.getOrDefault("id", ""));
    }

    PortalResponse signIn(PortalRequest request) {
        long nowMillis = clock.millis();
        if (isForeign(request)) {
            return OperatorPages.plain(403, "Not so", "This form came from another site.");
        }
        if (!isOpen()) {
            return OperatorPages.closed();
        }
        if (nowMillis < closedUntilMillis.get()) {
            return OperatorPages.signIn(429, "Wait a moment, then try again.");
        }
        if (!same(token, fields(request).getOrDefault("token", "").strip())) {
            closedUntilMillis.set(nowMillis + APART_MILLIS);
            return OperatorPages.signIn(401, "This is not the operator's token.");
        }
        String session = tokens.sign(SESSION + token, Map.of("id", word()), nowMillis + SESSION_MILLIS);
        return Replies.with(Replies.redirect("/"), "set-cookie", cookie(session, SESSION_MILLIS / 1000));
    }

    PortalResponse signOut() {
        return Replies.with(Replies.redirect("/"), "set-cookie", cookie("", 0));
    }

    private static String cookie(String value, long ageSeconds) {
        return COOKIE + "=" + value + "; Path=/; Max-Age=" + ageSeconds + "; HttpOnly; SameSite=Strict";
    }

    String formToken(String session) {
        return tokens.sign(FORM, Map.of("session", session), clock.millis() + FORM_MILLIS);
    }

    boolean isTheirForm(PortalRequest request, String session, Map<String, String> fields) {
        return !isForeign(request)
                && tokens.open(FORM, fields.getOrDefault("form", ""), clock.millis())
                        .filter(claims -> session.equals(claims.get("session")))
                        .isPresent();
    }

    /** A browser names the site whose page sent the form. */
    private static boolean isForeign(PortalRequest request) {
        if (!request.headers().containsKey("origin")) {
            return false;
        }
        String origin = request.header("origin").orElse("several");
        String host = request.header("host").orElse("");
        return !origin.equals("http://" + host) && !origin.equals("https://" + host);
    }

    /** The fields of a form, decoded; the last of each name. */
    static Map<String, String> fields(PortalRequest request) {
        Map<String, String> fields = new HashMap<>();
        for (String pair : request.body().split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                fields.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
        return fields;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static boolean same(String expected, String shown) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    private String word() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
