package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.Payment.CartItem;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code /checkouts}, and the page on which a customer would pay. Guarded by the world's lock. */
final class CheckoutApi {
    private final World world;
    private final CustomerApi customers;
    private final Sales sales;

    CheckoutApi(World world, CustomerApi customers, Sales sales) {
        this.world = world;
        this.customers = customers;
        this.sales = sales;
    }

    /** The customer's side needs no key. */
    void addTo(Routing routing) {
        routing.merchant()
                .on("POST", "/checkouts", (request, ids) -> create(request))
                .on(
                        "GET",
                        "/checkouts/{}",
                        (request, ids) -> find(ids)
                                .map(checkout -> Reply.json(200, checkout.json()))
                                .orElseGet(() -> Replies.notFound("Checkout session")));
        routing.pages()
                .on("GET", "/session/{}", page(this::show))
                .on("POST", "/session/{}", page(checkout -> {
                    sales.pay(checkout);
                    return goBack(checkout, "succeeded");
                }))
                .on("POST", "/session/{}/decline", page(checkout -> {
                    sales.decline(checkout);
                    return goBack(checkout, checkout.isPaid() ? "succeeded" : "failed");
                }));
    }

    private Routes.Endpoint page(Function<Checkout, Reply> answer) {
        return (request, ids) -> find(ids).map(answer).orElseGet(() -> Replies.notFound("Checkout session"));
    }

    private Reply show(Checkout checkout) {
        if (checkout.isPaid()) {
            return Html.page("Paid", "<p>This has been paid for.</p>");
        }
        StringBuilder content = new StringBuilder();
        for (CartItem item : checkout.cart) {
            Product product = world.products.get(item.productId());
            if (product != null) {
                content.append("<p>")
                        .append(Html.text(item.quantity() + " × " + product.name() + ", "
                                + Html.money(product.amountCents(), product.currency())
                                + (product.isOneTime() ? "" : " a month")))
                        .append("</p>");
            }
        }
        return Html.page(
                "Checkout",
                content
                        + Html.button("", "Pay")
                        + Html.button("/session/" + checkout.id + "/decline", "Pay with a card that is declined"));
    }

    private Optional<Checkout> find(List<String> ids) {
        return Optional.ofNullable(world.checkouts.get(ids.getFirst()));
    }

    private static Reply goBack(Checkout checkout, String status) {
        return checkout.returnUrl()
                .map(url -> Html.redirect(url + (url.contains("?") ? "&" : "?") + "payment_id="
                        + checkout.paymentId().orElse("") + "&status=" + status))
                .orElseGet(() -> Html.page("Done", "<p>The payment " + status + ".</p>"));
    }

    private Reply create(Request request) {
        Optional<ObjectNode> parsed = Json.parseObject(request.body());
        if (parsed.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode body = parsed.get();
        if (body.path("product_cart").isEmpty()) {
            return Replies.error(400, "PRODUCT_CART_EMTPY", "product_cart must not be empty");
        }
        List<CartItem> cart = new ArrayList<>();
        for (JsonNode item : body.path("product_cart")) {
            cart.add(Sales.cartItem(item));
        }
        Optional<Customer> customer = customer(
                body.path("customer"),
                body.at("/feature_flags/always_create_new_customer").asBoolean());
        if (customer.isEmpty() || !cart.stream().allMatch(item -> world.products.containsKey(item.productId()))) {
            return Replies.notFound("Customer or product");
        }
        Checkout checkout = new Checkout(
                world.ids.next("cks_"),
                customer.get(),
                cart,
                body.path("metadata") instanceof ObjectNode metadata ? metadata : Json.object(),
                body.path("return_url").textValue(),
                body.at("/subscription_data/trial_period_days").isInt()
                        ? (Integer)
                                body.at("/subscription_data/trial_period_days").intValue()
                        : null,
                world.now());
        world.checkouts.put(checkout.id, checkout);
        return Reply.json(
                200,
                Json.object()
                        .put("session_id", checkout.id)
                        .put(
                                "checkout_url",
                                "http://" + request.header("host").orElse("localhost") + "/session/" + checkout.id)
                        .putNull("payment_id")
                        .putNull("client_secret")
                        .putNull("publishable_key"));
    }

    private Optional<Customer> customer(JsonNode wanted, boolean another) {
        if (wanted.hasNonNull("customer_id")) {
            return Optional.ofNullable(
                    world.customers.get(wanted.path("customer_id").asText()));
        }
        String email = wanted.path("email").asText("guest@example.com");
        String name = wanted.path("name").asText(email);
        return Optional.of(another ? customers.createAnother(email, name) : customers.findOrCreate(email, name));
    }
}
