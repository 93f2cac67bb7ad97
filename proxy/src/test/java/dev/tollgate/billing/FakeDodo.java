package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** As much of Dodo as billing talks to, over real HTTP, to be scripted by tests. */
final class FakeDodo implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long HOUR_MILLIS = 3_600_000;

    /** What to do instead of answering properly. */
    sealed interface Fault {
        /** Answer this, having done nothing. */
        record Say(int status, Map<String, String> headers, String body) implements Fault {}

        /** Do what was asked, then drop the connection. */
        record LoseAnswer() implements Fault {}

        /** Say nothing until the fake is closed. */
        record Stall() implements Fault {}
    }

    /** One entry of the credit ledger. */
    record Line(String id, String type, String referenceType, long before, long after, Instant createdAt) {}

    /** One active grant. */
    record Parcel(String id, long remaining, Instant expiresAt) {}

    final Map<String, JsonNode> events = new ConcurrentHashMap<>();
    final List<List<String>> batches = new CopyOnWriteArrayList<>();
    final List<String> requests = new CopyOnWriteArrayList<>();
    final List<String> authorizations = new CopyOnWriteArrayList<>();
    final Set<String> poisonIds = ConcurrentHashMap.newKeySet();

    /** Events on which it fails, as opposed to those that it refuses. */
    final Set<String> breakingIds = ConcurrentHashMap.newKeySet();

    /** When each request came, by the clock. */
    final List<Long> requestMillis = new CopyOnWriteArrayList<>();

    final Map<String, List<Line>> ledgers = new ConcurrentHashMap<>();
    final Map<String, List<Parcel>> grants = new ConcurrentHashMap<>();

    /** Subscriptions whose product has no meter; and those that have nothing to do with the credits at all. */
    final Set<String> unmeteredIds = ConcurrentHashMap.newKeySet();

    final Set<String> unrelatedIds = ConcurrentHashMap.newKeySet();
    final Map<String, String> subscriptions = new ConcurrentHashMap<>();
    final ConcurrentLinkedQueue<Fault> faults = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Runnable> beforeLedger = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<Runnable> beforeIngest = new ConcurrentLinkedQueue<>();
    final FakeEntries entries = new FakeEntries();
    volatile Optional<CountDownLatch> holdBalances = Optional.empty();
    volatile boolean refuseDated;

    /** Answers everything with 503. */
    volatile boolean down;

    volatile boolean numbers;
    volatile String overageLimit = "null";
    volatile boolean overageEnabled;
    volatile String overageEntitlementId = "cde_1";
    private final CountDownLatch closed = new CountDownLatch(1);
    private final InstantSource clock;
    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    FakeDodo(InstantSource clock) throws IOException {
        this.clock = clock;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    void fail(int status, String body) {
        faults.add(new Fault.Say(status, Map.of(), body));
    }

    void fail(int status, String header, String value) {
        faults.add(new Fault.Say(status, Map.of(header, value), ""));
    }

    /** Adds to a customer's ledger and answers the new line. */
    Line post(String customerId, String type, long change) {
        List<Line> lines = ledgers.computeIfAbsent(customerId, id -> new CopyOnWriteArrayList<>());
        long before = lines.isEmpty() ? 0 : lines.getLast().after();
        Line line = new Line(
                customerId + "_" + lines.size(), type, "subscription", before, before + change, clock.instant());
        lines.add(line);
        return line;
    }

    static ObjectNode json(String customerId, Line line) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("payload_type", "CreditLedgerEntry")
                .put("id", line.id())
                .put("customer_id", customerId)
                .put("credit_entitlement_id", "cde_1")
                .put("transaction_type", line.type())
                .put("amount", Long.toString(Math.abs(line.after() - line.before())))
                .put("is_credit", line.after() > line.before())
                .put("balance_before", Long.toString(line.before()))
                .put("balance_after", Long.toString(line.after()))
                .put("overage_before", "0")
                .put("overage_after", "0")
                .put("reference_type", line.referenceType())
                .put("created_at", line.createdAt().toString());
        return node;
    }

    List<Line> ledger(String customerId) {
        return Objects.requireNonNull(ledgers.get(customerId));
    }

    JsonNode event(String eventId) {
        return Objects.requireNonNull(events.get(eventId));
    }

    long count(String prefix) {
        return requests.stream().filter(request -> request.startsWith(prefix)).count();
    }

    private void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().getPath();
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        requestMillis.add(clock.millis());
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        Fault fault = down ? new Fault.Say(503, Map.of(), "") : faults.poll();
        if (fault instanceof Fault.Stall) {
            awaitQuietly(closed);
            return;
        }
        if (fault instanceof Fault.Say say) {
            answer(exchange, say);
            return;
        }
        Fault.Say answer = serve(path, query(exchange), body);
        if (fault instanceof Fault.LoseAnswer) {
            exchange.close();
            return;
        }
        answer(exchange, answer);
    }

    private Fault.Say serve(String path, Map<String, String> query, byte[] body) throws IOException {
        String[] parts = path.substring(1).split("/", -1);
        if (path.equals("/events/ingest")) {
            Optional.ofNullable(beforeIngest.poll()).ifPresent(Runnable::run);
            return ingest(MAPPER.readTree(body).get("events"));
        }
        if (path.equals("/events")) {
            return say(200, page(eventNodes(query.getOrDefault("customer_id", "")), query));
        }
        if (parts[0].equals("events")) {
            JsonNode event = events.get(parts[1]);
            return event == null ? say(404, "") : say(200, event.toString());
        }
        if (path.endsWith("/ledger-entries")) {
            return say(entries.enter(MAPPER.readTree(body), ledger(parts[3]), clock.instant()), "{}");
        }
        if (path.endsWith("/ledger")) {
            Optional.ofNullable(beforeLedger.poll()).ifPresent(Runnable::run);
            return say(200, page(ledger(parts[3], query), query));
        }
        if (path.endsWith("/grants")) {
            return say(200, page(grantNodes(parts[3], query.getOrDefault("status", "")), query));
        }
        if (path.endsWith("/balances")) {
            return say(200, page(balanceNodes(), query));
        }
        if (path.contains("/balances/")) {
            holdBalances.ifPresent(FakeDodo::awaitQuietly);
            return balance(parts[3]);
        }
        if (path.endsWith("/credit-usage")) {
            return say(
                    200,
                    "{\"items\":[{\"credit_entitlement_id\":\"" + overageEntitlementId + "\",\"overage_enabled\":"
                            + overageEnabled + ",\"overage_limit\":" + overageLimit + "}]}");
        }
        if (path.equals("/subscriptions")) {
            return say(200, page(subscriptionNodes(query.getOrDefault("customer_id", "")), query));
        }
        if (parts[0].equals("subscriptions") && parts.length == 2 && subscriptions.containsKey(parts[1])) {
            String id = parts[1];
            return say(
                    200,
                    subscriptionNode(id, Objects.requireNonNull(subscriptions.get(id)), "cus_any", true)
                            .toString());
        }
        if (path.equals("/credit-entitlements")) {
            return say(200, "{\"items\":[{\"id\":\"cde_1\",\"name\":\"Tokens\",\"unit\":\"token\"}]}");
        }
        return say(404, "{\"code\":\"NOT_FOUND\"}");
    }

    private Fault.Say ingest(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.forEach(event -> ids.add(event.get("event_id").asText()));
        batches.add(ids);
        if (new HashSet<>(ids).size() < ids.size()) {
            return say(400, "{\"code\":\"INVALID_REQUEST_BODY\",\"message\":\"duplicate\"}");
        }
        if (ids.stream().anyMatch(breakingIds::contains)) {
            return say(500, "{\"code\":\"INTERNAL_SERVER_ERROR\"}");
        }
        for (JsonNode event : list) {
            if (poisonIds.contains(event.get("event_id").asText()) || isOutsideWindow(event)) {
                return say(400, "{\"code\":\"INVALID_REQUEST_BODY\",\"message\":\"no\"}");
            }
        }
        list.forEach(event -> events.putIfAbsent(event.get("event_id").asText(), event));
        return say(200, "{\"ingested_count\":" + ids.size() + "}");
    }

    private boolean isOutsideWindow(JsonNode event) {
        if (!event.has("timestamp")) {
            return false;
        }
        long ageMillis =
                clock.millis() - Instant.parse(event.get("timestamp").asText()).toEpochMilli();
        return refuseDated || ageMillis > HOUR_MILLIS;
    }

    private Fault.Say balance(String customerId) {
        List<Line> lines = ledgers.get(customerId);
        if (lines == null || lines.isEmpty()) {
            return say(404, "");
        }
        Line last = lines.getLast();
        String amount = numbers ? Long.toString(last.after()) : "\"" + last.after() + ".00\"";
        String overage = numbers ? "0" : "\"0\"";
        return say(
                200,
                "{\"balance\":" + amount + ",\"overage\":" + overage + ",\"updated_at\":\"" + last.createdAt()
                        + "\",\"last_transaction_at\":\"" + last.createdAt() + "\"}");
    }

    /** Of all customers, in some order that stays. */
    private List<ObjectNode> balanceNodes() {
        return new TreeMap<>(ledgers)
                .entrySet().stream()
                        .map(entry -> JsonNodeFactory.instance
                                .objectNode()
                                .put("customer_id", entry.getKey())
                                .put(
                                        "balance",
                                        Long.toString(entry.getValue().getLast().after()))
                                .put("overage", "0")
                                .put("updated_at", clock.instant().toString()))
                        .toList();
    }

    private List<ObjectNode> ledger(String customerId, Map<String, String> query) {
        Instant from = Instant.parse(query.get("start_date"));
        return ledgers.getOrDefault(customerId, List.of()).reversed().stream()
                .filter(line -> !line.createdAt().isBefore(from) && entries.lists(line))
                .map(line -> entries.json(customerId, line))
                .toList();
    }

    private List<ObjectNode> eventNodes(String customerId) {
        return events.values().stream()
                .filter(event -> event.path("customer_id").asText().equals(customerId))
                .map(ObjectNode.class::cast)
                .toList();
    }

    private List<ObjectNode> subscriptionNodes(String customerId) {
        List<ObjectNode> nodes = new ArrayList<>();
        subscriptions.forEach((id, status) -> nodes.add(subscriptionNode(id, status, customerId, false)));
        return nodes;
    }

    /** Lists have no carts. */
    private ObjectNode subscriptionNode(String id, String status, String customerId, boolean whole) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("subscription_id", id).put("status", status).put("product_id", "pdt_1");
        node.put("created_at", clock.instant().toString()).put("trial_period_days", id.startsWith("trial") ? 7 : 0);
        node.putObject("customer").put("customer_id", customerId);
        if (whole && !unrelatedIds.contains(id)) {
            node.putArray("credit_entitlement_cart").addObject().put("credit_entitlement_id", "cde_1");
            if (!unmeteredIds.contains(id)) {
                node.putArray("meter_credit_entitlement_cart").addObject().put("credit_entitlement_id", "cde_1");
            }
        }
        return node;
    }

    private List<ObjectNode> grantNodes(String customerId, String status) {
        return grants.getOrDefault(customerId, List.of()).stream()
                .filter(parcel -> status.equals("depleted") == (parcel.remaining() == 0))
                .map(parcel -> JsonNodeFactory.instance
                        .objectNode()
                        .put("id", parcel.id())
                        .put("remaining_amount", parcel.remaining() + ".00")
                        .put("expires_at", parcel.expiresAt().toString()))
                .toList();
    }

    private static String page(List<ObjectNode> all, Map<String, String> query) {
        int size = Integer.parseInt(query.getOrDefault("page_size", "10"));
        int from = Math.min(all.size(), size * Integer.parseInt(query.getOrDefault("page_number", "0")));
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        items.addAll(all.subList(from, Math.min(all.size(), from + size)));
        return "{\"items\":" + items + "}";
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static Fault.Say say(int status, String body) {
        return new Fault.Say(status, Map.of(), body);
    }

    private static void answer(HttpExchange exchange, Fault.Say say) throws IOException {
        byte[] body = say.body().getBytes(StandardCharsets.UTF_8);
        say.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(say.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        holdBalances.ifPresent(CountDownLatch::countDown);
        server.stop(0);
        executor.shutdownNow();
    }
}
