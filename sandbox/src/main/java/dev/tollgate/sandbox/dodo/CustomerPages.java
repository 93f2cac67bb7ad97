package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where customers see what they pay for, and end it: {@code POST .../customer-portal/session} answers a link that lives for a
 * day. Guarded by the world's lock.
 */
final class CustomerPages {
    private static final Duration LIFETIME = Duration.ofHours(24);

    private final World world;
    private final Subscriptions subscriptions;
    private final Map<String, Visit> visits = new LinkedHashMap<>();

    private record Visit(String customerId, @Nullable String returnUrl, Instant until) {}

    CustomerPages(World world, Subscriptions subscriptions) {
        this.world = world;
        this.subscriptions = subscriptions;
    }

    void addTo(Routing routing) {
        routing.merchant().on("POST", "/customers/{}/customer-portal/session", this::open);
        routing.pages()
                .on(
                        "GET",
                        "/portal/{}",
                        (request, ids) -> visit(ids.getFirst())
                                .map(visit -> page(ids.getFirst(), visit))
                                .orElseGet(() -> Replies.notFound("Session")))
                .on("POST", "/portal/{}/end/{}", (request, ids) -> change(ids, true))
                .on("POST", "/portal/{}/keep/{}", (request, ids) -> change(ids, false));
    }

    private Reply open(Request request, List<String> ids) {
        if (!world.customers.containsKey(ids.getFirst())) {
            return Replies.notFound("Customer");
        }
        String token = world.ids.next("");
        String returnUrl = request.query("return_url").orElse(null);
        visits.put(token, new Visit(ids.getFirst(), returnUrl, world.now().plus(LIFETIME)));
        String host = request.header("host").orElse("localhost");
        return Reply.json(200, Json.object().put("link", "http://" + host + "/portal/" + token));
    }

    private Optional<Visit> visit(String token) {
        return Optional.ofNullable(visits.get(token)).filter(visit -> visit.until.isAfter(world.now()));
    }

    private Reply change(List<String> ids, boolean end) {
        Optional<Visit> visit = visit(ids.get(0));
        Optional<Subscription> subscription = Optional.ofNullable(world.subscriptions.get(ids.get(1)));
        if (visit.isEmpty()
                || subscription.isEmpty()
                || !subscription.get().customerId.equals(visit.get().customerId())) {
            return Replies.notFound("Subscription");
        }
        subscription.get().cancelAtNextBilling = end;
        subscriptions.updated(subscription.get());
        return Html.redirect("/portal/" + ids.get(0));
    }

    private Reply page(String token, Visit visit) {
        StringBuilder content = new StringBuilder("<h2>Subscriptions</h2>");
        world.subscriptions.values().stream()
                .filter(one -> one.customerId.equals(visit.customerId()))
                .forEach(one -> content.append("<p>")
                        .append(Html.text(one.product.name() + ": " + one.status
                                + (one.cancelAtNextBilling ? ", ends " : ", next billing ") + one.nextBilling))
                        .append("</p>")
                        .append(button(token, one)));
        content.append("<h2>Payments</h2>");
        world.payments.values().stream()
                .filter(one -> one.customer().id().equals(visit.customerId()))
                .forEach(one -> content.append("<p>")
                        .append(Html.text(one.createdAt() + ": " + Html.money(one.amountCents(), one.currency()) + ", "
                                + one.status()))
                        .append("</p>"));
        if (visit.returnUrl() != null) {
            content.append("<a href=\"").append(Html.text(visit.returnUrl())).append("\">Back</a>");
        }
        return Html.page("Billing of " + world.customer(visit.customerId()).name(), content.toString());
    }

    private static String button(String token, Subscription subscription) {
        if (!subscription.isLive()) {
            return "";
        }
        return subscription.cancelAtNextBilling
                ? Html.button("/portal/" + token + "/keep/" + subscription.id(), "Keep it")
                : Html.button("/portal/" + token + "/end/" + subscription.id(), "Cancel at the end of the period");
    }
}
