package dev.tollgate.portal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.JournalException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an operator sees and may do: customers, usage on its way to Dodo, webhooks, and changes of credits by hand. Every
 * table is shown as a page, and under {@code /api} as JSON, from the same rows. Safe on every thread.
 */
public final class OperatorPortal implements Portal {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorPortal.class);
    private static final String CUSTOMERS = "/customers/";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final Office office;
    private final String entitlementId;
    private final OperatorSessions sessions;
    private final Adjustments adjustments;
    private final Assets assets = Assets.load();

    /**
     * At most a hundred rows of a list.
     *
     * @param next where the list goes on, to be asked with as {@code after}; 0 at its end, and for its beginning
     */
    public record Rows(List<ObjectNode> rows, long next) {
        public Rows {
            rows = List.copyOf(rows);
        }
    }

    /** What is known of the service and its customers. Rows are flat objects, their members in the order of display. May wait. */
    public interface Office {
        /** How the money's side stands, in one row. */
        ObjectNode state();

        List<ObjectNode> customers() throws JournalException, InterruptedException;

        /** Usage that waits to be told to Dodo, the oldest first, with its age and how often it was tried. */
        Rows outbox(long after) throws JournalException;

        /** Events that Dodo refused, with their {@code request_id}, why, and what to do. */
        Rows quarantine(long after) throws JournalException;

        /** The newest webhooks, the newest first. */
        List<ObjectNode> webhooks();

        List<ObjectNode> keys(Account account);

        /** The key is refused from now on; false when the account has no such key. */
        boolean revoke(Account account, String keyId) throws InterruptedException;

        /** Puts events back to be sent: those of these requests, or all for an empty list. Answers how many. */
        int putBack(List<String> requestIds);

        /** The account is about to be read at Dodo again. */
        void refresh(Account account);
    }

    /**
     * @param token what the operator signs in with; empty when nobody may
     * @param secret signs what browsers carry
     */
    public record Settings(String token, String secret, String entitlementId) {
        @Override
        public String toString() {
            return "Settings(" + entitlementId + ")";
        }
    }

    public OperatorPortal(Settings settings, Office office, DodoClient dodo, InstantSource clock) {
        this.office = office;
        this.entitlementId = settings.entitlementId();
        this.sessions = new OperatorSessions(settings.token(), new SignedTokens(settings.secret()), clock);
        this.adjustments = new Adjustments(dodo, office);
    }

    @Override
    public boolean serves(String path) {
        return true;
    }

    @Override
    public PortalResponse handle(PortalRequest request) throws InterruptedException {
        if (request.path().startsWith("/assets/")) {
            return assets.find(request)
                    .<PortalResponse>map(asset -> asset)
                    .orElseGet(() -> Replies.error(404, "no_such_page", "There is nothing here."));
        }
        boolean program = request.path().startsWith("/api/");
        try {
            return program ? api(request) : page(request);
        } catch (JournalException e) {
            LOG.warn("{} cannot be answered: {}", request, e.getMessage());
            String message = "The journal cannot be read right now.";
            return program ? Replies.error(503, "unavailable", message) : OperatorPages.plain(503, "Not now", message);
        }
    }

    private PortalResponse api(PortalRequest request) throws JournalException, InterruptedException {
        if (!sessions.isProgram(request) && sessions.person(request).isEmpty()) {
            return Replies.with(
                    Replies.error(401, "not_signed_in", "Send server.admin_token as a bearer token."),
                    "www-authenticate",
                    "Bearer");
        }
        String path = request.path().substring("/api".length());
        if (path.startsWith(CUSTOMERS)) {
            return customerApi(request, decoded(path.substring(CUSTOMERS.length())));
        }
        if (!request.method().equals("GET")) {
            return Replies.error(405, "method_not_allowed", "This path takes GET.");
        }
        return switch (path) {
            case "/state" -> Replies.json(200, office.state());
            case "/customers" -> rows("customers", office.customers());
            case "/outbox" -> rows("outbox", office.outbox(after(request)));
            case "/quarantine" -> rows("quarantine", office.quarantine(after(request)));
            case "/webhooks" -> rows("webhooks", office.webhooks());
            default -> Replies.error(404, "no_such_page", "There is nothing here.");
        };
    }

    /** {@code …/ID/grants}, {@code …/ID/keys}, {@code …/ID/adjustments}. What changes something takes no cookie. */
    private PortalResponse customerApi(PortalRequest request, String rest) throws InterruptedException {
        int slash = rest.lastIndexOf('/');
        Account account = account(rest.substring(0, Math.max(0, slash)));
        String call = request.method() + " " + rest.substring(slash + 1);
        if (!request.method().equals("GET") && !sessions.isProgram(request)) {
            return Replies.error(401, "not_signed_in", "Send server.admin_token as a bearer token.");
        }
        return switch (call) {
            case "GET grants" -> adjustments.grants(account).json();
            case "GET keys" -> rows("keys", office.keys(account));
            case "DELETE keys" -> {
                Optional<String> id = request.parameter("id");
                yield id.isPresent() && office.revoke(account, id.get())
                        ? Replies.json(200, Replies.object().put("id", id.get()).put("revoked", true))
                        : Replies.error(404, "no_such_key", "This customer has no key of this id that was made here.");
            }
            case "POST adjustments" ->
                Form.of(request)
                        .map(form -> Adjustments.Wish.of(name -> form.text(name, 500)))
                        .orElse(Optional.empty())
                        .map(wish -> adjustments.apply(account, wish).json())
                        .orElseGet(() -> Replies.error(400, "bad_adjustment", Adjustments.EXPECTED));
            default -> Replies.error(404, "no_such_page", "There is nothing here.");
        };
    }

    private static PortalResponse rows(String name, Rows page) {
        ObjectNode document = Replies.object();
        page.rows().forEach(document.putArray(name)::add);
        return Replies.json(200, page.next() > 0 ? document.put("next", page.next()) : document.putNull("next"));
    }

    /** Where a list is to go on: at its beginning for anything but a number. */
    private static long after(PortalRequest request) {
        return request.parameter("after")
                .filter(text -> NUMBER.matcher(text).matches())
                .map(Long::parseLong)
                .orElse(0L);
    }

    private static PortalResponse rows(String name, List<ObjectNode> rows) {
        ObjectNode document = Replies.object();
        ArrayNode list = document.putArray(name);
        rows.forEach(list::add);
        return Replies.json(200, document);
    }

    private PortalResponse page(PortalRequest request) throws JournalException, InterruptedException {
        boolean posts = request.method().equals("POST");
        if (!posts && !request.method().equals("GET")) {
            return OperatorPages.plain(405, "Not so", "This page takes GET and POST.");
        }
        if (posts && request.path().equals("/sign-in")) {
            return sessions.signIn(request);
        }
        Optional<String> person = sessions.person(request);
        if (person.isEmpty()) {
            return sessions.isOpen() ? OperatorPages.signIn(401, "") : OperatorPages.closed();
        }
        if (!posts) {
            return shown(request, person.get());
        }
        Map<String, String> fields = OperatorSessions.fields(request);
        return sessions.isTheirForm(request, person.get(), fields)
                ? done(request, person.get(), fields)
                : OperatorPages.plain(
                        403, "Not so", "This form is too old, or came from another site. Go back and reload.");
    }

    private PortalResponse shown(PortalRequest request, String person) throws JournalException, InterruptedException {
        String path = request.path();
        String form = sessions.formToken(person);
        if (path.equals("/")) {
            return OperatorPages.overview(form, office);
        }
        if (path.equals("/outbox")) {
            return OperatorPages.outbox(form, office.outbox(after(request)));
        }
        if (path.equals("/quarantine")) {
            return OperatorPages.quarantine(form, office.quarantine(after(request)));
        }
        if (path.startsWith(CUSTOMERS) && path.length() > CUSTOMERS.length()) {
            Account account = account(decoded(path.substring(CUSTOMERS.length())));
            return OperatorPages.customer(
                    200, form, account, office.keys(account), adjustments.grants(account), Optional.empty());
        }
        return OperatorPages.plain(404, "Not here", "There is no such page.");
    }

    private PortalResponse done(PortalRequest request, String person, Map<String, String> fields)
            throws InterruptedException {
        String path = request.path();
        if (path.equals("/sign-out")) {
            return sessions.signOut();
        }
        if (path.equals("/quarantine")) {
            office.putBack(List.of(fields.getOrDefault("request_id", "")));
            return Replies.redirect("/#quarantine");
        }
        if (path.startsWith(CUSTOMERS)) {
            Account account = account(decoded(path.substring(CUSTOMERS.length())));
            Optional<Adjustments.Wish> wish = Adjustments.Wish.of(
                    name -> Optional.ofNullable(fields.get(name)).filter(text -> !text.isBlank()));
            Adjustments.Outcome outcome = wish.map(each -> adjustments.apply(account, each))
                    .orElseGet(() -> new Adjustments.Outcome(400, false, Adjustments.EXPECTED, Optional.empty()));
            return OperatorPages.customer(
                    outcome.status() < 300 ? 200 : outcome.status(),
                    sessions.formToken(person),
                    account,
                    office.keys(account),
                    adjustments.grants(account),
                    Optional.of(outcome));
        }
        return OperatorPages.plain(404, "Not here", "There is no such page.");
    }

    private Account account(String customerId) {
        return new Account(customerId, entitlementId);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }
}
