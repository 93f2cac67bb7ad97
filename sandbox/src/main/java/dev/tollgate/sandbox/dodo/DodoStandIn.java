package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.SandboxClock;
import dev.tollgate.sandbox.http.HttpServer;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.structure.Conformity;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for Dodo Payments: set it up, hurt it, and read what it knows. All of it runs on sandbox time. Calls take
 * effect at once; webhooks follow on their own threads. Safe for all threads.
 */
public final class DodoStandIn implements AutoCloseable {
    /** How often the deduction worker runs. */
    public static final Duration WORKER_PERIOD = Duration.ofSeconds(60);

    private final SandboxClock clock;
    private final World world;
    private final Webhooks webhooks;
    private final CatalogApi catalog;
    private final ProductApi products;
    private final CustomerApi customers;
    private final Subscriptions subscriptions;
    private final ManualEntries manualEntries;
    private final Sales sales;
    private final DeductionWorker worker;
    private final RequestFaults faults = new RequestFaults();
    private final Conformity conformity = Conformity.watch();
    private final HttpServer server;

    /** A merchant's account with one metered plan and one customer on it. */
    public record DemoWorld(String customerId, String entitlementId, String meterId, String subscriptionId) {}

    /**
     * What became of one message for one endpoint.
     *
     * @param attempts made so far
     * @param lastStatus of the last attempt; 0 when there was no answer or no attempt
     * @param dropped whether a fault kept it from ever being sent
     */
    public record Delivery(
            String webhookId, String type, URI endpoint, int attempts, int lastStatus, boolean dropped) {}

    /** Binds the port (0 for any free one) and serves requests that bear {@code apiKey}. */
    public DodoStandIn(int port, String apiKey, String webhookSecret, SandboxClock clock, Ids ids, long seed)
            throws IOException {
        this.clock = clock;
        this.world = new World(clock, ids);
        this.webhooks = new Webhooks(clock, ids, webhookSecret, seed, conformity);
        Credits credits = new Credits(world, webhooks);
        this.catalog = new CatalogApi(world);
        this.products = new ProductApi(world);
        this.customers = new CustomerApi(world);
        Licences licences = new Licences(world, webhooks);
        this.subscriptions = new Subscriptions(world, credits, licences, webhooks);
        this.manualEntries = new ManualEntries(world, credits);
        this.sales = new Sales(world, credits, subscriptions, licences, webhooks);
        this.worker = new DeductionWorker(world, credits);
        Routing routing = Routing.empty();
        addTo(routing);
        new LicenceApi(world, licences).addTo(routing);
        Refunds refunds = new Refunds(world, credits, licences, webhooks);
        new PaymentApi(world, refunds, licences).addTo(routing.merchant());
        DodoHandler handler = new DodoHandler(world, apiKey, faults, conformity, routing);
        this.server = HttpServer.start("sandbox-dodo", port, handler);
    }

    private void addTo(Routing routing) {
        new IngestApi(world).addTo(routing.merchant());
        catalog.addTo(routing.merchant());
        products.addTo(routing.merchant());
        new CreditApi(world, manualEntries).addTo(routing.merchant());
        customers.addTo(routing.merchant());
        new SubscriptionApi(world, subscriptions).addTo(routing.merchant());
        new WebhookApi(webhooks).addTo(routing.merchant());
        new CheckoutApi(world, customers, sales).addTo(routing);
        new CustomerPages(world, subscriptions).addTo(routing);
    }

    public void createCustomer(String id, String email) {
        synchronized (world) {
            customers.create(id, email, email, null, Json.object());
        }
    }

    /** A credit entitlement in whole tokens, whose credits never expire by themselves. */
    public void createEntitlement(String id) {
        createEntitlement(id, 0);
    }

    /** A credit entitlement with so many digits behind the decimal point. */
    public void createEntitlement(String id, int precision) {
        ObjectNode settings = Json.object()
                .put("name", "Credits " + id)
                .put("unit", "token")
                .put("precision", precision)
                .put("rollover_enabled", false)
                .put("overage_enabled", false);
        synchronized (world) {
            catalog.createEntitlement(id, settings);
        }
    }

    /** A meter that sums one metadata key over all events of one name. */
    public void createMeter(String id, String eventName, String sumKey) {
        ObjectNode settings = Json.object()
                .put("name", "Meter " + id)
                .put("event_name", eventName)
                .put("measurement_unit", "tokens");
        settings.putObject("aggregation").put("type", "sum").put("key", sumKey);
        settings.putNull("description").putNull("filter");
        synchronized (world) {
            catalog.createMeter(id, settings);
        }
    }

    /** Starts the plan for the customer, grants its credits, and returns the subscription's id. */
    public String subscribe(String customerId, Plan plan) {
        synchronized (world) {
            return subscriptions
                    .start(
                            world.customer(customerId),
                            products.create(plan.product()),
                            Json.array(),
                            0,
                            Json.object(),
                            null)
                    .id();
        }
    }

    /** Sets a subscription's status, such as {@code cancelled} or {@code on_hold}, and tells the webhooks. */
    public void setSubscriptionStatus(String subscriptionId, String status) {
        synchronized (world) {
            Optional.ofNullable(world.subscriptions.get(subscriptionId))
                    .ifPresent(subscription -> subscriptions.changeStatus(subscription, status));
        }
    }

    /** A one-time purchase on the customer's first entitlement; null for credits that never expire. */
    public void topUp(String customerId, long credits, @Nullable Duration validFor) {
        synchronized (world) {
            topUp(customerId, firstEntitlement(customerId).id(), credits, validFor);
        }
    }

    public void topUp(String customerId, String entitlementId, long credits, @Nullable Duration validFor) {
        synchronized (world) {
            sales.topUp(
                    world.customer(customerId),
                    world.entitlement(entitlementId),
                    BigDecimal.valueOf(credits),
                    validFor);
        }
    }

    /** Takes credits away by hand, as far as there are any. */
    public void debit(String customerId, long credits) {
        synchronized (world) {
            Account account = world.openAccount(customerId, firstEntitlement(customerId));
            manualEntries.debit(account, BigDecimal.valueOf(credits), "Manual debit");
        }
    }

    /** Pays a checkout session. */
    public void payCheckout(String sessionId) {
        synchronized (world) {
            Optional.ofNullable(world.checkouts.get(sessionId)).ifPresent(sales::pay);
        }
    }

    /** Customer {@code cus_demo} on a plan of 1,000,000 credits; meter {@code api.tokens_used} summing {@code tokens}. */
    public DemoWorld demoWorld() {
        return demoWorld(1_000_000);
    }

    public DemoWorld demoWorld(long credits) {
        createCustomer("cus_demo", "demo@example.com");
        createEntitlement("cde_demo");
        createMeter("mtr_demo", "api.tokens_used", "tokens");
        String subscriptionId = subscribe("cus_demo", Plan.of("cde_demo", "mtr_demo", credits));
        return new DemoWorld("cus_demo", "cde_demo", "mtr_demo", subscriptionId);
    }

    /** Credits left, summed over the customer's entitlements. */
    public BigDecimal balance(String customerId) {
        synchronized (world) {
            return sum(
                    world.accountsOf(customerId).stream().map(Account::balance).toList());
        }
    }

    /** Accrued overage, summed over the customer's entitlements. */
    public BigDecimal overage(String customerId) {
        synchronized (world) {
            return sum(
                    world.accountsOf(customerId).stream().map(Account::overage).toList());
        }
    }

    /** All accepted events, in order of acceptance. */
    public List<IngestedEvent> events() {
        synchronized (world) {
            return world.events.all();
        }
    }

    public int eventCount() {
        synchronized (world) {
            return world.events.count();
        }
    }

    /** Meter units in all accepted events of the customer; an event that several meters count is counted once. */
    public long ingestedTokens(String customerId) {
        synchronized (world) {
            return sum(world.events.all().stream()
                            .filter(event -> event.customerId().equals(customerId))
                            .map(this::metered)
                            .toList())
                    .longValueExact();
        }
    }

    /** Meter units deducted from the customer's credits or charged as overage. */
    public long deductedTokens(String customerId) {
        synchronized (world) {
            return worker.deductedUnits(customerId).longValueExact();
        }
    }

    /** Meter units that were due when neither credits nor overage were left. */
    public long droppedTokens(String customerId) {
        synchronized (world) {
            return worker.droppedUnits(customerId).longValueExact();
        }
    }

    /** The customer's ledger over all entitlements, oldest first. */
    public List<LedgerEntry> ledger(String customerId) {
        synchronized (world) {
            return world.accountsOf(customerId).stream()
                    .flatMap(account -> account.ledger.stream())
                    .toList();
        }
    }

    public List<String> customerIds() {
        synchronized (world) {
            return List.copyOf(world.customers.keySet());
        }
    }

    /** Tells the webhooks of something that happens beside what is acted out here. */
    public void publish(String type, ObjectNode data) {
        webhooks.publish(type, data::deepCopy);
    }

    /** Runs the deduction worker now. */
    public void runWorker() {
        synchronized (world) {
            worker.run();
        }
    }

    /** Runs the deduction worker every minute of sandbox time from now on. */
    public void startWorker() {
        clock.schedule(WORKER_PERIOD, () -> {
            runWorker();
            startWorker();
        });
    }

    /** Changes how Dodo behaves: {@code rules(r -> r.withEntryPerEvent(true))}. */
    public void rules(UnaryOperator<DodoRules> change) {
        synchronized (world) {
            world.rules = change.apply(world.rules);
        }
    }

    /** Registers an endpoint for all webhooks, signed with the default secret; returns its id. */
    public String addEndpoint(URI url) {
        return webhooks.add(Json.object().put("url", url.toString())).id();
    }

    public void removeEndpoint(String endpointId) {
        webhooks.remove(endpointId);
    }

    /** Signs with this secret too, and for another day with the old one. */
    public void rotateSecret(String endpointId, String secret) {
        webhooks.find(endpointId).ifPresent(endpoint -> endpoint.rotate(secret, clock.instant()));
    }

    public void webhookFaults(WebhookFaults faultsWanted) {
        webhooks.faults(faultsWanted);
    }

    /** How long, in real time, an endpoint may take to answer. 15 s unless told. */
    public void webhookTimeout(Duration timeout) {
        webhooks.timeout(timeout);
    }

    /** Every message for every endpoint, oldest first. */
    public List<Delivery> deliveries() {
        return webhooks.deliveries();
    }

    /** Sends a message again under its old id. */
    public void replay(String webhookId) {
        webhooks.replay(webhookId);
    }

    /** Refuses the next requests with this status. */
    public void failNext(int count, int status) {
        faults.failNext(count, status);
    }

    /** Adds {@code Retry-After} to 429 answers; null stops that. */
    public void retryAfter(@Nullable String seconds) {
        faults.retryAfter(Optional.ofNullable(seconds));
    }

    /** Refuses connections and resets the open ones. */
    public void goDown() {
        server.refuseConnections();
    }

    /** Answers every request with 503 until {@link #comeUp}. */
    public void goUnavailable() {
        faults.unavailable(true);
    }

    public void comeUp() {
        faults.unavailable(false);
        server.acceptConnections();
    }

    /** Applies the next writes, then resets their connections before the answer. */
    public void acceptButLoseResponse(int count) {
        faults.loseAnswers(count);
    }

    /** Waits so long, in real time, before answering any request; zero stops that. */
    public void stall(Duration pause) {
        faults.stall(pause);
    }

    public int port() {
        return server.port();
    }

    /**
     * Ends everything.
     *
     * @throws IllegalStateException when something that was said was not of the form that Dodo publishes
     */
    @Override
    public void close() {
        server.close();
        webhooks.close();
        conformity.requireNoDeviation();
    }

    private BigDecimal metered(IngestedEvent event) {
        return world.meters.values().stream()
                .filter(meter -> meter.matches(event))
                .findFirst()
                .map(meter -> meter.valueOf(event))
                .orElse(BigDecimal.ZERO);
    }

    private Entitlement firstEntitlement(String customerId) {
        return world.accountsOf(customerId).stream()
                .map(account -> account.entitlement)
                .findFirst()
                .or(() -> world.entitlements.values().stream().findFirst())
                .orElseThrow(() -> new IllegalStateException("no entitlement to top up"));
    }

    private static BigDecimal sum(List<BigDecimal> amounts) {
        return Amounts.plain(amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add));
    }
}
