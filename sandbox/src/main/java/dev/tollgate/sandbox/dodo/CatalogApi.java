package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;

/** {@code /credit-entitlements} themselves, and {@code /meters}. Guarded by the world's lock. */
final class CatalogApi {
    private final World world;

    CatalogApi(World world) {
        this.world = world;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/credit-entitlements", (request, ids) -> createEntitlement(request))
                .on("GET", "/credit-entitlements", (request, ids) -> listEntitlements(request))
                .on(
                        "GET",
                        "/credit-entitlements/{}",
                        (request, ids) -> Optional.ofNullable(world.entitlements.get(ids.getFirst()))
                                .map(entitlement -> Reply.json(200, entitlement.json()))
                                .orElseGet(() -> Replies.notFound("Credit entitlement")))
                .on("POST", "/meters", (request, ids) -> createMeter(request))
                .on(
                        "GET",
                        "/meters",
                        (request, ids) -> Replies.page(
                                request,
                                world.meters.values().stream().map(Meter::json).toList()))
                .on(
                        "GET",
                        "/meters/{}",
                        (request, ids) -> Optional.ofNullable(world.meters.get(ids.getFirst()))
                                .map(meter -> Reply.json(200, meter.json()))
                                .orElseGet(() -> Replies.notFound("Meter")));
    }

    Entitlement createEntitlement(String id, ObjectNode settings) {
        Entitlement entitlement = new Entitlement(id, settings, world.now());
        world.entitlements.put(id, entitlement);
        return entitlement;
    }

    Meter createMeter(String id, ObjectNode settings) {
        Meter meter = new Meter(id, settings, world.now());
        world.meters.put(id, meter);
        return meter;
    }

    private Reply createEntitlement(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode settings = body.get();
        Optional<Reply> missing =
                Replies.missing(settings, List.of("name", "unit", "precision", "rollover_enabled", "overage_enabled"));
        if (missing.isPresent()) {
            return missing.get();
        }
        int precision = settings.path("precision").asInt(-1);
        if (precision < 0 || precision > 10) {
            return Replies.invalid("precision must be 0 to 10");
        }
        boolean taken = world.entitlements.values().stream()
                .anyMatch(other -> other.name().equals(settings.path("name").asText()));
        return taken
                ? Replies.error(409, "CREDIT_ENTITLEMENT_NAME_ALREADY_EXISTS", "The name is taken")
                : Reply.json(
                        201, createEntitlement(world.ids.next("cde_"), settings).json());
    }

    private Reply listEntitlements(Request request) {
        List<Entitlement> all = List.copyOf(world.entitlements.values());
        return Replies.page(
                request,
                Replies.newestFirst(all).stream().map(Entitlement::json).toList());
    }

    private Reply createMeter(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        ObjectNode settings = body.get();
        Optional<Reply> missing =
                Replies.missing(settings, List.of("name", "event_name", "measurement_unit", "aggregation"));
        if (missing.isPresent()) {
            return missing.get();
        }
        JsonNode aggregation = settings.path("aggregation");
        boolean known = List.of("count", "sum", "max", "last")
                .contains(aggregation.path("type").asText());
        boolean keyed = aggregation.path("type").asText().equals("count") || aggregation.hasNonNull("key");
        return known && keyed
                ? Reply.json(201, createMeter(world.ids.next("mtr_"), settings).json())
                : Replies.invalid("aggregation needs a type and, unless it counts, a key");
    }
}
