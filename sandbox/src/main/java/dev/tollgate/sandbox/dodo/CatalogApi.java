package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /credit-entitlements} themselves, and {@code /meters}. Guarded by the world's lock. */
final class CatalogApi {
    private final World world;
    private final Set<String> deletedEntitlements = new HashSet<>();
    private final Set<String> archivedMeters = new HashSet<>();

    CatalogApi(World world) {
        this.world = world;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/credit-entitlements", (request, ids) -> createEntitlement(request))
                .on("GET", "/credit-entitlements", (request, ids) -> listEntitlements(request))
                .on(
                        "GET",
                        "/credit-entitlements/{}",
                        (request, ids) -> entitlement(ids)
                                .map(entitlement -> Reply.json(200, entitlement.json()))
                                .orElseGet(() -> Replies.notFound("Credit entitlement")))
                .on("PATCH", "/credit-entitlements/{}", this::changeEntitlement)
                .on("DELETE", "/credit-entitlements/{}", (request, ids) -> deleteEntitlement(ids))
                .on("POST", "/credit-entitlements/{}/undelete", (request, ids) -> {
                    deletedEntitlements.remove(ids.getFirst());
                    return Reply.empty(200);
                })
                .on("POST", "/meters", (request, ids) -> createMeter(request))
                .on("GET", "/meters", (request, ids) -> listMeters(request))
                .on(
                        "GET",
                        "/meters/{}",
                        (request, ids) -> meter(ids)
                                .map(meter -> Reply.json(200, meter.json()))
                                .orElseGet(() -> Replies.notFound("Meter")))
                .on(
                        "DELETE",
                        "/meters/{}",
                        (request, ids) -> meter(ids)
                                .map(meter -> {
                                    archivedMeters.add(meter.id());
                                    return Reply.empty(204);
                                })
                                .orElseGet(() -> Replies.notFound("Meter")))
                .on("POST", "/meters/{}/unarchive", (request, ids) -> {
                    archivedMeters.remove(ids.getFirst());
                    return Reply.empty(200);
                });
    }

    private Optional<Meter> meter(List<String> ids) {
        return Optional.ofNullable(world.meters.get(ids.getFirst()));
    }

    /** One that was deleted is not found, though grants of it live on. */
    private Optional<Entitlement> entitlement(List<String> ids) {
        return Optional.ofNullable(world.entitlements.get(ids.getFirst()))
                .filter(entitlement -> !deletedEntitlements.contains(entitlement.id()));
    }

    private Reply changeEntitlement(Request request, List<String> ids) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        return entitlement(ids)
                .map(entitlement -> {
                    ObjectNode settings = entitlement.settings().deepCopy();
                    settings.setAll(body.get());
                    world.entitlements.put(
                            entitlement.id(), new Entitlement(entitlement.id(), settings, entitlement.createdAt()));
                    return Reply.empty(200);
                })
                .orElseGet(() -> Replies.notFound("Credit entitlement"));
    }

    private Reply deleteEntitlement(List<String> ids) {
        if (!world.entitlements.containsKey(ids.getFirst())) {
            return Replies.notFound("Credit entitlement");
        }
        return deletedEntitlements.add(ids.getFirst())
                ? Reply.empty(200)
                : Replies.error(410, "CREDIT_ENTITLEMENT_IS_DELETED", "The credit entitlement is deleted already");
    }

    private Reply listMeters(Request request) {
        boolean archived = request.query("archived").map(Boolean::parseBoolean).orElse(false);
        return Replies.page(
                request,
                world.meters.values().stream()
                        .filter(meter -> archivedMeters.contains(meter.id()) == archived)
                        .map(Meter::json)
                        .toList());
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
        boolean deleted = request.query("deleted").map(Boolean::parseBoolean).orElse(false);
        List<Entitlement> all = world.entitlements.values().stream()
                .filter(entitlement -> deletedEntitlements.contains(entitlement.id()) == deleted)
                .toList();
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
