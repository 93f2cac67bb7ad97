package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;

/** {@code /payments} and {@code /refunds}. Guarded by the world's lock. */
final class PaymentApi {
    private final World world;
    private final Refunds refunds;
    private final Licences licences;

    PaymentApi(World world, Refunds refunds, Licences licences) {
        this.world = world;
        this.refunds = refunds;
        this.licences = licences;
    }

    void addTo(Routes routes) {
        routes.on("GET", "/payments", (request, ids) -> payments(request))
                .on(
                        "GET",
                        "/payments/{}",
                        (request, ids) -> payment(ids.getFirst())
                                .map(payment -> Reply.json(200, document(payment)))
                                .orElseGet(() -> Replies.notFound("Payment")))
                .on(
                        "GET",
                        "/payments/{}/line-items",
                        (request, ids) -> payment(ids.getFirst())
                                .map(payment -> Reply.json(200, lineItems(payment)))
                                .orElseGet(() -> Replies.notFound("Payment")))
                .on("POST", "/refunds", (request, ids) -> refund(request))
                .on("GET", "/refunds", (request, ids) -> list(request))
                .on(
                        "GET",
                        "/refunds/{}",
                        (request, ids) -> Optional.ofNullable(refunds.byId.get(ids.getFirst()))
                                .map(refund -> Reply.json(200, refund.json()))
                                .orElseGet(() -> Replies.notFound("Refund")));
    }

    private Optional<Payment> payment(String id) {
        return Optional.ofNullable(world.payments.get(id));
    }

    private Reply payments(Request request) {
        Optional<String> customer = request.query("customer_id");
        Optional<String> subscription = request.query("subscription_id");
        Optional<String> status = request.query("status");
        List<ObjectNode> found = world.payments.values().stream()
                .filter(payment -> customer.map(payment.customer().id()::equals).orElse(true))
                .filter(payment -> status.map(payment.status()::equals).orElse(true))
                .filter(payment -> subscription
                        .map(id -> id.equals(payment.subscriptionId()))
                        .orElse(true))
                .map(payment -> payment.brief(gaveLicence(payment), refunds.status(payment)))
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }

    private boolean gaveLicence(Payment payment) {
        return licences.keys.values().stream().anyMatch(key -> payment.id().equals(key.origin.paymentId()));
    }

    private ObjectNode document(Payment payment) {
        ObjectNode json = payment.json().put("refund_status", refunds.status(payment));
        ArrayNode list = json.putArray("refunds");
        refunds.of(payment).forEach(refund -> list.add(refund.brief()));
        return json;
    }

    /** A payment is one item here, whatever was in the cart. */
    private ObjectNode lineItems(Payment payment) {
        ObjectNode json = Json.object().put("currency", payment.currency());
        json.putArray("items")
                .addObject()
                .put("items_id", item(payment))
                .put("amount", payment.amountCents())
                .put("tax", 0)
                .put("refundable_amount", payment.amountCents() - refunds.refundedCents(payment))
                .putNull("name")
                .putNull("description");
        return json;
    }

    private static String item(Payment payment) {
        return payment.id().replaceFirst("pay_", "itm_");
    }

    private Reply refund(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        Optional<Payment> payment = payment(body.get().path("payment_id").asText());
        if (payment.isEmpty()) {
            return Replies.notFound("Payment");
        }
        int leftCents = payment.get().amountCents() - refunds.refundedCents(payment.get());
        int wantedCents = leftCents;
        if (body.get().path("items").isArray()) {
            wantedCents = 0;
            for (JsonNode item : body.get().path("items")) {
                if (!item.path("item_id").asText().equals(item(payment.get()))) {
                    return Replies.notFound("Item");
                }
                wantedCents += item.path("amount").asInt(leftCents);
            }
        }
        if (wantedCents <= 0
                || wantedCents > leftCents
                || !payment.get().status().equals("succeeded")) {
            return Replies.error(400, "INVALID_REQUEST_PARAMETERS", "There is not so much to refund");
        }
        ObjectNode metadata = body.get().path("metadata") instanceof ObjectNode given ? given : Json.object();
        return Reply.json(
                200,
                refunds.pay(
                                payment.get(),
                                wantedCents,
                                body.get().path("reason").textValue(),
                                metadata)
                        .json());
    }

    private Reply list(Request request) {
        Optional<String> customer = request.query("customer_id");
        Optional<String> subscription = request.query("subscription_id");
        return Replies.page(
                request,
                Replies.newestFirst(refunds.byId.values().stream()
                        .filter(refund -> customer.map(
                                        refund.payment().customer().id()::equals)
                                .orElse(true))
                        .filter(refund -> subscription
                                .map(id -> id.equals(refund.payment().subscriptionId()))
                                .orElse(true))
                        .map(Refund::brief)
                        .toList()));
    }
}
