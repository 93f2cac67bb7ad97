package dev.tollgate.billing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Account;
import dev.tollgate.ledger.Reading;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The part of Dodo's API that Tollgate uses, in meter units. Calls wait, so they belong on virtual threads; they keep
 * within Dodo's rate limit, end within a bounded time, and never throw for what Dodo does.
 */
public final class DodoClient implements AutoCloseable {
    private static final int PAGE_ITEMS = 100;
    private static final int PAGES_MAX = 500;

    private final CreditUnits units;
    private final DodoTransport transport;

    /** How a call ended. */
    public sealed interface Result<A> {
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
     * @param meteredEntitlementIds the credits that its meters deduct from; empty in lists, which do not say
     */
    public record Subscription(
            String id,
            String customerId,
            String productId,
            String status,
            Set<String> meteredEntitlementIds,
            @Nullable Instant nextBillingAt,
            boolean endsAtNextBilling) {
        private static final Set<String> LIVE = Set.of("active", "past_due");

        public Subscription {
            meteredEntitlementIds = Set.copyOf(meteredEntitlementIds);
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

    public record CreditEntitlement(String id, String name, String unit) {}

    public record Customer(String id, String name, String email) {}

    /** @param random shared by threads; calls to it are made one at a time */
    public DodoClient(
            BillingSettings.Dodo settings,
            InstantSource clock,
            Pause pause,
            RandomGenerator random,
            Executor executor) {
        this.units = new CreditUnits(settings.unitsPerCredit());
        this.transport = new DodoTransport(settings, clock, pause, random, executor);
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
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("events", list);
        return switch (transport.post("/events/ingest", DodoJson.write(body))) {
            case Result.Ok<byte[]> ignored -> new Result.Ok<>(events.size());
            case Result.Refused<byte[]> refused -> refused.as();
            case Result.Unreachable<byte[]> unreachable -> new Result.Unreachable<>(unreachable.reason());
        };
    }

    /** Whether Dodo has this usage event. An id that Dodo does not even want to look up is one that it does not have. */
    public Result<Boolean> hasEvent(String eventId) {
        Result<Boolean> result = transport.get("/events/" + encode(eventId), node -> true);
        return IngestVerdict.of(result) == IngestVerdict.REFUSED ? new Result.Ok<>(false) : orElse(result, false);
    }

    /** Empty for a customer who never had credits, and for an entitlement that does not exist. */
    public Result<Optional<Balance>> balance(Account account) {
        return orElse(transport.get(balancePath(account), node -> Optional.of(balance(node))), Optional.empty());
    }

    /** All entries created at or after a time, each once, in no particular order. */
    public Result<List<Reading.Entry>> ledger(Account account, long sinceMicros) {
        String path = balancePath(account) + "/ledger?start_date="
                + encode(CreditUnits.time(sinceMicros).toString()) + "&";
        return switch (pages(path, units::entry)) {
            case Result.Ok<List<Reading.Entry>> ok -> {
                Set<String> ids = new HashSet<>();
                yield new Result.Ok<>(ok.value().stream()
                        .filter(entry -> entry.createdMicros() >= sinceMicros && ids.add(entry.id()))
                        .toList());
            }
            case Result.Refused<List<Reading.Entry>> refused -> refused;
            case Result.Unreachable<List<Reading.Entry>> unreachable -> unreachable;
        };
    }

    /** All of a customer's subscriptions, live or not. Asked without a filter, since not all versions know all statuses. */
    public Result<List<Subscription>> subscriptions(String customerId) {
        return pages("/subscriptions?customer_id=" + encode(customerId) + "&", DodoClient::subscription);
    }

    public Result<Optional<Subscription>> subscription(String subscriptionId) {
        String path = "/subscriptions/" + encode(subscriptionId);
        return orElse(transport.get(path, node -> Optional.of(subscription(node))), Optional.empty());
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
    public Result<JsonNode> write(String path, JsonNode body) {
        return DodoTransport.read(transport.post(path, DodoJson.write(body)), node -> node);
    }

    /**
     * Reads page after page, beginning with 0; a page that is not full is the last one. A list of something that
     * Dodo does not find is empty.
     */
    private <A> Result<List<A>> pages(String path, DodoJson.Parser<A> parser) {
        List<A> all = new ArrayList<>();
        for (int page = 0; page < PAGES_MAX; page++) {
            String pagePath = path + "page_size=" + PAGE_ITEMS + "&page_number=" + page;
            Result<List<A>> result = orElse(transport.get(pagePath, node -> DodoJson.items(node, parser)), List.of());
            if (!(result instanceof Result.Ok<List<A>> ok)) {
                return result;
            }
            all.addAll(ok.value());
            if (ok.value().size() < PAGE_ITEMS) {
                return new Result.Ok<>(all);
            }
        }
        return new Result.Unreachable<>("more than " + PAGES_MAX + " pages");
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

    private static Subscription subscription(JsonNode node) throws UnreadableException {
        Set<String> metered = new HashSet<>();
        for (JsonNode item : node.path("meter_credit_entitlement_cart")) {
            metered.add(DodoJson.text(item, "credit_entitlement_id"));
        }
        return new Subscription(
                DodoJson.text(node, "subscription_id"),
                DodoJson.text(node.path("customer"), "customer_id"),
                DodoJson.optionalText(node, "product_id").orElse(""),
                DodoJson.text(node, "status"),
                metered,
                DodoJson.optionalTime(node, "next_billing_date").orElse(null),
                node.path("cancel_at_next_billing_date").asBoolean(false));
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
