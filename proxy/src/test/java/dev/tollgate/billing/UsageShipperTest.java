package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.ExpectedErrors;
import dev.tollgate.billing.FakeDodo.Fault;
import dev.tollgate.billing.UsageShipper.Next;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageShipperTest {
    private static final Account ALICE = Books.ALICE;
    private static final long MINUTE_MILLIS = 60_000;

    @RegisterExtension
    final ExpectedErrors errors = new ExpectedErrors();

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final Heard heard = new Heard();
    private Books books;
    private FakeDodo dodo;
    private DodoClient client;
    private UsageShipper shipper;

    /** Remembers what the observer was told. */
    private static final class Heard implements BillingObserver {
        private final AtomicInteger shipped = new AtomicInteger();
        private final AtomicInteger quarantined = new AtomicInteger();
        private final List<Boolean> blocked = new CopyOnWriteArrayList<>();
        private final List<BatchOutcome> batches = new CopyOnWriteArrayList<>();

        @Override
        public void eventsShipped(int events) {
            shipped.addAndGet(events);
        }

        @Override
        public void eventQuarantined(Account account) {
            quarantined.incrementAndGet();
        }

        @Override
        public void shippingBlocked(boolean now) {
            blocked.add(now);
        }

        @Override
        public void batchEnded(BatchOutcome outcome) {
            batches.add(outcome);
        }
    }

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        books = new Books(folder, clock);
        books.open(ALICE, 1_000_000);
        dodo = new FakeDodo(clock);
        client = DodoClientTest.client(dodo, clock, 10_000, executor);
        shipper = shipper(200, 1_000);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        dodo.close();
        books.close();
        executor.shutdownNow();
    }

    private UsageShipper shipper(int batchEvents, long lingerMillis) {
        return new UsageShipper(
                books.outbox(),
                books.thread,
                client,
                new BillingSettings.Shipping("api.tokens_used", "tokens", batchEvents, lingerMillis),
                clock,
                new Random(1),
                heard,
                Thread.ofVirtual().factory());
    }

    /** Goes on until nothing waits, skipping every pause. Answers how long the pauses were together. */
    private long drain() throws Exception {
        long begunMillis = clock.millis();
        for (int rounds = 0; rounds < 200; rounds++) {
            switch (shipper.round(true)) {
                case Next.Idle ignored -> {
                    return clock.millis() - begunMillis;
                }
                case Next.Later later -> clock.advance(later.millis());
                case Next.Again ignored -> {}
                case Next.End ignored -> throw new AssertionError("ended");
            }
        }
        throw new AssertionError("never idle");
    }

    private void assertEverythingArrivedOnce(int requests) {
        List<String> ids =
                IntStream.range(0, requests).mapToObj(i -> "req_" + i).toList();
        assertThat(dodo.events.keySet()).containsExactlyInAnyOrderElementsOf(ids);
        assertThat(books.ingested()).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void anEventTellsWhatTheJournalKnows() throws Exception {
        books.settle("req_0", ALICE, 1532);
        drain();
        JsonNode event = dodo.event("req_0");
        assertThat(event.get("customer_id").textValue()).isEqualTo("cus_alice");
        assertThat(event.get("event_name").textValue()).isEqualTo("api.tokens_used");
        assertThat(event.get("timestamp").textValue()).isEqualTo(clock.instant().toString());
        JsonNode metadata = event.get("metadata");
        assertThat(metadata.get("tokens").isIntegralNumber()).isTrue();
        assertThat(metadata.get("tokens").longValue()).isEqualTo(1532);
        assertThat(metadata.get("totalTokens").longValue()).isEqualTo(1532);
        assertThat(metadata.get("inputTokens").longValue()).isEqualTo(1532);
        assertThat(metadata.get("outputTokens").longValue()).isZero();
        assertThat(metadata.get("cachedTokens").longValue()).isZero();
        assertThat(metadata.get("reasoningTokens").longValue()).isZero();
        assertThat(metadata.get("model").textValue()).isEqualTo("gpt-5");
        assertThat(metadata.get("modelAnswered").textValue()).isEqualTo("gpt-5-2026");
        assertThat(metadata.get("requestId").textValue()).isEqualTo("req_0");
        assertThat(metadata.get("keyId").textValue()).isEqualTo("key_1");
        assertThat(metadata.get("estimated").isBoolean()).isTrue();
        assertThat(metadata.get("occurredAt").textValue())
                .isEqualTo(clock.instant().toString());
    }

    @Test
    void theMetersPropertyCarriesUnitsWhateverItIsCalled() {
        Fact.Settled settled =
                new Fact.Settled("r", ALICE, "k", "m".repeat(600), null, 9, new Fact.Tokens(1, 2, 3, 0, 0), true, 0);
        JsonNode own = new UsageEvent(Outbox.Delivery.of(settled), "e", "units", true)
                .json()
                .get("metadata");
        assertThat(own.get("units").longValue()).isEqualTo(9);
        assertThat(own.get("tokens").longValue()).isEqualTo(3);
        JsonNode shared = new UsageEvent(Outbox.Delivery.of(settled), "e", "totalTokens", true)
                .json()
                .get("metadata");
        assertThat(shared.get("totalTokens").longValue()).isEqualTo(9);
        assertThat(shared.get("model").textValue()).hasSize(500);
    }

    @Test
    void requestsThatUsedNothingAreToldToo() throws Exception {
        books.settle("req_0", ALICE, 0);
        drain();
        assertEverythingArrivedOnce(1);
    }

    @Test
    void everythingGoesInBatchesInTheOrderOfTheJournal() throws Exception {
        shipper = shipper(10, 1_000);
        books.settleMany(25);
        drain();
        assertEverythingArrivedOnce(25);
        assertThat(dodo.batches).extracting(List::size).containsExactly(10, 10, 5);
        assertThat(dodo.batches.stream().flatMap(List::stream))
                .containsExactlyElementsOf(
                        IntStream.range(0, 25).mapToObj(i -> "req_" + i).toList());
        assertThat(heard.shipped).hasValue(25);
    }

    @Test
    void aBatchWithRoomLingersAndAFullOneGoesAtOnce() throws Exception {
        shipper = shipper(3, 1_000);
        books.settle("req_0", ALICE, 1);
        clock.advance(300);
        assertThat(shipper.round(false)).isEqualTo(new Next.Later(700));
        assertThat(dodo.batches).isEmpty();
        books.settle("req_1", ALICE, 1);
        books.settle("req_2", ALICE, 1);
        assertThat(shipper.round(false)).isInstanceOf(Next.Again.class);
        books.settle("req_3", ALICE, 1);
        clock.advance(1_000);
        assertThat(shipper.round(false)).isInstanceOf(Next.Again.class);
        assertThat(shipper.round(false)).isInstanceOf(Next.Idle.class);
        assertThat(dodo.batches).hasSize(2);
    }

    @Test
    void aLostAnswerIsFollowedByTheSameIdsAndBilledOnce() throws Exception {
        books.settleMany(3);
        dodo.faults.add(new Fault.LoseAnswer());
        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);
        assertThat(books.ingested()).isEmpty();
        books.settle("req_3", ALICE, 1);
        drain();
        assertEverythingArrivedOnce(4);
        assertThat(dodo.batches.get(1)).containsAll(dodo.batches.get(0));
    }

    @Test
    void whatWasSentBeforeACrashIsSentAgainUnderTheSameIds() throws Exception {
        books.settleMany(3);
        dodo.faults.add(new Fault.LoseAnswer());
        shipper.round(true);
        shipper = shipper(200, 0);
        drain();
        assertEverythingArrivedOnce(3);
    }

    @Test
    void anOutageIsWaitedOutWithGrowingPauses() throws Exception {
        books.settleMany(3);
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            dodo.fail(500, "");
            Next.Later later = (Next.Later) shipper.round(true);
            assertThat(shipper.round(true)).isEqualTo(later);
            pauses.add(later.millis());
            clock.advance(later.millis());
        }
        assertThat(pauses.getFirst()).isBetween(250L, 500L);
        assertThat(pauses.get(3)).isBetween(2_000L, 4_000L);
        assertThat(pauses).allMatch(millis -> millis <= 60_000);
        assertThat(pauses.getLast()).isGreaterThanOrEqualTo(30_000);
        assertThat(dodo.batches).isEmpty();
        drain();
        assertEverythingArrivedOnce(3);
    }

    @Test
    void afterAnOutageOfHoursEventsGoWithoutTheirTimestamp() throws Exception {
        books.settleMany(2);
        long settledMillis = clock.millis();
        clock.advance(50 * MINUTE_MILLIS + 1);
        books.settle("req_2", ALICE, 1);
        drain();
        assertEverythingArrivedOnce(3);
        assertThat(dodo.event("req_0").has("timestamp")).isFalse();
        assertThat(dodo.event("req_0").at("/metadata/occurredAt").textValue())
                .isEqualTo(java.time.Instant.ofEpochMilli(settledMillis).toString());
        assertThat(dodo.event("req_2").has("timestamp")).isTrue();
    }

    @Test
    void atFiftyMinutesTheTimestampStillGoes() throws Exception {
        books.settle("req_0", ALICE, 1);
        clock.advance(50 * MINUTE_MILLIS);
        drain();
        assertThat(dodo.event("req_0").has("timestamp")).isTrue();
    }

    @Test
    void whenDodoRefusesFreshTimestampsTheyAreLeftOut() throws Exception {
        dodo.refuseDated = true;
        books.settleMany(64);
        drain();
        assertEverythingArrivedOnce(64);
        assertThat(books.quarantined()).isEmpty();
        assertThat(dodo.batches).as("found out once, not for every event").hasSizeLessThan(20);
    }

    @Test
    void dodoIsGivenTheTimeItAsksFor() throws Exception {
        books.settleMany(2);
        dodo.fail(429, "Retry-After", "90");
        assertThat(shipper.round(true)).isEqualTo(new Next.Later(90_000));
        assertThat(heard.batches).containsExactly(BillingObserver.BatchOutcome.LIMITED);
        drain();
        assertEverythingArrivedOnce(2);
    }

    @Test
    void withoutANamedTimeARateLimitBacksOff() throws Exception {
        books.settleMany(2);
        dodo.fail(429, "");
        assertThat(((Next.Later) shipper.round(true)).millis()).isBetween(250L, 500L);
        drain();
        assertEverythingArrivedOnce(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 404})
    void aWrongKeyOrAddressLosesNothingAndIsSaidOnce(int status) throws Exception {
        books.settleMany(5);
        for (int i = 0; i < 3; i++) {
            dodo.fail(status, "");
            assertThat(shipper.round(true)).isEqualTo(new Next.Later(60_000));
            clock.advance(60_000);
        }
        assertThat(heard.blocked).containsExactly(true);
        assertThat(shipper.progress().blocked()).isTrue();
        assertThat(shipper.progress().lastProblem()).contains(Integer.toString(status));
        drain();
        errors.said("Dodo takes none");
        assertThat(heard.blocked).containsExactly(true, false);
        assertThat(shipper.progress().blocked()).isFalse();
        assertThat(shipper.progress().lastProblem()).isNull();
        assertThat(books.quarantined()).isEmpty();
        assertEverythingArrivedOnce(5);
    }

    @Test
    void aMerchantWhoIsNotLiveLosesNothing() throws Exception {
        books.settle("req_0", ALICE, 1);
        dodo.fail(400, "{\"code\":\"MERCHANT_NOT_LIVE\"}");
        shipper.round(true);
        errors.said("Dodo takes none");
        assertThat(heard.blocked).containsExactly(true);
        drain();
        assertEverythingArrivedOnce(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 24})
    void onePoisonEventIsSetAsideAndTheRestGoOn(int poison) throws Exception {
        books.settleMany(25);
        dodo.poisonIds.add("req_" + poison);
        drain();
        assertThat(dodo.events).hasSize(24).doesNotContainKey("req_" + poison);
        assertThat(books.ingested()).hasSize(24).doesNotContain("req_" + poison);
        assertThat(books.quarantined()).singleElement().satisfies(fact -> {
            assertThat(fact.requestId()).isEqualTo("req_" + poison);
            assertThat(fact.reason()).contains("400").contains("INVALID_REQUEST_BODY");
        });
        errors.said("is set aside, Dodo refuses it: 400");
        assertThat(heard.quarantined).hasValue(1);
        assertThat(books.look(ALICE).usedUnits()).as("it still counts").isEqualTo(25);
        assertThat(books.outbox().pendingCount()).isZero();
    }

    @Test
    void severalPoisonEventsAreAllSetAside() throws Exception {
        books.settleMany(16);
        List<String> poison = List.of("req_0", "req_1", "req_9", "req_15");
        dodo.poisonIds.addAll(poison);
        drain();
        errors.said("is set aside");
        assertThat(books.quarantined()).extracting(Fact.Quarantined::requestId).containsExactlyElementsOf(poison);
        assertThat(books.ingested()).hasSize(12);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 409, 413, 422})
    void aRefusalThatDoesNotLastLosesNothing(int status) throws Exception {
        books.settleMany(4);
        dodo.fail(status, "");
        drain();
        assertEverythingArrivedOnce(4);
        assertThat(books.quarantined()).isEmpty();
        assertThat(heard.batches.getFirst()).isEqualTo(BillingObserver.BatchOutcome.REFUSED);
    }

    @Test
    void whatDodoHasButRefusesNowIsFoundByLookingItUp() throws Exception {
        books.settleMany(6);
        dodo.faults.add(new Fault.LoseAnswer());
        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);
        List.of("req_0", "req_1", "req_2", "req_3", "req_4", "req_5").forEach(dodo.poisonIds::add);
        drain();
        assertEverythingArrivedOnce(6);
        assertThat(books.quarantined()).isEmpty();
        assertThat(dodo.batches).as("looked up instead of taken apart").hasSize(2);
    }

    @Test
    void aSingleRefusedEventThatDodoHasIsAcknowledgedEvenAfterACrash() throws Exception {
        books.settle("req_0", ALICE, 1);
        dodo.faults.add(new Fault.LoseAnswer());
        shipper.round(true);
        dodo.poisonIds.add("req_0");
        shipper = shipper(200, 0);
        drain();
        assertEverythingArrivedOnce(1);
        assertThat(books.quarantined()).isEmpty();
    }

    @Test
    void nothingIsSetAsideWhileLookingUpFails() throws Exception {
        books.settle("req_0", ALICE, 1);
        dodo.fail(400, "");
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }
        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);
        assertThat(books.quarantined()).isEmpty();
        drain();
        assertEverythingArrivedOnce(1);
    }

    @Test
    void aDoubtfulBatchWaitsWhileLookingUpFails() throws Exception {
        books.settleMany(2);
        dodo.faults.add(new Fault.LoseAnswer());
        clock.advance(((Next.Later) shipper.round(true)).millis());
        dodo.fail(400, "");
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }
        assertThat(shipper.round(true)).isInstanceOf(Next.Later.class);
        assertThat(dodo.batches).as("nothing is sent on before it is known").hasSize(1);
        drain();
        assertEverythingArrivedOnce(2);
    }

    @Test
    void progressTellsWhatWaitsAndSinceWhen() throws Exception {
        shipper = shipper(2, 0);
        books.settleMany(5);
        long settledMillis = clock.millis();
        clock.advance(5_000);
        dodo.fail(500, "");
        shipper.round(true);
        assertThat(shipper.progress()).isEqualTo(new UsageShipper.Progress(5, 0, settledMillis, 0, "500  ", false));
        drain();
        assertThat(shipper.progress().pendingEvents()).isZero();
        assertThat(shipper.progress().oldestPendingMillis()).isZero();
        assertThat(shipper.progress().lastSuccessMillis()).isGreaterThan(settledMillis);
    }

    @Test
    void aClosedLedgerEndsShippingWithoutNotingAnything() throws Exception {
        books.settleMany(2);
        books.thread.stop();
        assertThat(shipper.round(true)).isInstanceOf(Next.End.class);
        assertThat(books.outbox().pendingCount()).isEqualTo(2);
    }

    @Test
    void theThreadShipsWhatItIsToldOf() throws Exception {
        shipper = shipper(200, 0);
        shipper.start();
        for (int i = 0; i < 20; i++) {
            books.settle("req_" + i, ALICE, 1);
            shipper.signal();
        }
        await().until(() -> books.ingested().size() == 20);
        assertEverythingArrivedOnce(20);
        shipper.stop();
    }

    @Test
    void anIdleThreadAsksNothing() throws Exception {
        shipper.start();
        assertThat(shipper.flush(clock.instant().plusSeconds(20))).isTrue();
        assertThat(dodo.requests).isEmpty();
        shipper.stop();
    }

    @Test
    void aFlushShipsWhatLingersBeforeTheDeadline() throws Exception {
        shipper = shipper(200, 600_000);
        shipper.start();
        books.settleMany(5);
        shipper.signal();
        assertThat(shipper.flush(clock.instant().plusSeconds(20))).isTrue();
        assertEverythingArrivedOnce(5);
        shipper.stop();
    }

    @Test
    void aFlushIsNoticedAtWhateverMomentItBegins() throws Exception {
        shipper = shipper(200, 600_000);
        shipper.start();
        for (int i = 0; i < 200; i++) {
            books.settle("req_" + i, ALICE, 1);
            shipper.signal();
            assertThat(shipper.flush(clock.instant().plusSeconds(20))).isTrue();
        }
        assertEverythingArrivedOnce(200);
        shipper.stop();
    }

    @Test
    void aFlushGivesUpAtItsDeadlineAndLosesNothing() throws Exception {
        dodo.faults.add(new Fault.Stall());
        shipper.start();
        books.settleMany(5);
        assertThat(shipper.flush(clock.instant().plusMillis(100))).isFalse();
        shipper.stop();
        assertThat(books.outbox().pendingCount()).isEqualTo(5);
    }
}
