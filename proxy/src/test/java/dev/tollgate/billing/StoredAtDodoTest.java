package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Dodo keeps, in its own words, and how it is understood. */
class StoredAtDodoTest {
    private static final Instant SINCE = Instant.parse("2026-08-01T00:00:00Z");

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private FakeDodo dodo;
    private DodoClient client;

    @BeforeEach
    void start() throws Exception {
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
    }

    @AfterEach
    void stop() {
        client.close();
        dodo.close();
        executor.shutdownNow();
    }

    private void answer(String body) {
        dodo.fail(200, body);
    }

    private static String usageEvent(String id, String tokens) {
        return "{\"event_id\":\"" + id + "\",\"customer_id\":\"cus_alice\",\"timestamp\":\"2026-08-02T00:00:00Z\","
                + "\"metadata\":{\"tokens\":" + tokens + "}}";
    }

    private static <A> A value(Result<A> result) {
        return ((Result.Ok<A>) result).value();
    }

    @Test
    void anEventsUnitsAreAWholeNumberOrNone() {
        answer("{\"items\":[" + usageEvent("e1", "7") + "," + usageEvent("e2", "\"7\"") + "," + usageEvent("e3", "7.5")
                + "," + usageEvent("e4", "99999999999999999999") + "]}");
        List<DodoClient.StoredEvent> found = new ArrayList<>();

        Result<Integer> result =
                client.events(new DodoClient.EventQuery("used", "tokens", "cus_alice", SINCE), found::addAll);

        assertThat(result).isEqualTo(new Result.Ok<>(4));
        assertThat(found)
                .extracting(DodoClient.StoredEvent::units)
                .containsExactly(OptionalLong.of(7), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
        assertThat(found.getFirst())
                .isEqualTo(new DodoClient.StoredEvent(
                        "e1", "cus_alice", Instant.parse("2026-08-02T00:00:00Z"), OptionalLong.of(7)));
        assertThat(dodo.requests)
                .containsExactly("GET /events?customer_id=cus_alice&event_name=used&start=2026-08-01T00%3A00%3A00Z"
                        + "&page_size=100&page_number=0");
    }

    @Test
    void eventsOfAllCustomersAreListedPageByPage() {
        List<String> page = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            page.add(usageEvent("e" + i, "1"));
        }
        answer("{\"items\":[" + String.join(",", page) + "]}");
        answer("{\"items\":[" + usageEvent("last", "1") + "]}");
        List<DodoClient.StoredEvent> found = new ArrayList<>();
        assertThat(client.events(new DodoClient.EventQuery("used", "tokens", null, SINCE), found::addAll))
                .isEqualTo(new Result.Ok<>(101));
        assertThat(found).hasSize(101);
        assertThat(dodo.requests).hasSize(2).noneMatch(request -> request.contains("customer_id"));
    }

    @Test
    void aListOfWhichAPageFailsIsNoList() {
        List<String> page = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            page.add(usageEvent("e" + i, "1"));
        }
        answer("{\"items\":[" + String.join(",", page) + "]}");
        dodo.fail(401, "");
        assertThat(client.usageUnits("cus_alice", "used", "tokens", 0)).isEqualTo(new Result.Refused<>(401, "", "", 0));
    }

    @Test
    void usageOfATimeIsAddedUp() {
        answer("{\"items\":[" + usageEvent("e1", "7") + "," + usageEvent("e2", "5") + "]}");
        assertThat(client.usageUnits("cus_alice", "used", "tokens", 0)).isEqualTo(new Result.Ok<>(12L));
        assertThat(dodo.requests.getFirst())
                .startsWith("GET /events?customer_id=cus_alice&event_name=used&start=1970-01-01T00%3A00%3A00Z&");
    }

    @Test
    void periodsAreThoseOfMetersThatSumOurProperty() {
        answer("{\"items\":[" + meter("m1", "used", "tokens") + "," + meter("m2", "other", "tokens") + ","
                + meter("m3", "used", "seconds") + "]}");
        answer("{\"items\":[{\"start_date\":\"2026-08-01T00:00:00Z\",\"end_date\":\"2026-09-01T00:00:00Z\",\"meters\":["
                + "{\"id\":\"m1\",\"name\":\"Tokens\",\"consumed_units\":\"12.00\"},"
                + "{\"id\":\"m2\",\"consumed_units\":\"99\"},{\"id\":\"m3\",\"consumed_units\":\"98\"}]}]}");
        assertThat(client.usageHistory("sub_1", "used", "tokens"))
                .isEqualTo(new Result.Ok<>(List.of(new DodoClient.MeteredPeriod(
                        "Tokens", Instant.parse("2026-08-01T00:00:00Z"), Instant.parse("2026-09-01T00:00:00Z"), 12))));
    }

    private static String meter(String id, String eventName, String key) {
        return "{\"id\":\"" + id + "\",\"event_name\":\"" + eventName + "\",\"aggregation\":{\"key\":\"" + key + "\"}}";
    }

    @Test
    void balancesAreListedByCustomerAndForOneAlone() {
        dodo.post("cus_alice", "credit_added", 10);
        dodo.post("cus_bob", "credit_added", 20);
        Map<String, DodoClient.Balance> all = value(client.balances("cde_1", null));
        assertThat(all).hasSize(2);
        assertThat(all.get("cus_bob"))
                .extracting(DodoClient.Balance::balanceUnits)
                .isEqualTo(20L);
        assertThat(dodo.requests.getLast()).doesNotContain("customer_id");
        client.balances("cde_1", "cus_bob");
        assertThat(dodo.requests.getLast()).contains("customer_id=cus_bob&");
    }

    @Test
    void theLastTransactionSaysWhenABalanceChanged() {
        String start = "{\"balance\":\"5\",\"overage\":\"2\",\"updated_at\":\"1970-01-01T00:00:09Z\"";
        answer(start + ",\"last_transaction_at\":\"1970-01-01T00:00:01.0000019Z\"}");
        assertThat(client.balance(Books.ALICE))
                .isEqualTo(new Result.Ok<>(Optional.of(new DodoClient.Balance(5, 2, 1_000_001))));
        answer(start + "}");
        assertThat(client.balance(Books.ALICE))
                .isEqualTo(new Result.Ok<>(Optional.of(new DodoClient.Balance(5, 2, 9_000_000))));
    }

    @Test
    void aSubscriptionIsReadWithWhatItIsTiedTo() {
        answer("{\"subscription_id\":\"sub_1\",\"customer\":{\"customer_id\":\"cus_alice\"},\"product_id\":\"pdt_1\","
                + "\"status\":\"active\",\"created_at\":\"2026-08-01T00:00:00Z\",\"trial_period_days\":7,"
                + "\"next_billing_date\":\"2026-09-01T00:00:00Z\",\"cancel_at_next_billing_date\":true,"
                + "\"meter_credit_entitlement_cart\":[{\"credit_entitlement_id\":\"cde_1\"}],"
                + "\"credit_entitlement_cart\":[{\"credit_entitlement_id\":\"cde_2\"}]}");
        assertThat(client.subscription("sub_1"))
                .isEqualTo(new Result.Ok<>(Optional.of(new DodoClient.Subscription(
                        "sub_1",
                        "cus_alice",
                        "pdt_1",
                        "active",
                        Set.of("cde_1"),
                        Set.of("cde_2"),
                        Instant.parse("2026-08-08T00:00:00Z"),
                        Instant.parse("2026-09-01T00:00:00Z"),
                        true))));
    }

    @Test
    void namesAreReadWhereThereAreAny() {
        answer("{\"customer_id\":\"cus_alice\",\"name\":\"Alice\",\"email\":\"a@example.com\"}");
        assertThat(client.customer("cus_alice"))
                .isEqualTo(
                        new Result.Ok<>(Optional.of(new DodoClient.Customer("cus_alice", "Alice", "a@example.com"))));
        assertThat(client.creditEntitlements())
                .isEqualTo(new Result.Ok<>(List.of(new DodoClient.CreditEntitlement("cde_1", "Tokens", "token"))));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 599})
    void aReadIsRepeatedAfterWhatMayPass(int status) {
        dodo.fail(status, "");
        assertThat(client.hasEvent("e")).isEqualTo(new Result.Ok<>(false));
        assertThat(dodo.requests).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void aReadIsNotRepeatedAfterWhatStays(int status) {
        dodo.fail(status, "");
        assertThat(client.hasEvent("e")).isEqualTo(new Result.Refused<>(status, "", "", 0));
        assertThat(dodo.requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 409, 413, 422, 404})
    void anIdThatDodoWillNotLookUpIsOneThatItDoesNotHave(int status) {
        dodo.fail(status, "");
        assertThat(client.hasEvent("e")).isEqualTo(new Result.Ok<>(false));
    }

    @Test
    void whatDodoMakesIsMadeByOneCallAndToldAsItIs() {
        answer("{\"id\":\"x\"}");
        assertThat(value(client.write("/things", null)).path("id").asText()).isEqualTo("x");
        dodo.fail(503, "");
        assertThat(client.write("/things", null)).isInstanceOf(Result.Refused.class);
        assertThat(dodo.requests).containsExactly("POST /things", "POST /things");
        answer("{\"id\":\"y\"}");
        assertThat(value(client.read("/things/y")).path("id").asText()).isEqualTo("y");
        answer("{\"items\":[{\"id\":\"y\"}]}");
        assertThat(value(client.readAll("/things?"))).hasSize(1);
    }

    @Test
    void anAddressMayEndInASlash() {
        DodoClient other = new DodoClient(
                new BillingSettings.Dodo(
                        URI.create(dodo.uri() + "/"), "key", 10_000, 1, BillingSettings.RateLimit.SMALLEST),
                clock,
                clock,
                new Random(1),
                executor);
        other.hasEvent("e");
        assertThat(dodo.requests).containsExactly("GET /events/e");
        other.close();
    }

    @Test
    void aListWithMorePagesThanAreReadIsNoList() {
        BillingSettings.Dodo settings =
                new BillingSettings.Dodo(dodo.uri(), "key", 10_000, 1, BillingSettings.RateLimit.SMALLEST);
        for (int i = 0; i < 199; i++) {
            dodo.post("cus_alice", "credit_added", 1);
        }
        String path = "/credit-entitlements/cde_1/balances/cus_alice/ledger?start_date=1970-01-01T00:00:00Z&";
        try (DodoTransport transport =
                new DodoTransport(settings, clock, clock, new Random(1), DodoTransport.http(settings, executor))) {
            assertThat(transport.eachPage(path, node -> node, 2, page -> {})).isEqualTo(new Result.Ok<>(199));
            dodo.post("cus_alice", "credit_added", 1);
            assertThat(transport.eachPage(path, node -> node, 2, page -> {}))
                    .isEqualTo(new Result.Unreachable<>("more than 2 pages"));
        }
    }

    @Test
    void anEntryOfTheMomentAskedForIsListed() {
        FakeDodo.Line line = dodo.post("cus_alice", "credit_added", 1);
        assertThat(value(client.ledger(Books.ALICE, CreditUnits.micros(line.createdAt()))))
                .hasSize(1);
    }

    @Test
    void callsThatWaitForTheirTurnMakeACrowd() {
        List<Boolean> crowded = new ArrayList<>();
        BillingSettings.Dodo settings =
                new BillingSettings.Dodo(dodo.uri(), "key", 10_000, 1, new BillingSettings.RateLimit(1, 10));
        DodoClient[] slow = new DodoClient[1];
        slow[0] = new DodoClient(
                settings,
                clock,
                millis -> {
                    crowded.add(slow[0].isCrowded());
                    clock.advance(millis);
                },
                new Random(1),
                executor);
        slow[0].hasEvent("e1");
        slow[0].hasEvent("e2");
        assertThat(crowded).containsExactly(true);
        assertThat(slow[0].isCrowded()).isFalse();
        slow[0].close();
    }

    @Test
    void whoeverIsInterruptedHasNoAnswerAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        Result<Boolean> result = client.hasEvent("e");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(result).isEqualTo(new Result.Unreachable<>("interrupted"));
    }

    @Test
    void whoeverIsInterruptedWhileWaitingForATurnMakesNoCall() {
        DodoClient slow = new DodoClient(
                new BillingSettings.Dodo(dodo.uri(), "key", 10_000, 1, new BillingSettings.RateLimit(1, 10)),
                clock,
                millis -> {
                    throw new InterruptedException();
                },
                new Random(1),
                executor);
        slow.write("/things", null);
        Result<?> result = slow.write("/things", null);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(result).isInstanceOf(Result.Refused.class);
        assertThat(dodo.requests).hasSize(1);
        slow.close();
    }

    @Test
    void ourEntriesAreAddedUpByWhatTheyWereMadeForEachOnce() throws Exception {
        books(delivery("r1", Outbox.Way.DEBIT, 30), delivery("r2", Outbox.Way.CREDIT, 5));
        dodo.post("cus_alice", "credit_added", 100);
        long sinceMillis = clock.millis();
        clock.advance(5 * 60_000);
        assertThat(client.entered(Books.ALICE, clock.millis()))
                .as("five minutes before count too")
                .isEqualTo(new Result.Ok<>(Map.of("r1", 30L, "r2", 5L)));
        clock.advance(1);
        assertThat(client.entered(Books.ALICE, clock.millis())).isEqualTo(new Result.Ok<>(Map.of()));
        assertThat(client.entered(Books.ALICE, sinceMillis)).isEqualTo(new Result.Ok<>(Map.of("r1", 30L, "r2", 5L)));
    }

    private void books(Outbox.Delivery... deliveries) {
        dodo.post("cus_alice", "credit_added", 100);
        for (Outbox.Delivery delivery : deliveries) {
            assertThat(client.entries().enter(delivery)).isEqualTo(new Result.Ok<>(true));
        }
    }

    private Outbox.Delivery delivery(String id, Outbox.Way way, long units) {
        return new Outbox.Delivery(
                id,
                way,
                new Fact.Settled(id, Books.ALICE, "key_1", "m", null, units, Fact.Tokens.NONE, false, 0),
                clock.millis());
    }
}
