package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Reading;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of Dodo's API that Tollgate uses, in meter units. Calls wait, so they belong on virtual threads; they keep
 * within Dodo's rate limit, end within a bounded time, and never throw for what Dodo does.
 */
public final class DodoClient implements AutoCloseable {
    private static final int PAGE_ITEMS = 100;
    private static final int PAGES_MAX = 500;
    private static final int EVENT_PAGES_MAX = 1_000_000;

    private final CreditUnits units;
    private final DodoTransport transport;

    /** How a call ended. */
    public sealed interface Result<A> {
        /** The same with another value. */
        default <B> Result<B> map(Function<A, B> function) {
            return then(value -> new Ok<>(function.apply(value)));
        }

        /** What follows from the value, if there is one. */
        default <B> Result<B> then(Function<A, Result<B>> next) {
            return switch (this) {
                case Ok<A> ok -> next.apply(ok.value());
                case Refused<A> refused -> refused.as();
                case Unreachable<A> unreachable -> new Unreachable<>(unreachable.reason());
            };
        }

        record Ok<A>(A value) implements Result<A> {}

        /**
         * Dodo said no.
         *
         * @param code Dodo's own code; empty when there was none
         * @param retryAfterMillis how long Dodo wants to be left alone; 0 when it did not say
         */
        record Refused<A>(int status, String code, String message, long retryAfterMillis) implements Result<A> {
            private static final int TEXT_CHARS_MAX = 300;

            public Refused {
                code = printable(code);
                message = printable(message);
            }

            <B> Refused<B> as() {
                return new Refused<>(status, code, message, retryAfterMillis);
            }

            private static String printable(String text) {
                String clean = text.replaceAll("\\p{Cntrl}", " ");
                return clean.length() <= TEXT_CHARS_MAX ? clean : clean.substring(0, TEXT_CHARS_MAX);
            }
        }

        /** There was no answer, or none that can be read; whatever was asked may have happened. */
        record Unreachable<A>(String reason) implements Result<A> {}
    }

    /** A wait that a test may take out. */
    @FunctionalInterface
    public interface Pause {
        void pause(long millis) throws InterruptedException;
    }

    /** What a customer has left, and what they owe beyond that. */
    public record Balance(long balanceUnits, long overageUnits, long changedMicros) {}

    /**
     * One of a customer's subscriptions.
     *
     * @param meteredEntitlementIds the credits that its meters deduct from, {@code grantedEntitlementIds} those that it
     *     grants; both empty in lists, which do not say
     * @param trialEndsAt when its trial ends or ended; null if it has none
     */
    public record Subscription(
            String id,
            String customerId,
            String productId,
            String status,
            Set<String> meteredEntitlementIds,
            Set<String> grantedEntitlementIds,
            @Nullable Instant trialEndsAt,
            @Nullable Instant nextBillingAt,
            boolean endsAtNextBilling) {
        private static final Set<String> LIVE = Set.of("active", "past_due");

        public Subscription {
            meteredEntitlementIds = Set.copyOf(meteredEntitlementIds);
            grantedEntitlementIds = Set.copyOf(grantedEntitlementIds);
        }

        /** Whether it gives access; a status that is not known here does not. */
        public boolean isLive() {
            return LIVE.contains(status);
        }
    }

    /**
     * What a subscription allows for one kind of credits.
     *
     * @param overageLimitUnits 0 when overage is off, {@link Long#MAX_VALUE} when it has no limit
     */
    public record CreditUsage(String entitlementId, long overageLimitUnits) {}

    /**
     * Which usage events to list: of one name, with a time at or after {@code start}.
     *
     * @param customerId null for all customers
     * @param property the metadata member that says how much was used
     */
    public record EventQuery(
            String eventName, String property, @Nullable String customerId, Instant start) {}

    /**
     * A usage event as Dodo keeps it.
     *
     * @param units empty when it has none that a meter would sum: no whole number
     */
    public record StoredEvent(String id, String customerId, Instant at, OptionalLong units) {}

    /** What one meter of a subscription counted from {@code start} until before {@code end}. */
    public record MeteredPeriod(String meterName, Instant start, Instant end, long units) {}

    public record CreditEntitlement(String id, String name, String unit) {}

    public record Customer(String id, String name, String email) {}

    /** @param random shared by threads; calls to it are made one at a time */
    public DodoClient(
            BillingSettings.Dodo settings,
            InstantSource clock,
            Pause pause,
            RandomGenerator random,
            Executor executor) {
        this(settings, new DodoTransport(settings, clock, pause, random, DodoTransport.http(settings, executor)));
    }

    DodoClient(BillingSettings.Dodo settings, DodoTransport transport) {
        this.units = new CreditUnits(settings.unitsPerCredit());
        this.transport = transport;
    }

    /** Whether calls wait for the rate limit, so that what is not urgent had better not be asked. */
    boolean isCrowded() {
        return transport.isCrowded();
    }

    /** Reports usage; one attempt. The answer's body says nothing that matters: the status is what counts. */
    Result<Integer> ingest(List<UsageEvent> events) {
        Set<String> ids = new HashSet<>();
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (UsageEvent event : events) {
            if (!ids.add(event.id())) {
                throw new IllegalArgumentException("event " + event.id() + " is twice in one batch");
            }
            list.add(event.json());
        }
        JsonNode body = JsonNodeFactory.instance.objectNode().set("events", list);
        return transport.post("/events/ingest", DodoJson.write(body)).map(ignored -> events.size());
    }

    /** What a customer's usage events since a time add up to, in meter units; an event without the property has none. */
    Result<Long> usageUnits(String customerId, String eventName, String property, long sinceMillis) {
        String path = "/events?customer_id=" + encode(customerId) + "&event_name=" + encode(eventName) + "&start="
                + encode(Instant.ofEpochMilli(sinceMillis).toString()) + "&";
        return pages(path, node -> node.path("metadata").path(property).asLong(0))
                .map(units -> units.stream().reduce(0L, Math::addExact));
    }

    /** Whether Dodo has this usage event. An id that Dodo does not even want to look up is one that it does not have. */
    public Result<Boolean> hasEvent(String eventId) {
        Result<Boolean> result = transport.get("/events/" + encode(eventId), node -> true);
        return IngestVerdict.of(result) == IngestVerdict.REFUSED ? new Result.Ok<>(false) : orElse(result, false);
    }

    /** Hands every event to {@code page}, some at a time, perhaps one twice. Answers how many there were. */
    public Result<Integer> events(EventQuery query, Consumer<List<StoredEvent>> page) {
        String customer = query.customerId() == null ? "" : "customer_id=" + encode(query.customerId()) + "&";
        String path = "/events?" + customer + "event_name=" + encode(query.eventName()) + "&start="
                + encode(query.start().toString()) + "&";
        return eachPage(path, node -> StoredUsage.event(node, query.property()), EVENT_PAGES_MAX, page);
    }

    /** One page of the balances in one kind of credits, by customer; the page after the last is empty. */
    Result<Map<String, Balance>> balancePage(String entitlementId, int page) {
        Result<List<Map.Entry<String, Balance>>> rows =
                page("/credit-entitlements/" + encode(entitlementId) + "/balances?", this::customerBalance, page);
        return rows.map(found -> found.stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (first, second) -> second)));
    }

    private Map.Entry<String, Balance> customerBalance(JsonNode node) throws UnreadableException {
        return Map.entry(DodoJson.text(node, "customer_id"), balance(node));
    }

    /** Every balance in one kind of credits, by customer; one customer's alone when one is named. */
    public Result<Map<String, Balance>> balances(String entitlementId, @Nullable String customerId) {
        String customer = customerId == null ? "" : "customer_id=" + encode(customerId) + "&";
        Map<String, Balance> found = new HashMap<>();
        Result<Integer> result = eachPage(
                "/credit-entitlements/" + encode(entitlementId) + "/balances?" + customer,
                this::customerBalance,
                EVENT_PAGES_MAX,
                page -> page.forEach(entry -> found.put(entry.getKey(), entry.getValue())));
        return result.map(ignored -> found);
    }

    /** What the meters that sum {@code property} of events of this name counted for a subscription, in each period. */
    public Result<List<MeteredPeriod>> usageHistory(String subscriptionId, String eventName, String property) {
        Result<List<Optional<String>>> meters = pages("/meters?", node -> StoredUsage.meter(node, eventName, property));
        return meters.then(ids -> {
            Set<String> wanted = ids.stream().flatMap(Optional::stream).collect(Collectors.toSet());
            String path = "/subscriptions/" + encode(subscriptionId) + "/usage-history?";
            return pages(path, node -> StoredUsage.periods(node, wanted))
                    .map(periods -> periods.stream().flatMap(List::stream).toList());
        });
    }

    /** Empty for a customer who never had credits, and for an entitlement that does not exist. */
    public Result<Optional<Balance>> balance(Account account) {
        return orElse(transport.get(balancePath(account), node -> Optional.of(balance(node))), Optional.empty());
    }

    /** All entries created at or after a time, each once, in no particular order. */
    public Result<List<Reading.Entry>> ledger(Account account, long sinceMicros) {
        String path = balancePath(account) + "/ledger?start_date="
                + encode(CreditUnits.time(sinceMicros).toString()) + "&";
        Set<String> ids = new HashSet<>();
        return pages(path, units::entry)
                .map(entries -> entries.stream()
                        .filter(entry -> entry.createdMicros() >= sinceMicros && ids.add(entry.id()))
                        .toList());
    }

    /** What is left of an account's grants that expire some day, those that expire first first. */
    public Result<List<Fact.Grant>> expiringGrants(Account account) {
        return grants(account, "active");
    }

    /** Those of which nothing is left because it was used. */
    Result<List<Fact.Grant>> usedUpGrants(Account account) {
        return grants(account, "depleted");
    }

    private Result<List<Fact.Grant>> grants(Account account, String status) {
        return pages(balancePath(account) + "/grants?status=" + status + "&", units::grant)
                .map(grants -> grants.stream()
                        .flatMap(Optional::stream)
                        .distinct()
                        .sorted(Comparator.comparingLong(Fact.Grant::expiresAtMillis)
                                .thenComparing(Fact.Grant::id))
                        .toList());
    }

    /** All of a customer's subscriptions, live or not. Asked without a filter, since not all versions know all statuses. */
    public Result<List<Subscription>> subscriptions(String customerId) {
        return pages("/subscriptions?customer_id=" + encode(customerId) + "&", StoredSubscription::subscription);
    }

    public Result<Optional<Subscription>> subscription(String subscriptionId) {
        String path = "/subscriptions/" + encode(subscriptionId);
        return orElse(
                transport.get(path, node -> Optional.of(StoredSubscription.subscription(node))), Optional.empty());
    }

    /** What a subscription allows, for each kind of credits. */
    public Result<List<CreditUsage>> creditUsage(String subscriptionId) {
        String path = "/subscriptions/" + encode(subscriptionId) + "/credit-usage";
        return orElse(transport.get(path, node -> DodoJson.items(node, this::creditUsage)), List.of());
    }

    /** The kinds of credits that this business has. */
    public Result<List<CreditEntitlement>> creditEntitlements() {
        return pages(
                "/credit-entitlements?",
                node -> new CreditEntitlement(
                        DodoJson.text(node, "id"),
                        DodoJson.optionalText(node, "name").orElse(""),
                        DodoJson.optionalText(node, "unit").orElse("")));
    }

    public Result<Optional<Customer>> customer(String customerId) {
        return orElse(
                transport.get(
                        "/customers/" + encode(customerId),
                        node -> Optional.of(new Customer(
                                DodoJson.text(node, "customer_id"),
                                DodoJson.optionalText(node, "name").orElse(""),
                                DodoJson.optionalText(node, "email").orElse("")))),
                Optional.empty());
    }

    /** One object of Dodo's as it is, for those who manage objects that have no words here. Repeated like every read. */
    public Result<JsonNode> read(String path) {
        return transport.get(path, node -> node);
    }

    /** All items of a list with numbered pages; {@code path} ends in {@code ?} or {@code &}. */
    public Result<List<JsonNode>> readAll(String path) {
        return pages(path, node -> node);
    }

    /** One call that makes something, and Dodo's answer to it; never repeated, since a repeat makes a second one. */
    public Result<JsonNode> write(String path, @Nullable JsonNode body) {
        return DodoTransport.read(
                transport.post(path, body == null ? new byte[0] : DodoJson.write(body)), node -> node);
    }

    /** All items of all pages; see {@link #eachPage}. */
    private <A> Result<List<A>> pages(String path, DodoJson.Parser<A> parser) {
        List<A> all = new ArrayList<>();
        return eachPage(path, parser, PAGES_MAX, all::addAll).map(ignored -> all);
    }

    /** Reads page after page, from 0 to one that is not full, and answers how many items there were; 404 is an empty list. */
    private <A> Result<Integer> eachPage(
            String path, DodoJson.Parser<A> parser, int pagesMax, Consumer<List<A>> consumer) {
        int items = 0;
        for (int page = 0; page < pagesMax; page++) {
            Result<List<A>> result = page(path, parser, page);
            if (!(result instanceof Result.Ok<List<A>> ok)) {
                return result.map(List::size);
            }
            consumer.accept(ok.value());
            items += ok.value().size();
            if (ok.value().size() < PAGE_ITEMS) {
                return new Result.Ok<>(items);
            }
        }
        return new Result.Unreachable<>("more than " + pagesMax + " pages");
    }

    private <A> Result<List<A>> page(String path, DodoJson.Parser<A> parser, int page) {
        String pagePath = path + "page_size=" + PAGE_ITEMS + "&page_number=" + page;
        return orElse(transport.get(pagePath, node -> DodoJson.items(node, parser)), List.of());
    }

    private static <A> Result<A> orElse(Result<A> result, A whenNotFound) {
        return result instanceof Result.Refused<A> refused && refused.status() == 404
                ? new Result.Ok<>(whenNotFound)
                : result;
    }

    private Balance balance(JsonNode node) throws UnreadableException {
        Optional<Instant> changed = DodoJson.optionalTime(node, "last_transaction_at");
        Instant changedAt = changed.isPresent() ? changed.get() : DodoJson.time(node, "updated_at");
        return new Balance(
                units.balanceUnits(node, "balance"),
                units.overageUnits(node, "overage"),
                CreditUnits.micros(changedAt.truncatedTo(ChronoUnit.MICROS)));
    }

    private CreditUsage creditUsage(JsonNode node) throws UnreadableException {
        boolean allowed = node.path("overage_enabled").asBoolean(false);
        return new CreditUsage(
                DodoJson.text(node, "credit_entitlement_id"), allowed ? units.limitUnits(node, "overage_limit") : 0);
    }

    private static String balancePath(Account account) {
        return "/credit-entitlements/" + encode(account.entitlementId()) + "/balances/" + encode(account.customerId());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void close() {
        transport.close();
    }
}
