package dev.tollgate.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Snapshotted;
import dev.tollgate.limits.Restrictions.Budget;
import dev.tollgate.limits.Restrictions.Period;
import dev.tollgate.openai.ApiError;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LimiterTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    private final Spending spending = new Spending();
    private long nanos = 1_000_000_000L;
    private Instant now = Instant.parse("2026-11-22T15:00:00Z");
    private final Map<String, String> plans = new HashMap<>();
    private final Limiter limiter =
            new Limiter(spending, key -> plans.getOrDefault(key, "default"), () -> now, () -> nanos);

    @Test
    void aSnapshotOfSpendingLeavesNothingOut() {
        Snapshotted.assertKeepsFields(Spending.Snapshot.class, Set.of(), Spending.class);
        Snapshotted.assertKeepsAll(new Spending());
    }

    @Test
    void requestsBeyondTheRateAreRefusedUntilTimeHasPassed() {
        Scope scope = key(requests(3));
        for (int i = 0; i < 3; i++) {
            assertThat(begin(scope).begun).isTrue();
        }

        Step refused = begin(scope);
        assertThat(refused.error.status()).isEqualTo(429);
        assertThat(refused.error.type()).isEqualTo("requests");
        assertThat(refused.error.code()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.error.retry()).isEqualTo(new ApiError.Retry.After(20));
        assertThat(headers(refused.pass))
                .containsEntry("x-ratelimit-limit-requests", "3")
                .containsEntry("x-ratelimit-remaining-requests", "0")
                .containsEntry("x-ratelimit-reset-requests", "1m0s");

        pass(Duration.ofSeconds(20));
        assertThat(begin(scope).begun).isTrue();
        assertThat(begin(scope).begun).isFalse();
        pass(Duration.ofMinutes(2));
        assertThat(headers(begin(scope).pass)).containsEntry("x-ratelimit-remaining-requests", "2");
    }

    @Test
    void aPlanIsSharedByTheKeysOfOneCustomerAndNobodyElse() {
        Scope plan = new Scope(Scope.Kind.PLAN, "cus_1", "default", requests(2));
        Scope roomy = key(requests(100));
        Scope narrow = new Scope(Scope.Kind.KEY, "cus_1", "other", requests(1));
        Step first = begin(plan, roomy);
        assertThat(headers(first.pass)).containsEntry("x-ratelimit-limit-requests", "2");
        assertThat(begin(plan, narrow).begun).isTrue();

        assertThat(begin(plan, roomy).error.message()).contains("Limit 2");
        assertThat(begin(narrow).error.message()).contains("Limit 1");
        assertThat(begin(new Scope(Scope.Kind.PLAN, "cus_2", "default", requests(2))).begun)
                .isTrue();
    }

    @Test
    void whoIsRefusedByOneScopeTakesNothingFromTheOther() {
        Scope roomy = new Scope(Scope.Kind.PLAN, "cus_1", "default", requests(10));
        Scope narrow = key(requests(1));
        begin(roomy, narrow);
        for (int i = 0; i < 20; i++) {
            assertThat(begin(roomy, narrow).begun).isFalse();
        }
        assertThat(headers(begin(roomy).pass)).containsEntry("x-ratelimit-remaining-requests", "8");
    }

    @Test
    void theLikelyTokensAreTakenFirstAndTheRealOnesInTheEnd() {
        Scope scope = key(tokens(1_000));
        Pass little = begin(scope).pass;
        assertThat(little.take("m", 600)).isEmpty();
        assertThat(headers(little)).containsEntry("x-ratelimit-remaining-tokens", "400");
        assertThat(begin(scope).pass.take("m", 401).orElseThrow().type()).isEqualTo("tokens");
        little.end(OptionalLong.of(100));

        Pass much = begin(scope).pass;
        assertThat(much.take("m", 800)).isEmpty();
        assertThat(headers(much)).containsEntry("x-ratelimit-remaining-tokens", "100");
        much.end(OptionalLong.of(1_300));

        ApiError refused = begin(scope).pass.take("m", 100).orElseThrow();
        assertThat(refused.retry()).isEqualTo(new ApiError.Retry.After(30));
        pass(Duration.ofSeconds(31));
        assertThat(begin(scope).pass.take("m", 100)).isEmpty();
    }

    @Test
    void nothingUsedGivesAllBackAndNothingKnownKeepsTheEstimate() {
        Scope scope = key(tokens(1_000));
        Pass void_ = begin(scope).pass;
        void_.take("m", 900);
        void_.end();
        Pass unknown = begin(scope).pass;
        assertThat(unknown.take("m", 1_000)).isEmpty();
        unknown.end(OptionalLong.empty());
        unknown.end();

        assertThat(begin(scope).pass.take("m", 1)).isPresent();
    }

    @Test
    void nobodyOwesMoreThanAMinute() {
        Scope scope = key(tokens(1_000));
        Pass huge = begin(scope).pass;
        huge.take("m", 1_000);
        huge.end(OptionalLong.of(50_000_000));

        assertThat(begin(scope).pass.take("m", 1).orElseThrow().retry()).isEqualTo(new ApiError.Retry.After(60));
        pass(Duration.ofSeconds(61));
        assertThat(begin(scope).pass.take("m", 1)).isEmpty();
    }

    @Test
    void whatCanNeverFitIsNotToBeRetried() {
        ApiError error = begin(key(tokens(1_000))).pass.take("m", 1_001).orElseThrow();

        assertThat(error.status()).isEqualTo(429);
        assertThat(error.retry()).isEqualTo(new ApiError.Retry.Never());
    }

    @Test
    void runningRequestsAreCountedOnceHoweverTheyEnd() {
        Scope scope = key(new Restrictions(0, 0, 2, List.of(), null));
        Pass one = begin(scope).pass;
        Pass two = begin(scope).pass;
        Step three = begin(scope);
        assertThat(three.error.code()).isEqualTo("too_many_concurrent_requests");
        three.pass.end();
        three.pass.end();
        assertThat(begin(scope).begun).isFalse();

        one.end();
        one.end();
        Pass four = begin(scope).pass;
        assertThat(begin(scope).begun).isFalse();
        two.end();
        four.end();
        assertThat(begin(scope).begun).isTrue();
    }

    @Test
    void noMoreThanAllowedGetInFromManyThreads() throws Exception {
        Scope scope = key(new Restrictions(50, 0, 30, List.of(), null));
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> begun = threads.invokeAll(IntStream.range(0, 400)
                    .mapToObj(i -> (java.util.concurrent.Callable<Boolean>) () -> begin(scope).begun)
                    .toList());
            int count = 0;
            for (Future<Boolean> one : begun) {
                count += one.get() ? 1 : 0;
            }
            assertThat(count).isEqualTo(30);
        }
    }

    @Test
    void aChangedRateTakesEffectAtOnceAndKeepsWhatWasUsed() {
        Scope before = key(requests(10));
        for (int i = 0; i < 5; i++) {
            begin(before);
        }

        assertThat(headers(begin(key(requests(100))).pass)).containsEntry("x-ratelimit-remaining-requests", "49");
        assertThat(headers(begin(key(requests(4))).pass)).containsEntry("x-ratelimit-limit-requests", "4");
    }

    @Test
    void modelsAreNamesOrBeginnings() {
        Pass pass = begin(key(new Restrictions(0, 0, 0, List.of("gpt-4o", "o3*"), null))).pass;

        assertThat(Stream.of("gpt-4o", "o3", "o3-mini").map(model -> pass.take(model, 1)))
                .allMatch(error -> error.isEmpty());
        ApiError error = pass.take("gpt-4o-mini", 1).orElseThrow();
        assertThat(error.status()).isEqualTo(404);
        assertThat(error.code()).isEqualTo("model_not_found");
        assertThat(begin(key(Restrictions.NONE)).pass.take("anything", 1)).isEmpty();
    }

    @Test
    void aBudgetLastsForItsPeriodOfTheCalendar() {
        spend("key", 60, "2026-11-22T23:59:59.999Z");
        for (Period period : Period.values()) {
            now = Instant.parse("2026-11-22T23:59:59.999Z");
            assertThat(begin(budget(61, period)).begun).isTrue();
            assertThat(begin(budget(60, period)).error.code()).isEqualTo("budget_exhausted");
            assertThat(begin(budget(60, period)).error.retry()).isEqualTo(new ApiError.Retry.Never());
        }
        assertThat(begin(budget(60, Period.DAY)).error.message()).contains("2026-11-23T00:00:00Z");
        assertThat(begin(budget(60, Period.MONTH)).error.message()).contains("2026-12-01T00:00:00Z");

        now = Instant.parse("2026-11-23T00:00:00Z");
        assertThat(begin(budget(60, Period.DAY)).begun).isTrue();
        assertThat(begin(budget(60, Period.WEEK)).begun).as("that was a Sunday").isTrue();
        assertThat(begin(budget(60, Period.MONTH)).begun).isFalse();
        now = Instant.parse("2026-12-01T00:00:00Z");
        assertThat(begin(budget(60, Period.MONTH)).begun).isTrue();
    }

    @Test
    void aWeekThatBeganLastMonthIsRemembered() {
        spend("key", 60, "2026-11-30T10:00:00Z");
        spend("elsewhere", 1, "2026-12-01T10:00:00Z");
        now = Instant.parse("2026-12-02T00:00:00Z");

        assertThat(begin(budget(60, Period.WEEK)).begun).isFalse();
        assertThat(begin(budget(1, Period.MONTH)).begun).isTrue();
    }

    @Test
    void aPlansBudgetIsThatOfTheKeysThatHaveItNow() {
        plans.put("gold", "gold");
        spend("key", 40, "2026-11-22T01:00:00Z");
        spend("second", 30, "2026-11-22T02:00:00Z");
        spend("gold", 500, "2026-11-22T02:00:00Z");
        Scope plan = planBudget(71);

        assertThat(begin(plan).begun).isTrue();
        assertThat(begin(planBudget(70)).begun).isFalse();
        plans.put("second", "gold");
        assertThat(begin(planBudget(70)).begun).isTrue();
    }

    @Test
    void durationsAreWrittenAsOpenAiWritesThem() {
        assertThat(Stream.of(0L, 16_500_000L, 1_000_000_000L, 8_640_000_000L, 60_000_000_000L, 3_720_050_000_000L)
                        .map(Pass::duration))
                .containsExactly("0ms", "17ms", "1s", "8.64s", "1m0s", "62m0.05s");
    }

    private record Step(Pass pass, boolean begun, ApiError error) {}

    private Step begin(Scope... scopes) {
        Pass pass = limiter.pass(List.of(scopes));
        return pass.begin()
                .map(error -> new Step(pass, false, error))
                .orElseGet(() ->
                        new Step(pass, true, new ApiError(500, "none", null, null, "", new ApiError.Retry.Never())));
    }

    private static Map<String, String> headers(Pass pass) {
        Map<String, String> fields = new HashMap<>();
        pass.headers(fields::put);
        return fields;
    }

    private static Scope key(Restrictions restrictions) {
        return new Scope(Scope.Kind.KEY, "cus_1", "key", restrictions);
    }

    private static Restrictions requests(long perMinute) {
        return new Restrictions(perMinute, 0, 0, List.of(), null);
    }

    private static Restrictions tokens(long perMinute) {
        return new Restrictions(0, perMinute, 0, List.of(), null);
    }

    private static Scope budget(long units, Period per) {
        return key(new Restrictions(0, 0, 0, List.of(), new Budget(units, per)));
    }

    private static Scope planBudget(long units) {
        Restrictions restrictions = new Restrictions(0, 0, 0, List.of(), new Budget(units, Period.MONTH));
        return new Scope(Scope.Kind.PLAN, "cus_1", "default", restrictions);
    }

    private void spend(String keyId, long units, String at) {
        spending.fold(new Fact.Settled(
                "req",
                ACCOUNT,
                keyId,
                "m",
                "m",
                units,
                Fact.Tokens.NONE,
                false,
                Instant.parse(at).toEpochMilli()));
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }
}
