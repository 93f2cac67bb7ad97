package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import dev.tollgate.billing.BillingObserver.WebhookOutcome;
import dev.tollgate.billing.WebhookReceiver.Answer;
import dev.tollgate.billing.WebhookReceiver.Headers;
import dev.tollgate.journal.Account;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookReceiverTest {
    private static final Account ALICE = Books.ALICE;
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String NEWER_SECRET = "whsec_c2Vjb25kIHNlY3JldCBvZiBhIHJvdGF0aW9u";
    private static final String FOREIGN_SECRET = "whsec_Zm9yZWlnbiBzZWNyZXQgb2Ygc29tZWJvZHk=";

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<WebhookOutcome> outcomes = new CopyOnWriteArrayList<>();
    private final List<String> types = new CopyOnWriteArrayList<>();
    private final AtomicInteger repeats = new AtomicInteger();
    private final BillingObserver observer = new BillingObserver() {
        @Override
        public void webhookEnded(String type, WebhookOutcome outcome) {
            types.add(type);
            outcomes.add(outcome);
        }

        @Override
        public void webhookRepeated(String type) {
            repeats.incrementAndGet();
        }
    };
    private int messages;
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private BalanceReader balances;
    private WebhookReceiver receiver;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        balances = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
        receiver = receiver(List.of(SECRET, NEWER_SECRET));
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private WebhookReceiver receiver(List<String> secrets) {
        return new WebhookReceiver(
                new BillingSettings.Webhooks(secrets),
                "cde_1",
                1,
                books.thread,
                balances,
                customer -> customer.equals("cus_alice"),
                clock,
                observer,
                executor);
    }

    private static long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    private static String sign(String secret, String id, long seconds, String body) throws Exception {
        return new Webhook(secret).sign(id, seconds, body);
    }

    private Answer send(Headers headers, String body) throws Exception {
        return receiver.receive(headers, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
    }

    private Answer send(String body) throws Exception {
        String id = "msg_" + messages++;
        long seconds = nowSeconds();
        return send(new Headers(id, Long.toString(seconds), List.of(sign(SECRET, id, seconds, body))), body);
    }

    private static String event(String type, JsonNode data) {
        ObjectNode envelope = JsonNodeFactory.instance.objectNode();
        envelope.put("business_id", "bus_1").put("type", type).put("timestamp", "2026-08-04T06:00:00Z");
        envelope.set("data", data);
        return envelope.toString();
    }

    private static String event(FakeDodo.Line line) {
        return event("credit.added", FakeDodo.json("cus_alice", line));
    }

    private static String subscription(String type, String customerId) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.putObject("customer").put("customer_id", customerId);
        return event(type, data);
    }

    private FakeDodo.Line grant() {
        return dodo.post("cus_alice", "credit_added", 1_000);
    }

    private void read() throws Exception {
        balances.refresh(ALICE).toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private long netUnits() {
        return books.look(ALICE).netUnits();
    }

    @Test
    void aCreditCountsBeforeTheAnswer() throws Exception {
        read();
        assertThat(send(event(grant())).status()).isEqualTo(200);
        assertThat(netUnits()).isEqualTo(1_000);
        assertThat(outcomes).containsExactly(WebhookOutcome.APPLIED);
        assertThat(types).containsExactly("credit.added");
    }

    @Test
    void theEffectIsInTheJournalWhenTheAnswerComes() throws Exception {
        read();
        send(event(grant()));
        List<Object> replayed = new ArrayList<>();
        books.thread.stop();
        books.journal.replay(replayed::add);
        assertThat(replayed).anyMatch(fact -> fact instanceof dev.tollgate.journal.Fact.EntryApplied);
    }

    @Test
    void eitherSecretOfARotationIsGood() throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        for (String secret : List.of(SECRET, NEWER_SECRET)) {
            String signature = sign(secret, "msg_1", nowSeconds(), body);
            assertThat(send(new Headers("msg_1", Long.toString(nowSeconds()), List.of(signature)), body)
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void oneGoodSignatureAmongSeveralIsEnoughInOneLineOrInMany() throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        long seconds = nowSeconds();
        String good = sign(SECRET, "msg_1", seconds, body);
        String foreign = sign(FOREIGN_SECRET, "msg_1", seconds, body);
        String time = Long.toString(seconds);
        assertThat(send(new Headers("msg_1", time, List.of(foreign + " " + good)), body)
                        .status())
                .isEqualTo(200);
        assertThat(send(new Headers("msg_1", time, List.of(foreign, good)), body)
                        .status())
                .isEqualTo(200);
        assertThat(send(new Headers("msg_1", time, List.of("v1a,abc", foreign, good)), body)
                        .status())
                .isEqualTo(200);
        assertThat(send(new Headers("msg_1", time, List.of(foreign)), body).status())
                .isEqualTo(401);
        assertThat(send(new Headers("msg_1", time, List.of()), body).status()).isEqualTo(401);
    }

    @Test
    void aForgedOrChangedMessageChangesNothing() throws Exception {
        read();
        String body = event(grant());
        long seconds = nowSeconds();
        String time = Long.toString(seconds);
        String foreign = sign(FOREIGN_SECRET, "msg_1", seconds, body);
        String good = sign(SECRET, "msg_1", seconds, body);
        assertThat(send(new Headers("msg_1", time, List.of(foreign)), body).status())
                .isEqualTo(401);
        assertThat(send(new Headers("msg_1", time, List.of(good)), body.replace("1000", "9999"))
                        .status())
                .isEqualTo(401);
        assertThat(send(new Headers("msg_2", time, List.of(good)), body).status())
                .isEqualTo(401);
        assertThat(send(new Headers("msg_1", Long.toString(seconds - 1), List.of(good)), body)
                        .status())
                .isEqualTo(401);
        assertThat(netUnits()).isZero();
        assertThat(outcomes).containsOnly(WebhookOutcome.UNVERIFIED);
    }

    @ParameterizedTest
    @ValueSource(longs = {-400, 400})
    void anOldOrPrematureMessageIsRefused(long offsetSeconds) throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        long seconds = nowSeconds() + offsetSeconds;
        String signature = sign(SECRET, "msg_1", seconds, body);
        assertThat(send(new Headers("msg_1", Long.toString(seconds), List.of(signature)), body)
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"msg.1", "", "msg 1", "msg_ä"})
    void anIdOfStrangeShapeIsRefusedEvenWhenSigned(String id) throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        long seconds = nowSeconds();
        String signature = sign(SECRET, id, seconds, body);
        assertThat(send(new Headers(id, Long.toString(seconds), List.of(signature)), body)
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v1,", ",", "v1,###", "v2,abc", " ", "v1,abc,def v1"})
    void aSignatureOfStrangeShapeIsRefused(String signature) throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        assertThat(send(new Headers("msg_1", Long.toString(nowSeconds()), List.of(signature)), body)
                        .status())
                .isEqualTo(401);
    }

    @Test
    void anOverlongIdIsRefused() throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        for (int length : List.of(128, 129)) {
            String id = "m".repeat(length);
            String signature = sign(SECRET, id, nowSeconds(), body);
            assertThat(send(new Headers(id, Long.toString(nowSeconds()), List.of(signature)), body)
                            .status())
                    .isEqualTo(length == 128 ? 200 : 401);
        }
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"+", "0", " "})
    void aTimestampHasOneSpelling(String prefix) throws Exception {
        String body = event("license_key.created", JsonNodeFactory.instance.objectNode());
        long seconds = nowSeconds();
        String signature = sign(SECRET, "msg_1", seconds, body);
        String time = prefix == null ? null : prefix + seconds;
        assertThat(send(new Headers("msg_1", time, List.of(signature)), body).status())
                .isEqualTo(401);
    }

    @Test
    void aBodyThatIsNotTextIsRefused() throws Exception {
        byte[] body = {'{', (byte) 0xff, '}'};
        String signature = sign(SECRET, "msg_1", nowSeconds(), new String(body, StandardCharsets.UTF_8));
        Headers headers = new Headers("msg_1", Long.toString(nowSeconds()), List.of(signature));
        assertThat(receiver.receive(headers, body)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS)
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aBodyLargerThanAnyWebhookIsRefused() throws Exception {
        Headers headers = new Headers("msg_1", "1", List.of());
        assertThat(receiver.receive(headers, new byte[(256 << 10) + 1])
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS)
                        .status())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"whsec_not base64!", "", "whsec_"})
    void aBadSecretIsSaidAtTheStartWithoutBeingTold(String secret) {
        assertThatThrownBy(() -> receiver(List.of(secret)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("DODO_PAYMENTS_WEBHOOK_KEY")
                .hasMessageNotContaining("not base64!")
                .hasNoCause();
    }

    @Test
    void withoutASecretNothingIsAccepted() throws Exception {
        receiver = receiver(List.of());
        assertThat(send(event(grant())).status()).isEqualTo(401);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyOrderAndAnyNumberOfDeliveriesGiveTheSameBalance(long seed) throws Exception {
        grant();
        read();
        books.settle("req_1", ALICE, 400);
        List<String> deliveries = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            clock.advance(1_000);
            boolean deducts = i % 3 != 0;
            FakeDodo.Line line =
                    dodo.post("cus_alice", deducts ? "credit_deducted" : "credit_added", deducts ? -50 : 100);
            deliveries.add(event("credit." + (deducts ? "deducted" : "added"), FakeDodo.json("cus_alice", line)));
        }
        deliveries.addAll(List.copyOf(deliveries));
        Collections.shuffle(deliveries, new Random(seed));
        for (String delivery : deliveries) {
            assertThat(send(delivery).status()).isEqualTo(200);
        }
        read();
        assertThat(netUnits()).isEqualTo(1_000 + 4 * 100 - 8 * 50);
        assertThat(books.look(ALICE).unreflectedUnits()).isZero();
        assertThat(books.drifts()).isZero();
    }

    @Test
    void aMissingEntryIsFetchedOnceALaterOneShowsTheGap() throws Exception {
        grant();
        read();
        clock.advance(10_000);
        dodo.post("cus_alice", "credit_added", 70);
        clock.advance(10_000);
        FakeDodo.Line seen = dodo.post("cus_alice", "credit_added", 5);
        assertThat(send(event(seen)).status()).isEqualTo(200);
        await().until(() -> netUnits() == 1_075);
    }

    @Test
    void anUnknownAccountIsReadInTheBackground() throws Exception {
        assertThat(send(event(grant())).status()).isEqualTo(200);
        assertThat(outcomes).containsExactly(WebhookOutcome.REFRESHED);
        await().until(() -> books.look(ALICE).known());
        assertThat(netUnits()).isEqualTo(1_000);
    }

    @Test
    void aWebhookDuringTheFirstReadingIsNotLost() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        grant();
        dodo.holdBalances = java.util.Optional.of(hold);
        var first = balances.refresh(ALICE).toCompletableFuture();
        await().until(() -> dodo.requests.stream().anyMatch(request -> request.endsWith("/balances/cus_alice")));
        clock.advance(1_000);
        assertThat(send(event(dodo.post("cus_alice", "credit_added", 70))).status())
                .isEqualTo(200);
        hold.countDown();
        first.get(30, TimeUnit.SECONDS);
        read();
        assertThat(netUnits()).isEqualTo(1_070);
        assertThat(books.drifts()).isZero();
    }

    @Test
    void strangersAndOtherCreditsAreNoConcern() throws Exception {
        FakeDodo.Line line = new FakeDodo.Line("e1", "credit_added", "payment", 0, 5, clock.instant());
        assertThat(send(event("credit.added", FakeDodo.json("cus_stranger", line)))
                        .status())
                .isEqualTo(200);
        assertThat(send(subscription("subscription.active", "cus_stranger")).status())
                .isEqualTo(200);
        ObjectNode other = FakeDodo.json("cus_alice", line).put("credit_entitlement_id", "cde_other");
        assertThat(send(event("credit.added", other)).status()).isEqualTo(200);
        assertThat(outcomes).containsOnly(WebhookOutcome.IGNORED);
        assertThat(dodo.requests).isEmpty();
    }

    @Test
    void aSubscriptionThatChangesChangesThePolicy() throws Exception {
        grant();
        read();
        assertThat(books.look(ALICE).availableUnits()).isEqualTo(1_000);
        dodo.subscriptions.put("sub_1", "active");
        dodo.overageEnabled = true;
        dodo.overageLimit = "250";
        assertThat(send(subscription("subscription.plan_changed", "cus_alice")).status())
                .isEqualTo(200);
        await().until(() -> books.look(ALICE).availableUnits() == 1_250);
    }

    @ParameterizedTest
    @ValueSource(strings = {"payment.succeeded", "refund.succeeded", "subscription.not_known_here"})
    void whatChangesTheTermsIsFollowedByAReading(String type) throws Exception {
        assertThat(send(subscription(type, "cus_alice")).status()).isEqualTo(200);
        await().until(() -> books.look(ALICE).known());
    }

    @ParameterizedTest
    @ValueSource(strings = {"license_key.created", "entitlement_grant.delivered", "refund.failed"})
    void whatHasNoEffectHereIsAcceptedAndCounted(String type) throws Exception {
        assertThat(send(event(type, JsonNodeFactory.instance.objectNode())).status())
                .isEqualTo(200);
        assertThat(types).containsExactly(type);
        assertThat(outcomes).containsExactly(WebhookOutcome.IGNORED);
    }

    @Test
    void aTypeOfTheFutureIsAcceptedUnderOneLabel() throws Exception {
        assertThat(send(event("credit.invented_later", JsonNodeFactory.instance.objectNode()))
                        .status())
                .isEqualTo(200);
        assertThat(types).containsExactly("other");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{}",
                "{\"type\":5}",
                "{\"type\":\"credit.added\"}",
                "{\"type\":\"credit.added\",\"type\":\"x\"}",
                "{\"type\":\"credit.added\",\"data\":{\"id\":\"e\",\"customer_id\":\"cus_alice\"}}",
                "{\"type\":\"subscription.active\",\"data\":{\"customer\":{}}}",
                "{\"type\":\"payment.succeeded\",\"data\":null}"
            })
    void aMalformedMessageIsSentBack(String body) throws Exception {
        assertThat(send(body).status()).isEqualTo(400);
        assertThat(outcomes).containsExactly(WebhookOutcome.MALFORMED);
    }

    @Test
    void aClosedLedgerMakesDodoTryAgain() throws Exception {
        read();
        String body = event(grant());
        books.thread.stop();
        assertThat(send(body).status()).isEqualTo(503);
        assertThat(outcomes).containsExactly(WebhookOutcome.UNAVAILABLE);
    }

    @Test
    void repeatedIdsAreCountedAndHarmless() throws Exception {
        read();
        String body = event(grant());
        long seconds = nowSeconds();
        Headers headers = new Headers("msg_1", Long.toString(seconds), List.of(sign(SECRET, "msg_1", seconds, body)));
        for (int i = 0; i < 3; i++) {
            assertThat(send(headers, body).status()).isEqualTo(200);
        }
        assertThat(repeats).hasValue(2);
        assertThat(netUnits()).isEqualTo(1_000);
        assertThat(outcomes)
                .containsExactly(WebhookOutcome.APPLIED, WebhookOutcome.NOTHING_NEW, WebhookOutcome.NOTHING_NEW);
    }

    @Test
    void tooManyAtOnceAreSentAway() throws Exception {
        CountDownLatch hold = new CountDownLatch(1);
        WebhookReceiver crowded = new WebhookReceiver(
                new BillingSettings.Webhooks(List.of(SECRET)),
                "cde_1",
                1,
                books.thread,
                balances,
                customer -> true,
                clock,
                observer,
                task -> executor.execute(() -> {
                    try {
                        hold.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    task.run();
                }));
        Headers headers = new Headers("msg_1", "1", List.of());
        List<java.util.concurrent.CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            answers.add(crowded.receive(headers, new byte[0]).toCompletableFuture());
        }
        assertThat(answers.getLast().get(30, TimeUnit.SECONDS).status()).isEqualTo(503);
        hold.countDown();
        assertThat(answers.getFirst().get(30, TimeUnit.SECONDS).status()).isEqualTo(401);
    }
}
