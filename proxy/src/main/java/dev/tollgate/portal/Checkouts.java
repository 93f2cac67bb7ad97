package dev.tollgate.portal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.billing.DodoClient;
import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.catalogue.Catalogue;
import dev.tollgate.journal.Account;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buying. Dodo's page takes the money; its session carries a mark that only the browser which began it holds, so that
 * whoever comes back with it is the one who paid, and nobody can name a customer. Safe on every thread that may wait.
 */
final class Checkouts {
    private static final Logger LOG = LoggerFactory.getLogger(Checkouts.class);
    private static final String MARK = "tollgate_claim";
    private static final Pattern ATTEMPT = Pattern.compile("[A-Za-z0-9-]{16,100}");

    private final CustomerPortal.Settings settings;
    private final CustomerPortal.Parts parts;
    private final Sessions sessions;
    private final Purchases purchases;
    private final Attempts attempts;

    Checkouts(CustomerPortal.Settings settings, CustomerPortal.Parts parts, SignedTokens tokens, Sessions sessions) {
        this.settings = settings;
        this.parts = parts;
        this.sessions = sessions;
        this.purchases = new Purchases(tokens, sessions, parts.clock());
        this.attempts = new Attempts(parts.clock());
    }

    PortalResponse offers(PortalRequest request) {
        boolean letters = parts.mail() != null && settings.publicUrl() != null;
        ObjectNode document = Replies.object().put("email_sign_in", letters);
        ArrayNode list = document.putArray("offers");
        for (CustomerPortal.Offer offer : settings.offers()) {
            Catalogue.Product product = offer.product();
            ObjectNode row = list.addObject()
                    .put("id", product.id())
                    .put("kind", product.kind() == Catalogue.Kind.PLAN ? "plan" : "topup")
                    .put("name", product.name())
                    .put("description", product.description())
                    .put("price", product.price().text())
                    .put("credits", product.credits())
                    .put("expires_after_days", product.expiresAfterDays());
            if (product.overage() instanceof Catalogue.Overage.Billed billed) {
                row.put("overage_price_per_million", billed.pricePerMillion().text());
            }
        }
        return Replies.json(200, document);
    }

    /**
     * {@code {"plan", "email", "name"}}. A stranger becomes a customer of their own, whatever address they give: an address
     * proves nothing, and another customer's credits must not come with it.
     */
    PortalResponse subscribe(PortalRequest request) throws InterruptedException {
        Optional<Form> form = Form.of(request);
        Optional<CustomerPortal.Offer> offer =
                form.flatMap(each -> each.text("plan", 64)).flatMap(id -> offer(id, Catalogue.Kind.PLAN));
        if (offer.isEmpty()) {
            return unknown("plan", Catalogue.Kind.PLAN);
        }
        Optional<Person> person = sessions.person(request);
        if (person.isPresent()) {
            return subscribe(request, offer.get(), person.get().account());
        }
        Optional<String> email = form.flatMap(Form::email);
        Optional<String> name = form.flatMap(each -> each.text("name", 100));
        if (email.isEmpty() || name.isEmpty()) {
            return Replies.error(
                    400, "bad_email", "Send an e-mail address that exists, and a name of up to 100 characters.");
        }
        ObjectNode customer = Replies.object().put("email", email.get()).put("name", name.get());
        return begin(request, offer.get(), customer, true);
    }

    private PortalResponse subscribe(PortalRequest request, CustomerPortal.Offer offer, Account account)
            throws InterruptedException {
        Result<List<DodoClient.Subscription>> found = parts.dodo().subscriptions(account.customerId());
        if (!(found instanceof Result.Ok<List<DodoClient.Subscription>> ok)) {
            return unavailable(found);
        }
        if (ok.value().stream().anyMatch(DodoClient.Subscription::isLive)) {
            return Replies.error(
                    409,
                    "already_subscribed",
                    "You have a plan already. Change or cancel it under billing, or buy a top-up.");
        }
        return begin(request, offer, Replies.object().put("customer_id", account.customerId()), false);
    }

    /** {@code {"product"}}, which may be left out where there is only one. Always for the one who asks. */
    PortalResponse topUp(PortalRequest request, Person person) throws InterruptedException {
        List<CustomerPortal.Offer> all = settings.offers().stream()
                .filter(offer -> offer.product().kind() == Catalogue.Kind.TOP_UP)
                .toList();
        Optional<String> named = Form.of(request).flatMap(form -> form.text("product", 64));
        Optional<CustomerPortal.Offer> offer = named.isPresent()
                ? offer(named.get(), Catalogue.Kind.TOP_UP)
                : all.size() == 1 ? Optional.of(all.getFirst()) : Optional.empty();
        return offer.isPresent()
                ? begin(
                        request,
                        offer.get(),
                        Replies.object().put("customer_id", person.account().customerId()),
                        false)
                : unknown("product", Catalogue.Kind.TOP_UP);
    }

    private Optional<CustomerPortal.Offer> offer(String id, Catalogue.Kind kind) {
        return settings.offers().stream()
                .filter(offer ->
                        offer.product().kind() == kind && offer.product().id().equals(id))
                .findFirst();
    }

    private PortalResponse unknown(String what, Catalogue.Kind kind) {
        List<String> known = settings.offers().stream()
                .filter(offer -> offer.product().kind() == kind)
                .map(offer -> offer.product().id())
                .toList();
        return Replies.error(
                400,
                "unknown_" + what,
                known.isEmpty()
                        ? "Nothing of the kind is on sale here."
                        : "Send {\"" + what + "\": …} with one of: " + String.join(", ", known) + ".");
    }

    /** A page that names its attempt buys once with it, however often its button is pressed. */
    private PortalResponse begin(
            PortalRequest request, CustomerPortal.Offer offer, ObjectNode customer, boolean stranger)
            throws InterruptedException {
        @Nullable URI home = settings.publicUrl();
        if (home == null) {
            return Replies.error(
                    503, "no_public_url", "Buying is not set up here: the server does not know its own address.");
        }
        Optional<String> attempt = Form.of(request)
                .flatMap(form -> form.text("attempt", 100))
                .filter(text -> ATTEMPT.matcher(text).matches());
        return attempt.isEmpty()
                ? open(request, home, offer, customer, stranger)
                : attempts.once(
                        attempt.get() + " " + offer.dodoProductId() + " " + customer,
                        () -> open(request, home, offer, customer, stranger));
    }

    private PortalResponse.Whole open(
            PortalRequest request, URI home, CustomerPortal.Offer offer, ObjectNode customer, boolean stranger) {
        String id = purchases.newId();
        String mark = purchases.newMark();
        ObjectNode body = Replies.object().put("return_url", home + "/?checkout=done&purchase=" + id);
        body.putArray("product_cart")
                .addObject()
                .put("product_id", offer.dodoProductId())
                .put("quantity", 1);
        body.set("customer", customer);
        body.putObject("metadata").put(MARK, mark);
        if (stranger) {
            body.putObject("feature_flags").put("always_create_new_customer", true);
        }
        Result<JsonNode> made = parts.dodo().write("/checkouts", body);
        if (!(made instanceof Result.Ok<JsonNode> ok)) {
            return unavailable(made);
        }
        String sessionId = ok.value().path("session_id").asText();
        String url = ok.value().path("checkout_url").asText();
        if (sessionId.isEmpty() || !(url.startsWith("https://") || url.startsWith("http://"))) {
            LOG.error("Dodo made a checkout session without an address");
            return Replies.error(502, "checkout_failed", "The payment page could not be opened. Try again later.");
        }
        boolean plan = offer.product().kind() == Catalogue.Kind.PLAN;
        return Replies.with(
                Replies.json(200, Replies.object().put("checkout_url", url).put("purchase", id)),
                "set-cookie",
                purchases.setCookie(request, id, sessionId, mark, plan));
    }

    /**
     * The browser is back from paying: who paid is signed in, and gets their first key, once. {@code {"purchase"}} says
     * which of the browser's purchases it is; without it the newest one.
     */
    PortalResponse claim(PortalRequest request) throws InterruptedException {
        Optional<String> id = Form.of(request).flatMap(form -> form.text("purchase", 64));
        Optional<Purchases.Purchase> purchase = purchases.find(request, id);
        if (purchase.isEmpty()) {
            return Replies.error(404, "nothing_bought", "This browser has begun no such purchase here within a day.");
        }
        Result<JsonNode> session =
                parts.dodo().read("/checkouts/" + encode(purchase.get().sessionId()));
        if (!(session instanceof Result.Ok<JsonNode> found)) {
            return unavailable(session);
        }
        String paymentId = found.value().path("payment_id").asText("");
        String status = found.value().path("payment_status").asText("");
        if (status.equals("failed") || status.equals("cancelled")) {
            return Replies.error(402, "payment_" + status, "The payment did not go through. Nothing was bought.");
        }
        if (!status.equals("succeeded") || paymentId.isEmpty() || paymentId.equals("null")) {
            return Replies.json(202, Replies.object().put("state", "waiting"));
        }
        Result<JsonNode> payment = parts.dodo().read("/payments/" + encode(paymentId));
        return payment instanceof Result.Ok<JsonNode> paid ? claim(purchase.get(), paid.value()) : unavailable(payment);
    }

    private PortalResponse claim(Purchases.Purchase purchase, JsonNode payment) throws InterruptedException {
        String customerId = payment.at("/customer/customer_id").asText();
        boolean theirs = payment.at("/metadata/" + MARK).asText().equals(purchase.mark()) && !customerId.isEmpty();
        if (!theirs) {
            LOG.warn("a checkout was claimed with a mark that its payment does not have");
            return Replies.error(403, "not_yours", "This purchase was begun elsewhere.");
        }
        Account account = new Account(customerId, settings.entitlementId());
        PortalResponse.Whole reply = purchase.plan()
                ? KeyPages.answer(parts.customerKeys().issue(account, "first key", "checkout " + purchase.sessionId()))
                : Replies.json(200, Replies.object().put("state", "done"));
        return reply.status() < 300 || reply.status() == 409
                ? Replies.with(reply, "set-cookie", sessions.begin(account))
                : reply;
    }

    /** Where cards, invoices and cancelling are: Dodo's own pages. */
    PortalResponse billing(PortalRequest request, Person person) {
        @Nullable URI home = settings.publicUrl();
        String back = home == null ? "" : "?return_url=" + encode(home + "/");
        String path = "/customers/" + encode(person.account().customerId()) + "/customer-portal/session" + back;
        Result<JsonNode> made = parts.dodo().write(path, null);
        return made instanceof Result.Ok<JsonNode> ok
                ? Replies.json(
                        200, Replies.object().put("url", ok.value().path("link").asText()))
                : unavailable(made);
    }

    private static PortalResponse.Whole unavailable(Result<?> result) {
        if (result instanceof Result.Refused<?> refused && refused.status() / 100 == 4 && refused.status() != 429) {
            LOG.error("Dodo refuses a purchase: {} {}", refused.status(), refused.code());
            return Replies.error(
                    502, "payments_refused", "The payment provider refuses this. Please tell the operator.");
        }
        return Replies.error(
                503, "payments_unavailable", "The payment provider cannot be reached. Try again in a moment.");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
