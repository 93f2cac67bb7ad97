package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signing in by a letter: whoever reads what is sent to a customer's address is that customer. A link works once, for a
 * quarter of an hour, and only in the process that sent it. It opens the page, which follows it: what merely looks into
 * letters, as virus scanners do, uses nothing up. What is answered says nothing about who is a customer.
 */
final class Letters {
    private static final Logger LOG = LoggerFactory.getLogger(Letters.class);
    private static final String PURPOSE = "letter";
    private static final long LINK_MILLIS = 15 * 60_000;
    private static final long APART_MILLIS = 60_000;
    private static final int REMEMBERED_MAX = 10_000;
    private static final int CUSTOMERS_MAX = 5;
    private static final int TOKEN_CHARS_MAX = 2048;

    private final CustomerPortal.Settings settings;
    private final CustomerPortal.Parts parts;
    private final SignedTokens tokens;
    private final Sessions sessions;
    private final SecureRandom random = new SecureRandom();

    /** Only links with this mark are followed, so that one used before a restart cannot be used again after it. */
    private final String process = word();

    /** When an address was last written to. */
    private final Map<String, Long> writtenMillis = new ConcurrentHashMap<>();

    /** Links that have been followed, with their end. */
    private final Map<String, Long> followed = new ConcurrentHashMap<>();

    Letters(CustomerPortal.Settings settings, CustomerPortal.Parts parts, SignedTokens tokens, Sessions sessions) {
        this.settings = settings;
        this.parts = parts;
        this.tokens = tokens;
        this.sessions = sessions;
    }

    PortalResponse ask(PortalRequest request) {
        Optional<String> email = Form.of(request).flatMap(Form::email);
        CustomerPortal.@Nullable Mail mail = parts.mail();
        @Nullable URI home = settings.publicUrl();
        if (email.isEmpty()) {
            return Replies.error(400, "bad_email", "This is not an e-mail address.");
        }
        if (mail == null || home == null) {
            return Replies.error(503, "no_mail", "Signing in by e-mail is not set up here. Sign in with an API key.");
        }
        if (mayWriteTo(email.get().toLowerCase(Locale.ROOT))) {
            try {
                parts.background().execute(() -> write(mail, home, email.get()));
            } catch (RejectedExecutionException e) {
                return Replies.error(503, "unavailable", "Try again in a moment.");
            }
        }
        return Replies.json(202, Replies.object().put("sent", "if this address belongs to a customer"));
    }

    private boolean mayWriteTo(String email) {
        long nowMillis = parts.clock().millis();
        writtenMillis.values().removeIf(millis -> millis + APART_MILLIS <= nowMillis);
        return writtenMillis.size() < REMEMBERED_MAX && writtenMillis.putIfAbsent(email, nowMillis) == null;
    }

    private void write(CustomerPortal.Mail mail, URI home, String email) {
        Result<List<JsonNode>> found = customers(email);
        String lower = email.toLowerCase(Locale.ROOT);
        if (found instanceof Result.Ok<List<JsonNode>> ok && ok.value().isEmpty() && !lower.equals(email)) {
            found = customers(lower);
        }
        if (!(found instanceof Result.Ok<List<JsonNode>> ok)) {
            LOG.warn("a sign-in letter could not be written: Dodo did not say who the customer is");
            return;
        }
        Map<String, List<String>> links = new LinkedHashMap<>();
        ok.value().stream()
                .filter(customer -> customer.path("email").asText().equalsIgnoreCase(email))
                .limit(CUSTOMERS_MAX)
                .forEach(
                        customer -> links.computeIfAbsent(customer.path("email").asText(), any -> new ArrayList<>())
                                .add(home + "/#sign-in=" + token(customer)));
        // To the address that Dodo has, never to the one that was typed: letters that only look alike may match.
        links.forEach((address, theirs) -> send(mail, address, theirs));
    }

    private Result<List<JsonNode>> customers(String email) {
        return parts.dodo().readAll("/customers?email=" + encode(email) + "&");
    }

    private static void send(CustomerPortal.Mail mail, String address, List<String> links) {
        try {
            mail.send(
                    address,
                    "Your sign-in link",
                    "Open this link to sign in. It works once, for 15 minutes.\n\n"
                            + String.join("\n\n", links)
                            + "\n\nIf you did not ask for it, nothing has happened and nothing needs to be done.\n");
        } catch (IOException e) {
            LOG.warn("a sign-in letter could not be sent: {}", e.getMessage());
        }
    }

    private String token(JsonNode customer) {
        return tokens.sign(
                PURPOSE,
                Map.of("customer", customer.path("customer_id").asText(), "id", word(), "process", process),
                parts.clock().millis() + LINK_MILLIS);
    }

    PortalResponse follow(PortalRequest request) {
        long nowMillis = parts.clock().millis();
        Optional<Map<String, String>> claims = Form.of(request)
                .flatMap(form -> form.text("token", TOKEN_CHARS_MAX))
                .flatMap(token -> tokens.open(PURPOSE, token, nowMillis))
                .filter(found -> process.equals(found.get("process")));
        followed.values().removeIf(until -> until <= nowMillis);
        boolean first = claims.isPresent()
                && followed.putIfAbsent(claims.get().getOrDefault("id", ""), nowMillis + LINK_MILLIS) == null;
        if (!first) {
            return Replies.error(401, "link_used", "This link has been used or is too old. Ask for a new one.");
        }
        Account account = new Account(claims.get().getOrDefault("customer", ""), settings.entitlementId());
        return Replies.with(Replies.json(200, Replies.object()), "set-cookie", sessions.begin(account));
    }

    private String word() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
