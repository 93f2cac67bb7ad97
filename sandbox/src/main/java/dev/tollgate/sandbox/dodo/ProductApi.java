package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** {@code /products}. Guarded by the world's lock. */
final class ProductApi {
    private static final List<String> SOLD = List.of("currency", "discount", "purchasing_power_parity");
    private static final List<String> REPEATED = List.of(
            "payment_frequency_count",
            "payment_frequency_interval",
            "subscription_period_count",
            "subscription_period_interval");

    /** What each kind of price cannot do without, beside what all of them need. */
    private static final Map<String, String> AMOUNTS =
            Map.of("one_time_price", "price", "recurring_price", "price", "usage_based_price", "fixed_price");

    private final World world;

    ProductApi(World world) {
        this.world = world;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/products", (request, ids) -> create(request))
                .on("GET", "/products", (request, ids) -> list(request))
                .on("GET", "/products/{}", on((request, one) -> Reply.json(200, ProductDocument.of(world, one))))
                .on("PATCH", "/products/{}", on(this::change))
                .on("DELETE", "/products/{}", on((request, one) -> archive(one)))
                .on("POST", "/products/{}/unarchive", on((request, one) -> {
                    world.products.put(one.id(), one.archived(false));
                    return Reply.empty(200);
                }));
    }

    Product create(ObjectNode document) {
        Product product = new Product(world.ids.next("pdt_"), document, false, world.now());
        world.products.put(product.id(), product);
        return product;
    }

    private Routes.Endpoint on(BiFunction<Request, Product, Reply> answer) {
        return (request, ids) -> Optional.ofNullable(world.products.get(ids.getFirst()))
                .map(product -> answer.apply(request, product))
                .orElseGet(() -> Replies.notFound("Product"));
    }

    private Reply create(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        return refusal(body.get()).orElseGet(() -> Reply.json(200, ProductDocument.of(world, create(body.get()))));
    }

    private Reply list(Request request) {
        boolean archived = request.query("archived").map(Boolean::parseBoolean).orElse(false);
        Optional<Boolean> recurring = request.query("recurring").map(Boolean::parseBoolean);
        return Replies.page(
                request,
                world.products.values().stream()
                        .filter(product -> product.isArchived() == archived)
                        .filter(product -> recurring
                                .map(wanted -> wanted != product.isOneTime())
                                .orElse(true))
                        .map(ProductDocument::brief)
                        .toList());
    }

    /** What is left out stays; running subscriptions keep what they were sold. */
    private Reply change(Request request, Product product) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode changed = product.document().deepCopy();
        changed.setAll(body.get());
        return refusal(changed).orElseGet(() -> {
            world.products.put(product.id(), product.changed(changed));
            return Reply.empty(200);
        });
    }

    private Reply archive(Product product) {
        if (product.isArchived()) {
            return Replies.error(410, "PRODUCT_IS_DELETED", "The product is archived already");
        }
        world.products.put(product.id(), product.archived(true));
        return Reply.empty(200);
    }

    private Optional<Reply> refusal(ObjectNode document) {
        JsonNode price = document.path("price");
        String amount = AMOUNTS.getOrDefault(price.path("type").asText(), "type");
        return Replies.missing(document, List.of("name", "price", "tax_category"))
                .or(() -> Replies.missing(price, List.of("type", amount)))
                .or(() -> Replies.missing(price, SOLD))
                .or(() -> amount.equals("type") ? Optional.of(Replies.invalid("unknown price type")) : Optional.empty())
                .or(() -> price.path("type").asText().equals("one_time_price")
                        ? Optional.empty()
                        : Replies.missing(price, REPEATED))
                .or(() -> unknownParts(document));
    }

    private Optional<Reply> unknownParts(ObjectNode product) {
        for (JsonNode meter : product.path("price").path("meters")) {
            if (!world.meters.containsKey(meter.path("meter_id").asText())) {
                return Optional.of(Replies.notFound("Meter"));
            }
        }
        for (JsonNode attachment : product.path("credit_entitlements")) {
            if (!world.entitlements.containsKey(
                    attachment.path("credit_entitlement_id").asText())) {
                return Optional.of(Replies.notFound("Credit entitlement"));
            }
        }
        return Optional.empty();
    }
}
