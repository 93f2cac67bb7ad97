package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** {@code /events}. A batch is taken whole or refused whole. Guarded by the world's lock. */
final class IngestApi {
    private static final int EVENTS_MAX = 1000;
    private static final int PAIRS_MAX = 50;
    private static final int KEY_CHARS_MAX = 100;
    private static final int VALUE_CHARS_MAX = 500;
    private static final Duration PAST_MAX = Duration.ofHours(1);
    private static final Duration FUTURE_MAX = Duration.ofMinutes(5);

    private final World world;

    IngestApi(World world) {
        this.world = world;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/events/ingest", (request, ids) -> ingest(request))
                .on("GET", "/events", (request, ids) -> list(request))
                .on(
                        "GET",
                        "/events/{}",
                        (request, ids) -> world.events
                                .find(ids.getFirst())
                                .map(event -> Reply.json(200, event.json()))
                                .orElseGet(() -> Replies.notFound("Event")));
    }

    private Reply ingest(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        JsonNode events = body.get().path("events");
        if (!events.isArray()) {
            return Replies.invalid("events must be an array");
        }
        if (events.isEmpty()) {
            return Replies.error(400, "INVALID_REQUEST_BODY", "At least one event is required");
        }
        if (events.size() > EVENTS_MAX) {
            return Replies.error(413, "INVALID_REQUEST_BODY", "At most 1000 events are allowed");
        }
        return refusal(events).orElseGet(() -> accept(events));
    }

    private Optional<Reply> refusal(JsonNode events) {
        Set<String> seen = new HashSet<>();
        Instant now = windowNow();
        for (JsonNode event : events) {
            Optional<Reply> refusal = schemaRefusal(event)
                    .or(() -> seen.add(event.path("event_id").textValue())
                            ? Optional.empty()
                            : bad("Duplicate event_id in one request"))
                    .or(() -> metadataRefusal(event.path("metadata")))
                    .or(() -> windowRefusal(event, now))
                    .or(() -> customerRefusal(event));
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private static Optional<Reply> schemaRefusal(JsonNode event) {
        for (String name : List.of("event_id", "customer_id", "event_name")) {
            if (!event.path(name).isTextual() || event.path(name).textValue().isEmpty()) {
                return Optional.of(Replies.invalid(name + " must be a non-empty string"));
            }
        }
        JsonNode timestamp = event.path("timestamp");
        boolean absent = timestamp.isMissingNode() || timestamp.isNull();
        boolean timeFine = absent
                || (timestamp.isTextual() && Times.parse(timestamp.textValue()).isPresent());
        JsonNode metadata = event.path("metadata");
        boolean metadataFine = metadata.isMissingNode() || metadata.isNull() || metadata.isObject();
        if (!timeFine || !metadataFine) {
            return Optional.of(Replies.invalid("timestamp must be a date-time and metadata an object"));
        }
        for (JsonNode value : metadata) {
            if (!value.isValueNode() || value.isNull()) {
                return Optional.of(Replies.invalid("metadata values must be strings, numbers or booleans"));
            }
        }
        return Optional.empty();
    }

    private static Optional<Reply> metadataRefusal(JsonNode metadata) {
        if (metadata.size() > PAIRS_MAX) {
            return Optional.of(Replies.error(400, "MAXIMUM_KEYS_REACHED", "At most 50 metadata pairs are allowed"));
        }
        for (var pair : metadata.properties()) {
            if (pair.getKey().length() > KEY_CHARS_MAX
                    || pair.getValue().asText().length() > VALUE_CHARS_MAX) {
                return bad("A metadata key or value is too long");
            }
        }
        return Optional.empty();
    }

    private Optional<Reply> windowRefusal(JsonNode event, Instant now) {
        if (world.rules.knownIdsSkipWindow()
                && world.events.knows(event.path("event_id").textValue())) {
            return Optional.empty();
        }
        return Optional.ofNullable(event.path("timestamp").textValue())
                .flatMap(Times::parse)
                .filter(time -> time.isBefore(now.minus(PAST_MAX)) || time.isAfter(now.plus(FUTURE_MAX)))
                .flatMap(time -> bad("timestamp must lie between an hour ago and five minutes from now"));
    }

    private Optional<Reply> customerRefusal(JsonNode event) {
        int status = world.rules.unknownCustomerStatus();
        return status == 0
                        || world.customers.containsKey(event.path("customer_id").textValue())
                ? Optional.empty()
                : Optional.of(Replies.error(status, "NOT_FOUND", "Customer not found"));
    }

    private static Optional<Reply> bad(String message) {
        return Optional.of(Replies.error(400, "INVALID_REQUEST_PARAMETERS", message));
    }

    private Reply accept(JsonNode events) {
        List<IngestedEvent> accepted = new ArrayList<>();
        Instant now = windowNow();
        for (JsonNode event : events) {
            accepted.add(new IngestedEvent(
                    event.path("event_id").textValue(),
                    event.path("customer_id").textValue(),
                    event.path("event_name").textValue(),
                    Optional.ofNullable(event.path("timestamp").textValue())
                            .flatMap(Times::parse)
                            .orElse(now),
                    world.now(),
                    event.path("metadata") instanceof ObjectNode metadata ? metadata : Json.object()));
        }
        return Reply.json(200, Json.object().put("ingested_count", world.events.accept(accepted)));
    }

    private Instant windowNow() {
        return world.rules.wallClockWindow() ? Instant.now() : world.now();
    }

    private Reply list(Request request) {
        Optional<Meter> meter = request.query("meter_id").map(world.meters::get);
        if (request.query("meter_id").isPresent() && meter.isEmpty()) {
            return Replies.notFound("Meter");
        }
        Optional<String> name = request.query("event_name");
        if (meter.isPresent()
                && name.isPresent()
                && !name.get().equals(meter.get().eventName())) {
            return Replies.error(400, "INVALID_QUERY_PARAMS", "event_name conflicts with the meter");
        }
        DateFilter times = DateFilter.of(request, "start", "end");
        Predicate<IngestedEvent> wanted = event ->
                request.query("customer_id").map(event.customerId()::equals).orElse(true)
                        && name.map(event.eventName()::equals).orElse(true)
                        && meter.map(one -> one.matches(event)).orElse(true)
                        && times.accepts(event.timestamp());
        return Replies.page(
                request,
                world.events.all().stream()
                        .filter(wanted)
                        .map(IngestedEvent::json)
                        .toList());
    }
}
