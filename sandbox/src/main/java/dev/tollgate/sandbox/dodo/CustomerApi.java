package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /customers} and {@code /payments}. Guarded by the world's lock. */
final class CustomerApi {
    private final World world;

    CustomerApi(World world) {
        this.world = world;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/customers", (request, ids) -> create(request))
                .on("GET", "/customers", (request, ids) -> list(request))
                .on(
                        "GET",
                        "/customers/{}",
                        (request, ids) -> Optional.ofNullable(world.customers.get(ids.getFirst()))
                                .map(customer -> Reply.json(200, customer.json()))
                                .orElseGet(() -> Replies.notFound("Customer")))
                .on("POST", "/customers/{}/customer-portal/session", (request, ids) -> portal(ids.getFirst()))
                .on("GET", "/payments", (request, ids) -> payments(request))
                .on(
                        "GET",
                        "/payments/{}",
                        (request, ids) -> Optional.ofNullable(world.payments.get(ids.getFirst()))
                                .map(payment -> Reply.json(200, payment.json()))
                                .orElseGet(() -> Replies.notFound("Payment")));
    }

    Customer create(String id, String email, String name, @Nullable String phone, JsonNode metadata) {
        Customer customer = new Customer(id, email, name, phone, metadata, world.now());
        world.customers.put(id, customer);
        return customer;
    }

    /** The customer with this email, or a new one. */
    Customer findOrCreate(String email, String name) {
        return world.customers.values().stream()
                .filter(customer -> customer.email().equals(email))
                .findFirst()
                .orElseGet(() -> createAnother(email, name));
    }

    /** A new customer, whoever else has this email. */
    Customer createAnother(String email, String name) {
        return create(world.ids.next("cus_"), email, name, null, Json.object());
    }

    private Reply create(Request request) {
        Optional<ObjectNode> parsed = Json.parseObject(request.body());
        if (parsed.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode body = parsed.get();
        if (!body.path("email").isTextual() || !body.path("name").isTextual()) {
            return Replies.invalid("email and name are required");
        }
        Customer customer = create(
                world.ids.next("cus_"),
                body.path("email").textValue(),
                body.path("name").textValue(),
                body.path("phone_number").textValue(),
                body.path("metadata").isObject() ? body.path("metadata") : Json.object());
        return Reply.json(200, customer.json());
    }

    private Reply list(Request request) {
        Optional<String> email = request.query("email");
        Optional<String> name = request.query("name");
        DateFilter created = DateFilter.of(request, "created_at_gte", "created_at_lte");
        List<ObjectNode> found = world.customers.values().stream()
                .filter(customer -> email.map(customer.email()::equals).orElse(true))
                .filter(customer -> name.map(customer.name()::contains).orElse(true))
                .filter(customer -> created.accepts(customer.createdAt()))
                .map(Customer::json)
                .toList();
        return Replies.page(request, found);
    }

    private Reply portal(String customerId) {
        return world.customers.containsKey(customerId)
                ? Reply.json(
                        200,
                        Json.object()
                                .put("link", "https://test.customer.dodopayments.com/session/" + world.ids.next("")))
                : Replies.notFound("Customer");
    }

    private Reply payments(Request request) {
        Optional<String> customer = request.query("customer_id");
        Optional<String> subscription = request.query("subscription_id");
        List<ObjectNode> found = world.payments.values().stream()
                .filter(payment -> customer.map(payment.customer().id()::equals).orElse(true))
                .filter(payment -> subscription
                        .map(id -> id.equals(payment.subscriptionId()))
                        .orElse(true))
                .map(payment -> payment.brief(false))
                .toList();
        return Replies.page(request, Replies.newestFirst(found));
    }
}
