package dev.tollgate.portal;

import dev.tollgate.admission.KeyHash;
import dev.tollgate.journal.Account;
import java.net.URI;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says who is asking: by the API key in the request, or by a signed cookie that was given for a key or for a letter that
 * reached its address. A session that began with a key ends with it. Safe on every thread.
 */
final class Sessions {
    static final String COOKIE = "tollgate_session";

    private static final String PURPOSE = "session";
    private static final long SESSION_MILLIS = 12 * 3_600_000L;
    private static final String BEARER = "bearer ";

    private final SignedTokens tokens;
    private final CustomerPortal.KeyCheck keys;
    private final String entitlementId;
    private final boolean secure;

    /** The origin of the public address; empty when there is none. */
    private final String home;

    private final InstantSource clock;

    Sessions(
            SignedTokens tokens,
            CustomerPortal.KeyCheck keys,
            String entitlementId,
            @Nullable URI publicUrl,
            InstantSource clock) {
        this.tokens = tokens;
        this.keys = keys;
        this.entitlementId = entitlementId;
        this.secure = publicUrl != null && "https".equals(publicUrl.getScheme());
        this.home = publicUrl == null ? "" : publicUrl.getScheme() + "://" + publicUrl.getRawAuthority();
        this.clock = clock;
    }

    Optional<Person> person(PortalRequest request) {
        Optional<String> authorization = request.header("authorization");
        if (authorization.isPresent()) {
            return bearer(authorization.get()).flatMap(keys::account).map(account -> new Person(account));
        }
        return request.cookie(COOKIE)
                .flatMap(cookie -> tokens.open(PURPOSE, cookie, clock.millis()))
                .flatMap(this::account)
                .map(account -> new Person(account));
    }

    private static Optional<KeyHash> bearer(String authorization) {
        return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? Optional.of(
                        KeyHash.ofKey(authorization.substring(BEARER.length()).trim()))
                : Optional.empty();
    }

    private Optional<Account> account(Map<String, String> claims) {
        Account account = new Account(claims.getOrDefault("customer", ""), entitlementId);
        String hash = claims.getOrDefault("key", "");
        return hash.isEmpty()
                ? Optional.of(account)
                : keys.account(KeyHash.ofHex(hash)).filter(account::equals);
    }

    /** The cookie for somebody who showed a key that works; empty for any other key. */
    Optional<String> beginByKey(String key) {
        KeyHash hash = KeyHash.ofKey(key);
        return keys.account(hash).map(account -> cookie(account, hash.hex()));
    }

    /** The cookie for somebody who was found out to be a customer in another way. */
    String begin(Account account) {
        return cookie(account, "");
    }

    private String cookie(Account account, String keyHash) {
        Map<String, String> claims = new HashMap<>();
        claims.put("customer", account.customerId());
        claims.put("key", keyHash);
        return setCookie(COOKIE, tokens.sign(PURPOSE, claims, clock.millis() + SESSION_MILLIS), SESSION_MILLIS / 1000);
    }

    /** The header that sets a cookie which no script and no other site's form can use; an age of 0 takes it away. */
    String setCookie(String name, String value, long ageSeconds) {
        return name + "=" + value + "; Path=/; Max-Age=" + ageSeconds + "; HttpOnly; SameSite=Lax"
                + (secure ? "; Secure" : "");
    }

    /**
     * Whether a request that changes something may have been sent by another site's page. A browser names the site in
     * {@code Origin}; a program that shows a key has no need to.
     */
    boolean isForeign(PortalRequest request) {
        if (request.method().equals("GET") || request.header("authorization").isPresent()) {
            return false;
        }
        Optional<String> origin = request.headers().containsKey("origin")
                ? Optional.of(request.header("origin").orElse("several"))
                : Optional.empty();
        boolean byCookie = request.cookie(COOKIE).isPresent();
        return origin.map(site -> !isHere(site, request)).orElse(byCookie);
    }

    private boolean isHere(String origin, PortalRequest request) {
        boolean asAddressed = request.header("host")
                .map(host -> origin.equals("http://" + host) || origin.equals("https://" + host))
                .orElse(false);
        return asAddressed || origin.equals(home);
    }
}
