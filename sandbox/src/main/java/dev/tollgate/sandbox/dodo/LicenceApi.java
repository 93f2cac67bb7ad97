package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.LicenceKey.Instance;
import dev.tollgate.sandbox.dodo.LicenceKey.Origin;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** {@code /license_keys}, {@code /licenses} and entitlement grants. Guarded by the world's lock. */
final class LicenceApi {
    private final World world;
    private final Licences licences;

    LicenceApi(World world, Licences licences) {
        this.world = world;
        this.licences = licences;
    }

    /** What customers' programs ask is open: they have a key, and no credential of the merchant's. */
    void addTo(Routing routing) {
        routing.merchant()
                .on("GET", "/license_keys", (request, ids) -> list(request))
                .on("POST", "/license_keys", (request, ids) -> take(request))
                .on("GET", "/license_keys/{}", on((request, one) -> Reply.json(200, one.json(world.now()))))
                .on("PATCH", "/license_keys/{}", on(this::change))
                .on("GET", "/license_key_instances", (request, ids) -> instances(request))
                .on("GET", "/customers/{}/entitlement-grants", this::grants)
                .on("POST", "/grants/{}/license-key", this::supply);
        routing.open()
                .on("POST", "/licenses/validate", (request, ids) -> validate(request))
                .on("POST", "/licenses/activate", (request, ids) -> activate(request))
                .on("POST", "/licenses/deactivate", (request, ids) -> deactivate(request));
    }

    private Routes.Endpoint on(BiFunction<Request, LicenceKey, Reply> answer) {
        return (request, ids) -> Optional.ofNullable(licences.keys.get(ids.getFirst()))
                .map(key -> answer.apply(request, key))
                .orElseGet(LicenceApi::unknown);
    }

    private static Reply unknown() {
        return Replies.error(404, "LICENSE_KEY_NOT_FOUND", "License key not found");
    }

    private Reply list(Request request) {
        Optional<String> customer = request.query("customer_id");
        Optional<String> product = request.query("product_id");
        Optional<String> status = request.query("status");
        return Replies.page(
                request,
                Replies.newestFirst(licences.keys.values().stream()
                        .filter(key ->
                                customer.map(key.origin.customerId()::equals).orElse(true))
                        .filter(key ->
                                product.map(key.origin.productId()::equals).orElse(true))
                        .filter(key ->
                                status.map(key.status(world.now())::equals).orElse(true))
                        .map(key -> key.json(world.now()))
                        .toList()));
    }

    private Reply take(Request request) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        Optional<Reply> missing = Replies.missing(body, List.of("customer_id", "product_id", "key"));
        if (missing.isPresent()) {
            return missing.get();
        }
        Origin origin = new Origin(
                body.path("customer_id").asText(), body.path("product_id").asText(), null, null);
        if (!world.customers.containsKey(origin.customerId()) || !world.products.containsKey(origin.productId())) {
            return Replies.notFound("Customer or product");
        }
        LicenceKey taken = licences.take(
                body.path("key").asText(),
                origin,
                body.hasNonNull("activations_limit")
                        ? (Integer) body.path("activations_limit").asInt()
                        : null,
                Times.parse(body.path("expires_at").asText()).orElse(null));
        return Reply.json(200, taken.json(world.now()));
    }

    private Reply change(Request request, LicenceKey licence) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        if (body.path("disabled").isBoolean()) {
            licence.disabled = body.path("disabled").booleanValue();
        }
        if (body.has("activations_limit")) {
            int limit = body.path("activations_limit").asInt(0);
            licence.activationsLimit = limit == 0 ? null : (Integer) limit;
        }
        if (body.has("expires_at")) {
            licence.expiresAt = Times.parse(body.path("expires_at").asText()).orElse(null);
        }
        return Reply.json(200, licence.json(world.now()));
    }

    private Reply instances(Request request) {
        Optional<String> wanted = request.query("license_key_id");
        return Replies.page(
                request,
                licences.keys.values().stream()
                        .filter(key -> wanted.map(key.id::equals).orElse(true))
                        .flatMap(key -> key.instances.stream().map(one -> instance(key, one)))
                        .toList());
    }

    private static ObjectNode instance(LicenceKey licence, Instance instance) {
        return Json.object()
                .put("id", instance.id())
                .put("business_id", World.BUSINESS_ID)
                .put("name", instance.name())
                .put("license_key_id", licence.id)
                .put("created_at", Times.text(instance.createdAt()));
    }

    private Reply grants(Request request, List<String> ids) {
        Optional<String> type = request.query("integration_type");
        Optional<String> status = request.query("status");
        return Replies.page(
                request,
                Replies.newestFirst(licences.grants.values().stream()
                        .filter(grant -> grant.origin.customerId().equals(ids.getFirst()))
                        .filter(grant -> type.map("license_key"::equals).orElse(true))
                        .filter(grant -> status.map(grant.status()::equals).orElse(true))
                        .map(grant -> grant.json(world.rules.keylessRevocations()))
                        .toList()));
    }

    /** The merchant's own key for a grant that waits for one. */
    private Reply supply(Request request, List<String> ids) {
        EntitlementGrant grant = licences.grants.get(ids.getFirst());
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        if (grant == null) {
            return Replies.notFound("Grant");
        }
        if (!grant.status().equals("Pending")) {
            return Replies.error(409, "INVALID_REQUEST_PARAMETERS", "The grant does not wait for a key");
        }
        return Replies.missing(body, List.of("key")).orElseGet(() -> {
            LicenceKey licence = new LicenceKey(
                    world.ids.next("lic_"), body.path("key").asText(), "manual", grant.origin, world.now());
            licences.keys.put(licence.id, licence);
            licences.supply(grant, licence);
            return Reply.json(200, grant.json(false));
        });
    }

    private Reply validate(Request request) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        return Replies.missing(body, List.of("license_key")).orElseGet(() -> {
            Optional<LicenceKey> licence =
                    licences.byText(body.path("license_key").asText()).filter(key -> key.works(world.now()));
            boolean valid = licence.isPresent()
                    && (!body.hasNonNull("license_key_instance_id")
                            || licence.get()
                                    .instance(
                                            body.path("license_key_instance_id").asText())
                                    .isPresent());
            return Reply.json(200, Json.object().put("valid", valid));
        });
    }

    private Reply activate(Request request) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        Optional<Reply> missing = Replies.missing(body, List.of("license_key", "name"));
        if (missing.isPresent()) {
            return missing.get();
        }
        Optional<LicenceKey> found = licences.byText(body.path("license_key").asText());
        if (found.isEmpty()) {
            return unknown();
        }
        LicenceKey licence = found.get();
        if (!licence.works(world.now())) {
            return Replies.error(403, "INACTIVE_LICENSE_KEY", "The license key is not active");
        }
        if (licence.isUsedUp()) {
            return Replies.error(422, "LICENSE_KEY_LIMIT_REACHED", "The license key is in use as often as it may be");
        }
        Instance instance =
                new Instance(world.ids.next("lki_"), body.path("name").asText(), world.now());
        licence.instances.add(instance);
        ObjectNode answer = instance(licence, instance);
        answer.set("customer", world.customer(licence.origin.customerId()).brief());
        ObjectNode product = answer.putObject("product").put("product_id", licence.origin.productId());
        Optional.ofNullable(world.products.get(licence.origin.productId()))
                .ifPresent(one -> product.put("name", one.name()));
        return Reply.json(201, answer);
    }

    private Reply deactivate(Request request) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        Optional<LicenceKey> found = licences.byText(body.path("license_key").asText());
        Optional<Instance> instance = found.flatMap(
                key -> key.instance(body.path("license_key_instance_id").asText()));
        if (instance.isEmpty()) {
            return unknown();
        }
        found.get().instances.remove(instance.get());
        return Reply.empty(200);
    }
}
