package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** {@code /subscriptions}. Guarded by the world's lock. */
final class SubscriptionApi {
    private static final List<String> SETTABLE_STATUSES = List.of("active", "paused", "cancelled");

    private final World world;
    private final Subscriptions subscriptions;

    SubscriptionApi(World world, Subscriptions subscriptions) {
        this.world = world;
        this.subscriptions = subscriptions;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/subscriptions", (request, ids) -> list(request))
                .on("GET", "/subscriptions/{}", on((request, one) -> document(one)))
                .on("PATCH", "/subscriptions/{}", on(this::change))
                .on("POST", "/subscriptions/{}/change-plan", on(this::changePlan))
                .on("GET", "/subscriptions/{}/credit-usage", on((request, one) -> creditUsage(one)))
                .on("GET", "/subscriptions/{}/usage-history", on(this::usageHistory));
    }

    private Routes.Endpoint on(BiFunction<Request, Subscription, Reply> answer) {
        return (request, ids) -> Optional.ofNullable(world.subscriptions.get(ids.getFirst()))
                .map(subscription -> answer.apply(request, subscription))
                .orElseGet(() -> Replies.notFound("Subscription"));
    }

    private Reply document(Subscription subscription) {
        return Reply.json(200, SubscriptionDocument.of(world, subscription));
    }

    private Reply list(Request request) {
        Optional<String> customer = request.query("customer_id");
        Optional<String> status = request.query("status");
        Optional<String> product = request.query("product_id");
        Optional<Boolean> cancelling =
                request.query("cancel_at_next_billing_date").map(Boolean::parseBoolean);
        DateFilter created = DateFilter.of(request, "created_at_gte", "created_at_lte");
        List<ObjectNode> found = world.subscriptions.values().stream()
                .filter(one -> customer.map(one.customerId::equals).orElse(true))
                .filter(one -> status.map(one.status::equals).orElse(true))
                .filter(one -> product.map(one.product.id()::equals).orElse(true))
                .filter(one -> cancelling
                        .map(wanted -> wanted == one.cancelAtNextBilling)
                        .orElse(true))
                .filter(one -> created.accepts(one.createdAt))
                .map(one -> SubscriptionDocument.brief(world, one))
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }

    private Reply creditUsage(Subscription subscription) {
        ObjectNode json = Json.object().put("subscription_id", subscription.id());
        ArrayNode items = json.putArray("items");
        subscription.terms.forEach(terms -> items.add(SubscriptionDocument.creditUsage(world, subscription, terms)));
        return Reply.json(200, json);
    }

    private Reply change(Request request, Subscription subscription) {
        Optional<ObjectNode> parsed = Json.parseObject(request.body());
        if (parsed.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode body = parsed.get();
        if (body.hasNonNull("status")) {
            return changeStatus(subscription, body);
        }
        if (body.path("cancel_at_next_billing_date").isBoolean()) {
            subscription.cancelAtNextBilling =
                    body.path("cancel_at_next_billing_date").booleanValue();
            subscriptions.updated(subscription);
        }
        if (body.path("credit_entitlement_cart").isArray()) {
            ArrayNode current = Json.array();
            subscription.terms.forEach(terms -> current.add(terms.json()));
            subscription.terms = subscriptions.terms(current, body.path("credit_entitlement_cart"));
            subscriptions.updated(subscription);
        }
        if (body.path("metadata") instanceof ObjectNode metadata) {
            subscription.metadata(metadata);
        }
        Optional<Instant> next =
                Optional.ofNullable(body.path("next_billing_date").textValue()).flatMap(Times::parse);
        next.ifPresent(time -> subscriptions.moveNextBilling(subscription, time));
        return document(subscription);
    }

    private Reply changeStatus(Subscription subscription, ObjectNode body) {
        String status = body.path("status").asText();
        if (!SETTABLE_STATUSES.contains(status)) {
            return Replies.invalid("status must be active, paused or cancelled");
        }
        if (!status.equals("cancelled") && body.size() > 1) {
            return Replies.error(400, "INVALID_REQUEST_PARAMETERS", "status must be sent alone");
        }
        if (subscription.status.equals("cancelled") || subscription.status.equals("expired")) {
            return Replies.error(409, "SUBSCRIPTION_INACTIVE", "The subscription has ended");
        }
        if (status.equals("cancelled")) {
            subscriptions.end(subscription, status);
        } else {
            subscriptions.changeStatus(subscription, status);
        }
        return document(subscription);
    }

    private Reply changePlan(Request request, Subscription subscription) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        Optional<Reply> missing =
                Replies.missing(body.get(), List.of("product_id", "quantity", "proration_billing_mode"));
        if (missing.isPresent()) {
            return missing.get();
        }
        Optional<Product> product = Optional.ofNullable(
                world.products.get(body.get().path("product_id").asText()));
        if (product.isEmpty() || product.get().isArchived()) {
            return Replies.notFound("Product");
        }
        if (product.get().isOneTime()) {
            return Replies.invalid("product_id must be that of a subscription product");
        }
        if (!subscription.isLive()) {
            return Replies.error(409, "SUBSCRIPTION_INACTIVE", "The subscription is not active");
        }
        subscriptions.changePlan(
                subscription,
                product.get(),
                body.get().path("proration_billing_mode").asText());
        return Reply.empty(200);
    }

    private Reply usageHistory(Request request, Subscription subscription) {
        DateFilter dates = DateFilter.of(request, "start_date", "end_date");
        List<Subscription.Period> periods = new ArrayList<>(subscription.pastPeriods);
        periods.add(new Subscription.Period(subscription.previousBilling, subscription.nextBilling));
        List<ObjectNode> items = periods.stream()
                .filter(period -> dates.accepts(period.start()))
                .map(period -> history(request, subscription, period))
                .toList();
        return Replies.page(request, Replies.newestFirst(items));
    }

    private ObjectNode history(Request request, Subscription subscription, Subscription.Period period) {
        ObjectNode item =
                Json.object().put("start_date", Times.text(period.start())).put("end_date", Times.text(period.end()));
        ArrayNode meters = item.putArray("meters");
        subscription.links.stream()
                .map(link -> world.meters.get(link.meterId()))
                .filter(meter -> meter != null
                        && request.query("meter_id").map(meter.id()::equals).orElse(true))
                .forEach(meter -> meters.add(consumption(subscription, meter, period)));
        return item;
    }

    private JsonNode consumption(Subscription subscription, Meter meter, Subscription.Period period) {
        BigDecimal consumed = world.events.all().stream()
                .filter(event -> event.customerId().equals(subscription.customerId) && meter.matches(event))
                .filter(event -> !event.timestamp().isBefore(period.start())
                        && event.timestamp().isBefore(period.end()))
                .map(meter::valueOf)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        return Json.object()
                .put("id", meter.id())
                .put("name", meter.name())
                .put("currency", subscription.product.currency())
                .put("consumed_units", Amounts.text(consumed))
                .put("free_threshold", 0)
                .put("chargeable_units", Amounts.text(consumed))
                .put("price_per_unit", "0")
                .put("total_price", 0);
    }
}
