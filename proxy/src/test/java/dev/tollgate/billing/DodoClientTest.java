package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.billing.DodoClient.Result;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import dev.tollgate.ledger.Reading;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DodoClientTest {
    private static final Account ALICE = Books.ALICE;

    private final MovableClock clock = new MovableClock();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private FakeDodo dodo;
    private DodoClient client;

    static DodoClient client(FakeDodo dodo, MovableClock clock, long timeoutMillis, ExecutorService executor) {
        BillingSettings.Dodo settings = new BillingSettings.Dodo(
                dodo.uri(), "dodo_test_secret", timeoutMillis, 1, BillingSettings.RateLimit.SMALLEST);
        return new DodoClient(settings, clock, clock, new Random(1), executor);
    }

    @BeforeEach
    void start() throws Exception {
        dodo = new FakeDodo(clock);
        client = client(dodo, clock, 10_000, executor);
    }

    @AfterEach
    void stop() {
        client.close();
        dodo.close();
        executor.shutdownNow();
    }

    private static UsageEvent event(String id) {
        return new UsageEvent(
                Outbox.Delivery.of(new Fact.Settled(id, ALICE, "key_1", "gpt-5", null, 5, Fact.Tokens.NONE, false, 0)),
                "api.tokens_used",
                "tokens",
                false);
    }

    @Test
    void theKeyGoesToDodoAndNowhereElse() {
        client.customer("cus_1");
        assertThat(dodo.authorizations).containsOnly("Bearer dodo_test_secret");
        BillingSettings.Dodo settings =
                new BillingSettings.Dodo(dodo.uri(), "dodo_test_secret", 1, 1, BillingSettings.RateLimit.SMALLEST);
        assertThat(settings.toString()).doesNotContain("secret");
        assertThat(new BillingSettings.Webhooks(List.of("whsec_abc")).toString())
                .doesNotContain("whsec");
    }

    @Test
    void aKeyThatIsNoHeaderIsRefusedWithoutBeingTold() {
        assertThatThrownBy(() ->
                        new BillingSettings.Dodo(dodo.uri(), "dodo_secret\n", 1, 1, BillingSettings.RateLimit.SMALLEST))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>no</html>", "[]", "{\"code\":5}", "{\"message\":null}"})
    void anErrorNeedsNoJson(String body) {
        dodo.fail(401, body);
        assertThat(client.ingest(List.of(event("e")))).isEqualTo(new Result.Refused<>(401, "", "", 0));
    }

    @Test
    void anErrorIsToldWithoutControlCharactersAndInBoundedLength() {
        dodo.fail(400, "{\"code\":\"BAD\",\"message\":\"a\\nb" + "x".repeat(2_000) + "\"}");
        assertThat(client.ingest(List.of(event("e")))).isInstanceOfSatisfying(Result.Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo("BAD");
            assertThat(refused.message()).startsWith("a bx").hasSize(300);
        });
    }

    @Test
    void readsAreRepeatedTwiceWhenDodoIsBroken() {
        dodo.fail(503, "");
        dodo.fail(500, "");
        long beforeMillis = clock.millis();
        assertThat(client.hasEvent("e")).isEqualTo(new Result.Ok<>(false));
        assertThat(clock.millis() - beforeMillis).isBetween(750L, 1_500L);
        for (int i = 0; i < 3; i++) {
            dodo.fail(503, "");
        }
        assertThat(client.hasEvent("e")).isEqualTo(new Result.Refused<>(503, "", "", 0));
    }

    @Test
    void reportingUsageIsNeverRepeatedHere() {
        dodo.fail(503, "");
        assertThat(client.ingest(List.of(event("e")))).isInstanceOf(Result.Refused.class);
        dodo.faults.add(new FakeDodo.Fault.LoseAnswer());
        assertThat(client.ingest(List.of(event("e")))).isInstanceOf(Result.Unreachable.class);
        assertThat(dodo.requests).hasSize(2);
    }

    @Test
    void anAnswerThatNeverComesIsGivenUp() {
        DodoClient hasty = client(dodo, clock, 150, executor);
        dodo.faults.add(new FakeDodo.Fault.Stall());
        assertThat(hasty.ingest(List.of(event("e")))).isInstanceOf(Result.Unreachable.class);
        hasty.close();
    }

    @Test
    void aBodyLargerThanAnyAnswerIsGivenUp() {
        dodo.fail(200, "{\"x\":\"" + "y".repeat(9 << 20) + "\"}");
        assertThat(client.ingest(List.of(event("e")))).isInstanceOf(Result.Unreachable.class);
    }

    @Test
    void anAnswerThatCannotBeReadIsNoAnswer() {
        dodo.fail(200, "{\"balance\":\"lots\",\"updated_at\":\"2026-01-01T00:00:00Z\"}");
        assertThat(client.balance(ALICE))
                .isInstanceOfSatisfying(
                        Result.Unreachable.class,
                        unreachable -> assertThat(unreachable.reason())
                                .contains("balance")
                                .doesNotContain("lots"));
    }

    @Test
    void oneIdCannotBeTwiceInABatch() {
        assertThatThrownBy(() -> client.ingest(List.of(event("e"), event("e"))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(dodo.requests).isEmpty();
    }

    @Test
    void retryAfterHoldsBackEveryCall() {
        dodo.fail(429, "Retry-After", "7");
        assertThat(client.ingest(List.of(event("e")))).isEqualTo(new Result.Refused<>(429, "", "", 7_000));
        long beforeMillis = clock.millis();
        client.hasEvent("e");
        assertThat(clock.millis() - beforeMillis).isEqualTo(7_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEmptyAllowanceHoldsBackTheNextCallUntilItsReset(boolean epoch) {
        String reset = epoch ? Long.toString(clock.millis() / 1000 + 5) : "5";
        dodo.faults.add(new FakeDodo.Fault.Say(
                200, java.util.Map.of("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset), "{}"));
        client.ingest(List.of(event("e")));
        long beforeMillis = clock.millis();
        client.hasEvent("e");
        assertThat(clock.millis() - beforeMillis).isBetween(4_000L, 5_000L);
    }

    @Test
    void callsKeepWithinTheRateLimit() {
        long beforeMillis = clock.millis();
        for (int i = 0; i < 41; i++) {
            client.hasEvent("e");
        }
        assertThat(clock.millis() - beforeMillis).isEqualTo(1_000);
        for (int i = 0; i < 199; i++) {
            assertThat(client.ingest(List.of(event("e" + i)))).isInstanceOf(Result.Ok.class);
        }
        assertThat(client.ingest(List.of(event("late"))))
                .isInstanceOfSatisfying(
                        Result.Refused.class,
                        refused -> assertThat(refused.retryAfterMillis()).isGreaterThan(10_000));
        assertThat(dodo.events).doesNotContainKey("late");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 10, 11, 15, 99, 100, 101, 200, 250})
    void everyPageOfALedgerIsRead(int lines) {
        for (int i = 0; i < lines; i++) {
            dodo.post("cus_alice", "credit_added", 1);
        }
        Result<List<Reading.Entry>> result = client.ledger(ALICE, 0);
        assertThat(result)
                .isInstanceOfSatisfying(
                        Result.Ok.class,
                        ok -> assertThat(((List<?>) ok.value())
                                        .stream()
                                                .map(entry -> ((Reading.Entry) entry).id())
                                                .distinct())
                                .hasSize(lines));
    }

    @Test
    void aListThatGrowsWhileItIsReadShowsEveryEntryOnce() {
        for (int i = 0; i < 150; i++) {
            dodo.post("cus_alice", "credit_added", 1);
        }
        dodo.beforeLedger.add(() -> {});
        dodo.beforeLedger.add(() -> dodo.post("cus_alice", "credit_added", 1));
        assertThat(client.ledger(ALICE, 0))
                .isInstanceOfSatisfying(
                        Result.Ok.class,
                        ok -> assertThat(((List<?>) ok.value()).stream().map(entry -> ((Reading.Entry) entry).id()))
                                .doesNotHaveDuplicates()
                                .hasSize(150));
    }

    @Test
    void balancesAreReadAsStringsAndAsNumbers() {
        dodo.post("cus_alice", "credit_added", 100_000);
        for (boolean numbers : List.of(true, false)) {
            dodo.numbers = numbers;
            assertThat(client.balance(ALICE))
                    .isInstanceOfSatisfying(
                            Result.Ok.class,
                            ok -> assertThat(((Optional<?>) ok.value())
                                            .map(balance -> ((DodoClient.Balance) balance).balanceUnits()))
                                    .contains(100_000L));
        }
    }

    @Test
    void whatDodoDoesNotKnowIsEmpty() {
        assertThat(client.balance(ALICE)).isEqualTo(new Result.Ok<>(Optional.empty()));
        assertThat(client.customer("cus_x")).isEqualTo(new Result.Ok<>(Optional.empty()));
        assertThat(client.subscription("sub_x")).isEqualTo(new Result.Ok<>(Optional.empty()));
    }

    @Test
    void anIdCannotReachAnotherPath() {
        client.hasEvent("../credit-entitlements?x=1#y");
        assertThat(dodo.requests).containsExactly("GET /events/..%2Fcredit-entitlements%3Fx%3D1%23y");
    }
}
