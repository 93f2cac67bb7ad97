package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import dev.tollgate.billing.WebhookReceiver.Headers;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.Reading;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand customers, all in use all the time, on Dodo's smallest rate limit and a clock that tests move. */
class ManyCustomersTest {
    private static final int CUSTOMERS = 10_000;
    private static final int MINUTES = 20;
    private static final int SHARE = BillingSettings.Refreshing.USUAL.backgroundCallsPerMinute();
    private static final long MINUTE_MILLIS = 60_000;
    private static final String SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
    private static final Pattern READ = Pattern.compile("GET /subscriptions\\?customer_id=(cus_\\d+)&.*");

    private final MovableClock clock = new MovableClock();
    private final AtomicInteger waits = new AtomicInteger();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Account> accounts = new ArrayList<>();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private BalanceReader balances;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        DodoClient.Pause counting = millis -> {
            waits.incrementAndGet();
            clock.pause(millis);
        };
        client = new DodoClient(
                new BillingSettings.Dodo(dodo.uri(), "key", 10_000, 1, BillingSettings.RateLimit.SMALLEST),
                clock,
                counting,
                new Random(1),
                executor);
        balances = new BalanceReader(
                client,
                books.thread,
                BillingSettings.Refreshing.USUAL,
                clock,
                clock,
                BillingObserver.SILENT,
                Runnable::run);
        for (int i = 0; i < CUSTOMERS; i++) {
            accounts.add(new Account("cus_" + i, "cde_1"));
        }
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    @Test
    void nobodyStarvesAndShippingKeepsItsPart() throws Exception {
        Map<String, Integer> readings = new HashMap<>();
        int mostCalls = 0;
        for (int minute = 0; minute < MINUTES; minute++) {
            dodo.requests.clear();
            for (int second = 0; second < 60; second++) {
                if (second % 6 == 0) {
                    accounts.forEach(balances::touch);
                }
                ship("event_" + minute + "_" + second);
                clock.advance(1_000);
            }
            mostCalls = Math.max(mostCalls, dodo.requests.size());
            assertThat(dodo.requests.size() - 60).as("calls of readings").isBetween(SHARE / 2, SHARE);
            dodo.requests.forEach(request -> count(request, readings));
        }

        System.out.println("Many customers: " + CUSTOMERS + " touched for " + MINUTES + " minutes, " + readings.size()
                + " read, none twice; at most " + mostCalls + " calls a minute, 60 of them shipping");
        assertThat(readings.values()).as("nobody twice before everybody once").containsOnly(1);
        assertThat(waits).as("how often shipping waited").hasValue(0);
    }

    /** All are known here, with 100 units each. */
    private void open() {
        for (Account account : accounts) {
            dodo.post(account.customerId(), "credit_added", 100);
        }
        clock.advance(1_000);
        for (Account account : accounts) {
            Reading reading = new Reading(100, 0, clock.millis() * 1_000, List.of(), Fact.Terms.NONE, clock.millis());
            books.thread.submit(new Command.ApplyReading(account, reading, clock.millis()), reply -> {});
        }
        books.look(accounts.getLast());
    }

    @Test
    void aTopUpWhoseWebhookIsLostIsFoundWithinThreeMinutes() throws Exception {
        open();
        BalanceSweep sweep = balances.sweep("cde_1");
        Account lucky = accounts.get(CUSTOMERS / 3);
        long sweepDueMillis = clock.millis();
        long lostMillis = clock.millis() + MINUTE_MILLIS;
        for (int second = 0; books.look(lucky).availableUnits() == 100 && second < 600; second++) {
            if (clock.millis() >= lostMillis && dodo.ledger(lucky.customerId()).size() == 1) {
                dodo.post(lucky.customerId(), "credit_added", 900);
            }
            if (second % 6 == 0) {
                accounts.forEach(balances::touch);
            }
            ship("event_" + second);
            while (clock.millis() >= sweepDueMillis) {
                sweepDueMillis = clock.millis() + sweep.step();
            }
            clock.advance(1_000);
        }
        long foundSeconds = (clock.millis() - lostMillis) / 1_000;
        long mostCalls = dodo.requestMillis.stream()
                .mapToLong(from -> dodo.requestMillis.stream()
                        .filter(at -> from <= at && at < from + MINUTE_MILLIS)
                        .count())
                .max()
                .orElseThrow();

        System.out.println("Balance sweep: " + CUSTOMERS + " customers in use, a lost top-up is found after "
                + foundSeconds + " seconds; at most " + mostCalls + " calls a minute, 60 of them shipping");
        assertThat(books.look(lucky).availableUnits()).isEqualTo(1_000);
        assertThat(foundSeconds).isLessThanOrEqualTo(180);
        assertThat(mostCalls).isLessThanOrEqualTo(200);
        assertThat(waits).as("how often shipping waited").hasValue(0);
    }

    @Test
    void aTopUpCountsAtOnceAndWithoutACall() throws Exception {
        Account last = accounts.getLast();
        dodo.post(last.customerId(), "credit_added", 100);
        balances.refresh(last).toCompletableFuture().get(30, TimeUnit.SECONDS);
        for (int i = 0; i < 3; i++) {
            accounts.forEach(balances::touch);
        }
        long calls = dodo.requests.size();
        FakeDodo.Line line = dodo.post(last.customerId(), "credit_added", 900);
        WebhookReceiver receiver = receiver();

        send(receiver, "credit.added", FakeDodo.json(last.customerId(), line));

        assertThat(books.look(last).availableUnits()).isEqualTo(1_000);
        assertThat(dodo.requests).hasSize((int) calls);
    }

    @Test
    void newsOfACustomerGoBeforeWhatIsMerelyDueAndAStormOfThemIsOneReading() throws Exception {
        accounts.forEach(balances::touch);
        dodo.requests.clear();
        WebhookReceiver receiver = receiver();
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("customer").put("customer_id", "cus_9999");
        ObjectNode stranger = JsonNodeFactory.instance.objectNode();
        stranger.putObject("customer").put("customer_id", "cus_stranger");
        for (int i = 0; i < 100; i++) {
            send(receiver, "subscription.updated", data);
            send(receiver, "subscription.updated", stranger);
        }
        assertThat(dodo.requests).as("the share of this minute is spent").isEmpty();

        clock.advance(MINUTE_MILLIS);
        accounts.forEach(balances::touch);

        assertThat(dodo.requests.getFirst()).contains("cus_9999");
        assertThat(dodo.requests.stream()
                        .filter(request -> request.startsWith("GET /subscriptions?customer_id=cus_9999")))
                .hasSize(1);
        assertThat(dodo.requests).noneMatch(request -> request.contains("stranger"));
    }

    private static void count(String request, Map<String, Integer> readings) {
        Matcher read = READ.matcher(request);
        if (read.matches()) {
            readings.merge(read.group(1), 1, Integer::sum);
        }
    }

    private void ship(String eventId) {
        Fact.Settled settled = new Fact.Settled(
                eventId, accounts.getFirst(), "key", "m", "m", 1, Fact.Tokens.NONE, false, clock.millis());
        UsageEvent event = new UsageEvent(Outbox.Delivery.of(settled), "api.tokens_used", "tokens", true);
        assertThat(client.ingest(List.of(event))).isInstanceOf(DodoClient.Result.Ok.class);
    }

    private WebhookReceiver receiver() {
        return new WebhookReceiver(
                new BillingSettings.Webhooks(List.of(SECRET)),
                "cde_1",
                1,
                books.thread,
                balances,
                customer -> customer.matches("cus_\\d+"),
                clock,
                BillingObserver.SILENT,
                executor);
    }

    private static void send(WebhookReceiver receiver, String type, ObjectNode data) throws Exception {
        ObjectNode envelope = JsonNodeFactory.instance.objectNode();
        envelope.put("type", type).set("data", data);
        String body = envelope.toString();
        long seconds = System.currentTimeMillis() / 1_000;
        String signature = new Webhook(SECRET).sign("msg_1", seconds, body);
        Headers headers = new Headers("msg_1", Long.toString(seconds), List.of(signature));
        int status = receiver.receive(headers, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS)
                .status();
        assertThat(status).isEqualTo(200);
    }
}
