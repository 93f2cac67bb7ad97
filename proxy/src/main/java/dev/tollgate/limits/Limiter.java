package dev.tollgate.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What all scopes have used of their restrictions. Safe on every thread, and never waits.
 *
 * <p>Rates are kept for as many scopes as are named below, those used last; a scope beyond them begins with a full minute.
 * Running requests are counted for as long as they run.
 */
public final class Limiter {
    private static final int RATES_MAX = 200_000;

    /** Longer than any rate needs to be full again. */
    private static final Duration UNUSED = Duration.ofMinutes(10);

    private final Spending spending;
    private final Function<String, String> plans;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Cache<RateId, Rate> rates;
    private final Map<Scope.Id, Integer> running = new ConcurrentHashMap<>();

    /** What a rate counts. */
    enum Unit {
        REQUESTS,
        TOKENS
    }

    private record RateId(Scope.Id scope, Unit unit) {}

    /** @param plans the plan that a key has now, by the key's id; never waits */
    public Limiter(Spending spending, Function<String, String> plans, InstantSource clock, LongSupplier nanoTime) {
        this.spending = spending;
        this.plans = plans;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.rates = Caffeine.newBuilder()
                .maximumSize(RATES_MAX)
                .expireAfterAccess(UNUSED)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    /** Lets a request through the scopes it belongs to, step by step. */
    public Pass pass(List<Scope> scopes) {
        return new Pass(this, scopes);
    }

    long nowMillis() {
        return clock.millis();
    }

    Rate rate(Scope scope, Unit unit) {
        long perMinute = switch (unit) {
            case REQUESTS -> scope.restrictions().requestsPerMinute();
            case TOKENS -> scope.restrictions().tokensPerMinute();
        };
        Rate rate = rates.get(new RateId(scope.id(), unit), any -> new Rate(perMinute, nanoTime));
        rate.adjust(perMinute);
        return rate;
    }

    /** Counts one more running request, if there may be one more. */
    boolean enter(Scope scope) {
        int most = scope.restrictions().requestsAtOnce();
        boolean[] entered = new boolean[1];
        running.compute(scope.id(), (any, count) -> {
            int before = count == null ? 0 : count;
            entered[0] = before < most;
            return entered[0] ? Integer.valueOf(before + 1) : count;
        });
        return entered[0];
    }

    void leave(Scope scope) {
        running.computeIfPresent(scope.id(), (any, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
    }

    /** What a scope has used of its budget. */
    long spentUnits(Scope scope, Restrictions.Budget budget) {
        return spending.units(
                scope.customerId(),
                keyId -> switch (scope.kind()) {
                    case KEY -> keyId.equals(scope.name());
                    case PLAN -> plans.apply(keyId).equals(scope.name());
                },
                budget.per(),
                nowMillis());
    }
}
