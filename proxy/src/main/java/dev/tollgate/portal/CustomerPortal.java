package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.admission.KeyHash;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.customers.CustomerKeys;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.AccountView;
import java.io.IOException;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where customers see their credits and usage, keep their keys, and buy: a page, and JSON for it and for programs.
 * Everything that belongs to somebody is found by who is asking, never by an id in the request. Safe on every thread.
 */
public final class CustomerPortal implements Portal {
    private static final Logger LOG = LoggerFactory.getLogger(CustomerPortal.class);

    private final Map<String, Map<String, Endpoint>> endpoints;
    private final Sessions sessions;
    private final BalanceFeed feed;
    private final Assets assets = Assets.load();

    /** Whom a key stands for, as long as it works. */
    public interface KeyCheck {
        Optional<Account> account(KeyHash hash);
    }

    /** What is written down about an account. May wait. */
    public interface Books {
        /** The gate's own numbers. */
        AccountView view(Account account) throws InterruptedException;

        List<Journal.UsageSum> usage(Journal.UsageQuery query) throws JournalException;

        /** The newest requests of an account, and how each came about. */
        List<JsonNode> recent(Account account, int most) throws JournalException;

        /** How one request came about; empty when this account has no such request. */
        Optional<JsonNode> explain(Account account, String requestId) throws JournalException;
    }

    /** Sends letters; may wait. */
    public interface Mail {
        void send(String to, String subject, String text) throws IOException;
    }

    /** Something on sale, under the id that Dodo gave it. */
    public record Offer(Catalogue.Product product, String dodoProductId) {}

    /**
     * @param publicUrl how customers reach this server; without it nothing can be bought, since nobody could come back
     * @param secret signs what browsers carry
     */
    public record Settings(String entitlementId, @Nullable URI publicUrl, String secret, List<Offer> offers) {
        public Settings {
            offers = List.copyOf(offers);
        }

        @Override
        public String toString() {
            return "Settings(" + entitlementId + ", " + publicUrl + ", " + offers.size() + " offers)";
        }
    }

    /** What the portal works with. */
    public record Parts(
            Books books,
            KeyCheck keys,
            CustomerKeys customerKeys,
            DodoClient dodo,
            @Nullable Mail mail,
            InstantSource clock,
            Executor background) {}

    interface Handler {
        PortalResponse handle(PortalRequest request, Person person) throws InterruptedException, JournalException;
    }

    interface OpenHandler {
        PortalResponse handle(PortalRequest request) throws InterruptedException, JournalException;
    }

    private sealed interface Endpoint {
        /** For anyone. */
        record Open(OpenHandler handler) implements Endpoint {}

        /** For somebody known. */
        record Known(Handler handler) implements Endpoint {}
    }

    public CustomerPortal(Settings settings, Parts parts) {
        SignedTokens tokens = new SignedTokens(settings.secret());
        sessions = new Sessions(tokens, parts.keys(), settings.entitlementId(), settings.publicUrl(), parts.clock());
        feed = new BalanceFeed(parts.books());
        UsagePages usage = new UsagePages(parts.books());
        KeyPages keys = new KeyPages(parts.customerKeys());
        Letters letters = new Letters(settings, parts, tokens, sessions);
        Checkouts checkouts = new Checkouts(settings, parts, tokens, sessions);
        endpoints = Map.ofEntries(
                Map.entry("/credits", Map.of("GET", known((request, person) -> feed.credits(person)))),
                Map.entry("/credits/events", Map.of("GET", known((request, person) -> feed.events(person)))),
                Map.entry("/usage", Map.of("GET", known(usage::usage))),
                Map.entry("/requests", Map.of("GET", known(usage::requests))),
                Map.entry(
                        "/keys",
                        Map.of(
                                "GET", known(keys::list),
                                "POST", known(keys::issue),
                                "DELETE", known(keys::revoke))),
                Map.entry("/keys/try", Map.of("POST", known(keys::lend))),
                Map.entry("/offers", Map.of("GET", open(checkouts::offers))),
                Map.entry("/checkout/subscribe", Map.of("POST", open(checkouts::subscribe))),
                Map.entry("/checkout/topup", Map.of("POST", known(checkouts::topUp))),
                Map.entry("/checkout/claim", Map.of("POST", open(checkouts::claim))),
                Map.entry("/billing", Map.of("POST", known(checkouts::billing))),
                Map.entry(
                        "/session",
                        Map.of(
                                "GET", known((request, person) -> Replies.json(200, Replies.object())),
                                "POST", open(this::signIn),
                                "DELETE", open(request -> signOut()))),
                Map.entry("/session/email", Map.of("POST", open(letters::ask))),
                Map.entry("/session/link", Map.of("POST", open(letters::follow))));
    }

    private static Endpoint open(OpenHandler handler) {
        return new Endpoint.Open(handler);
    }

    private static Endpoint known(Handler handler) {
        return new Endpoint.Known(handler);
    }

    /** Tells open pages that something happened to accounts. Brief; called on the ledger thread. */
    public void heard(List<Fact> facts) {
        feed.heard(facts);
    }

    @Override
    public boolean serves(String path) {
        return endpoints.containsKey(path) || assets.has(path) || path.startsWith("/requests/");
    }

    @Override
    public PortalResponse handle(PortalRequest request) throws InterruptedException {
        Optional<PortalResponse.Whole> asset = assets.find(request);
        if (asset.isPresent()) {
            return asset.get();
        }
        String path = request.path().startsWith("/requests/") ? "/requests" : request.path();
        Map<String, Endpoint> methods = endpoints.getOrDefault(path, Map.of());
        @Nullable Endpoint endpoint = methods.get(request.method());
        if (endpoint == null) {
            String allowed = methods.isEmpty()
                    ? "GET"
                    : String.join(", ", methods.keySet().stream().sorted().toList());
            PortalResponse.Whole reply = Replies.error(405, "method_not_allowed", "This path takes " + allowed + ".");
            return Replies.with(reply, "allow", allowed);
        }
        if (sessions.isForeign(request)) {
            return Replies.error(403, "cross_site", "This request came from another site.");
        }
        try {
            return switch (endpoint) {
                case Endpoint.Open open -> open.handler().handle(request);
                case Endpoint.Known known -> handle(request, known.handler());
            };
        } catch (JournalException e) {
            LOG.warn("{} cannot be answered: {}", request, e.getMessage());
            return Replies.error(503, "unavailable", "The records cannot be read right now. Try again.");
        }
    }

    private PortalResponse handle(PortalRequest request, Handler handler)
            throws InterruptedException, JournalException {
        Optional<Person> person = sessions.person(request);
        if (person.isEmpty()) {
            return Replies.error(401, "not_signed_in", "Sign in, or send an API key that works as a bearer token.");
        }
        return handler.handle(request, person.get());
    }

    private PortalResponse signIn(PortalRequest request) {
        Optional<String> cookie =
                Form.of(request).flatMap(form -> form.text("key", 512)).flatMap(sessions::beginByKey);
        return cookie.isPresent()
                ? Replies.with(Replies.json(200, Replies.object()), "set-cookie", cookie.get())
                : Replies.error(401, "invalid_api_key", "This key is not known here, or it has been revoked.");
    }

    private PortalResponse signOut() {
        return Replies.with(
                Replies.json(200, Replies.object()), "set-cookie", sessions.setCookie(Sessions.COOKIE, "", 0));
    }
}
