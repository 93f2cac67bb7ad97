package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /customers}. Guarded by the world's lock. */
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
                .on("PATCH", "/customers/{}", this::change);
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

    /** Name, telephone number and metadata; what is left out stays. */
    private Reply change(Request request, List<String> ids) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        Customer customer = world.customers.get(ids.getFirst());
        if (customer == null) {
            return Replies.notFound("Customer");
        }
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        Customer changed = new Customer(
                customer.id(),
                body.get().path("email").asText(customer.email()),
                body.get().path("name").asText(customer.name()),
                body.get().has("phone_number") ? body.get().path("phone_number").textValue() : customer.phoneNumber(),
                body.get().path("metadata").isObject() ? body.get().path("metadata") : customer.metadata(),
                customer.createdAt());
        world.customers.put(customer.id(), changed);
        return Reply.json(200, changed.json());
    }
}
