package dev.tollgate.portal;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a browser has begun to buy within a day: a signed cookie for each purchase, under the id that it comes back with
 * from paying, so that purchases in two windows never mix. Safe on every thread.
 */
final class Purchases {
    static final String COOKIE = "tollgate_checkout_";

    private static final String PURPOSE = "checkout";
    private static final long CLAIM_MILLIS = 24 * 3_600_000L;

    /** Beyond this the oldest purchase makes room, so that cookies stay within what servers accept. */
    private static final int AT_ONCE_MAX = 8;

    private final SignedTokens tokens;
    private final Sessions sessions;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * One purchase.
     *
     * @param id names it among those of its browser; no secret
     * @param mark what Dodo's session carries and only this browser knows
     */
    record Purchase(String id, String sessionId, String mark, boolean plan, long begunMillis) {}

    Purchases(SignedTokens tokens, Sessions sessions, InstantSource clock) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.clock = clock;
    }

    String newId() {
        return word(8);
    }

    String newMark() {
        return word(16);
    }

    private String word(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** The header that lets a browser keep a purchase, in the place of its oldest one where it has many. */
    String setCookie(PortalRequest request, String id, String sessionId, String mark, boolean plan) {
        List<Purchase> others = all(request);
        String name = others.size() < AT_ONCE_MAX ? id : others.getFirst().id();
        Map<String, String> claims = Map.of(
                "id", id, "session", sessionId, "mark", mark, "plan", plan ? "yes" : "", "begun", "" + clock.millis());
        String token = tokens.sign(PURPOSE, claims, clock.millis() + CLAIM_MILLIS);
        return sessions.setCookie(COOKIE + name, token, CLAIM_MILLIS / 1000);
    }

    /** The browser's purchase with this id, or its newest one when none is named. */
    Optional<Purchase> find(PortalRequest request, Optional<String> id) {
        return all(request).reversed().stream()
                .filter(purchase -> id.isEmpty() || purchase.id().equals(id.get()))
                .findFirst();
    }

    /** All purchases of the browser, the oldest first. */
    private List<Purchase> all(PortalRequest request) {
        return request.cookies(COOKIE).stream()
                .flatMap(cookie -> tokens.open(PURPOSE, cookie, clock.millis()).stream())
                .map(Purchases::purchase)
                .sorted(Comparator.comparingLong(Purchase::begunMillis))
                .toList();
    }

    private static Purchase purchase(Map<String, String> claims) {
        return new Purchase(
                claims.getOrDefault("id", ""),
                claims.getOrDefault("session", ""),
                claims.getOrDefault("mark", ""),
                !claims.getOrDefault("plan", "").isEmpty(),
                Long.parseLong(claims.getOrDefault("begun", "0")));
    }
}
