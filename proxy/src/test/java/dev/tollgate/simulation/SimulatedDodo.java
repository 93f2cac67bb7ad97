package dev.tollgate.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * As much of Dodo as billing talks to. It errs on poisonous events only; what may go wrong on the way is
 * {@link SimulatedHttp}'s.
 */
final class SimulatedDodo {
    static final String ENTITLEMENT = "cde_1";
    static final String PROPERTY = "billedTokens";
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long OLDEST_MILLIS = 3_600_000;

    final Map<String, SimulatedCredits> customers = new LinkedHashMap<>();

    /** Units by event id. */
    final Map<String, Long> events = new HashMap<>();

    /** How often usage of each request was taken, under whichever event id. */
    final Map<String, Integer> timesTaken = new HashMap<>();

    /** The events as they are listed. */
    private final List<ObjectNode> listed = new ArrayList<>();

    private final Timeline timeline;
    private final LongSupplier lagMillis;
    private final int poisonPermille;
    private boolean cured;

    /** What is answered, by status. */
    record Answer(int status, String body) {}

    /** @param poisonPermille how many events of a thousand Dodo fails on, whichever way they come */
    SimulatedDodo(Timeline timeline, LongSupplier lagMillis, int poisonPermille) {
        this.timeline = timeline;
        this.lagMillis = lagMillis;
        this.poisonPermille = poisonPermille;
    }

    /** The same events fail every time, half of them as refusals and half as failures, until that is mended. */
    boolean isPoison(String requestId) {
        return (mixed(requestId) >>> 8) % 1_000 < poisonPermille;
    }

    private static int poisonStatus(String requestId) {
        return mixed(requestId) % 2 == 0 ? 422 : 500;
    }

    private static int mixed(String requestId) {
        int hash = requestId.hashCode() * 0x9E3779B9;
        return hash ^ hash >>> 16;
    }

    void cure() {
        cured = true;
    }

    SimulatedCredits customer(String customerId) {
        return Objects.requireNonNull(customers.get(customerId));
    }

    Answer serve(URI uri, byte[] body) {
        String[] parts = uri.getPath().substring(1).split("/", -1);
        Map<String, String> query = query(uri);
        String path = uri.getPath();
        if (path.equals("/events/ingest")) {
            return ingest(parse(body).path("events"));
        }
        if (path.equals("/events")) {
            return ok(page(events(query), query));
        }
        if (parts[0].equals("events")) {
            return events.containsKey(parts[1]) ? ok("{\"event_id\":\"" + parts[1] + "\"}") : notFound();
        }
        if (path.endsWith("/ledger")) {
            return ok(page(lines(parts[3], Instant.parse(query.getOrDefault("start_date", ""))), query));
        }
        if (path.endsWith("/grants")) {
            return ok(page(grants(parts[3], query.getOrDefault("status", "")), query));
        }
        if (path.contains("/balances/")) {
            return balance(parts[3]);
        }
        if (path.endsWith("/balances")) {
            List<ObjectNode> all = customers.values().stream()
                    .filter(credits -> !credits.lines.isEmpty())
                    .map(SimulatedDodo::balance)
                    .toList();
            return ok(page(all, query));
        }
        if (path.endsWith("/credit-usage")) {
            long limit = customer(parts[1].substring("sub_".length())).overageLimitUnits;
            return ok("{\"items\":[{\"credit_entitlement_id\":\"" + ENTITLEMENT + "\",\"overage_enabled\":"
                    + (limit > 0) + ",\"overage_limit\":\"" + limit + "\"}]}");
        }
        if (path.equals("/subscriptions")) {
            return ok(page(List.of(subscription(query.getOrDefault("customer_id", ""))), query));
        }
        if (parts[0].equals("subscriptions")) {
            return ok(subscription(parts[1].substring("sub_".length())).toString());
        }
        return path.equals("/credit-entitlements")
                ? ok("{\"items\":[{\"id\":\"" + ENTITLEMENT + "\",\"name\":\"Tokens\",\"unit\":\"token\"}]}")
                : notFound();
    }

    /** All of a batch or nothing; what it has is taken no second time. */
    private Answer ingest(JsonNode list) {
        Map<String, JsonNode> batch = new LinkedHashMap<>();
        for (JsonNode event : list) {
            batch.put(event.path("event_id").asText(), event);
        }
        if (batch.size() < list.size() || batch.values().stream().anyMatch(this::isTooOld)) {
            return new Answer(400, "{\"code\":\"INVALID_REQUEST_BODY\",\"message\":\"no\"}");
        }
        for (String id : batch.keySet()) {
            if (!cured && isPoison(id)) {
                return new Answer(poisonStatus(id), "{\"code\":\"POISON\"}");
            }
        }
        batch.forEach((id, event) -> {
            JsonNode metadata = event.path("metadata");
            long units = metadata.path(PROPERTY).asLong();
            if (events.putIfAbsent(id, units) == null) {
                ObjectNode kept = event.deepCopy();
                listed.addFirst(
                        kept.has("timestamp")
                                ? kept
                                : kept.put("timestamp", timeline.instant().toString()));
                timesTaken.merge(metadata.path("requestId").asText(), 1, Integer::sum);
                customer(event.path("customer_id").asText()).ingest(units, timeline.millis() + lagMillis.getAsLong());
            }
        });
        return ok("{\"ingested_count\":" + batch.size() + "}");
    }

    private List<ObjectNode> events(Map<String, String> query) {
        Instant start = Instant.parse(query.getOrDefault("start", ""));
        return listed.stream()
                .filter(event -> event.path("customer_id").asText().equals(query.get("customer_id")))
                .filter(event ->
                        !Instant.parse(event.path("timestamp").asText()).isBefore(start))
                .toList();
    }

    private boolean isTooOld(JsonNode event) {
        return event.has("timestamp")
                && timeline.millis()
                                - Instant.parse(event.path("timestamp").asText())
                                        .toEpochMilli()
                        > OLDEST_MILLIS;
    }

    private Answer balance(String customerId) {
        SimulatedCredits credits = customer(customerId);
        return credits.lines.isEmpty() ? notFound() : ok(balance(credits).toString());
    }

    private static ObjectNode balance(SimulatedCredits credits) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("customer_id", credits.customerId)
                .put("balance", credits.balanceUnits() + ".00")
                .put("overage", Long.toString(credits.overageUnits()))
                .put("last_transaction_at", credits.changedAt().toString());
    }

    private List<ObjectNode> lines(String customerId, Instant from) {
        long fromMicros = ChronoUnit.MICROS.between(Instant.EPOCH, from);
        return customer(customerId).lines.reversed().stream()
                .filter(line -> line.createdMicros() >= fromMicros)
                .map(SimulatedCredits.Line::node)
                .toList();
    }

    private List<ObjectNode> grants(String customerId, String status) {
        SimulatedCredits credits = customer(customerId);
        List<SimulatedCredits.Parcel> parcels = status.equals("depleted")
                ? credits.usedUp()
                : credits.parcels.stream()
                        .filter(parcel -> parcel.remainingUnits > 0)
                        .toList();
        return parcels.stream().map(SimulatedDodo::grant).toList();
    }

    private static ObjectNode grant(SimulatedCredits.Parcel parcel) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", parcel.id).put("remaining_amount", Long.toString(parcel.remainingUnits));
        return parcel.expiresAtMillis == Long.MAX_VALUE
                ? node
                : node.put(
                        "expires_at",
                        Instant.ofEpochMilli(parcel.expiresAtMillis).toString());
    }

    private static ObjectNode subscription(String customerId) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("subscription_id", "sub_" + customerId).put("status", "active").put("product_id", "pdt_1");
        node.putObject("customer").put("customer_id", customerId);
        node.putArray("credit_entitlement_cart").addObject().put("credit_entitlement_id", ENTITLEMENT);
        node.putArray("meter_credit_entitlement_cart").addObject().put("credit_entitlement_id", ENTITLEMENT);
        return node;
    }

    private static String page(List<ObjectNode> all, Map<String, String> query) {
        int size = Integer.parseInt(query.getOrDefault("page_size", "10"));
        int from = Math.min(all.size(), size * Integer.parseInt(query.getOrDefault("page_number", "0")));
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        items.addAll(all.subList(from, Math.min(all.size(), from + size)));
        return "{\"items\":" + items + "}";
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new HashMap<>();
        String raw = uri.getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static JsonNode parse(byte[] body) {
        try {
            return MAPPER.readTree(new String(body, StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new AssertionError("a body that is not JSON", e);
        }
    }

    private static Answer ok(String body) {
        return new Answer(200, body);
    }

    private static Answer notFound() {
        return new Answer(404, "{\"code\":\"NOT_FOUND\"}");
    }
}
