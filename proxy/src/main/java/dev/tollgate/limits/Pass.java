package dev.tollgate.limits;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through its limits: {@link #begin} once, {@link #take} once its model and size are known,
 * {@link #end} once and always. Owned by the request's event loop.
 */
public final class Pass {
    private static final int RETRY_SECONDS_MAX = 60;

    private final Limiter limiter;
    private final List<Scope> scopes;
    private final List<Scope> entered = new ArrayList<>(2);
    private final List<Rate> charged = new ArrayList<>(2);
    private long chargedTokens;
    private Rate.@Nullable Answer requests;
    private Rate.@Nullable Answer tokens;

    Pass(Limiter limiter, List<Scope> scopes) {
        this.limiter = limiter;
        this.scopes = List.copyOf(scopes);
    }

    /** Counts the request in, or says why not. */
    public Optional<ApiError> begin() {
        for (Scope scope : scopes) {
            Optional<ApiError> spent = spent(scope);
            if (spent.isPresent()) {
                return spent;
            }
        }
        for (Scope scope : scopes) {
            int most = scope.restrictions().requestsAtOnce();
            if (most > 0) {
                if (!limiter.enter(scope)) {
                    return Optional.of(ApiErrors.tooManyRequests(most));
                }
                entered.add(scope);
            }
        }
        List<Rate> rates = new ArrayList<>(2);
        requests = takeAll(Limiter.Unit.REQUESTS, 1, rates);
        return requests == null || requests.granted()
                ? Optional.empty()
                : Optional.of(ApiErrors.requestRateReached(requests.perMinute(), seconds(requests)));
    }

    private Optional<ApiError> spent(Scope scope) {
        Restrictions.@Nullable Budget budget = scope.restrictions().budget();
        if (budget == null || limiter.spentUnits(scope, budget) < budget.units()) {
            return Optional.empty();
        }
        return Optional.of(ApiErrors.budgetExhausted(
                budget.units(), Calendar.end(budget.per(), limiter.nowMillis()).toString()));
    }

    /**
     * Lets the model be used and its tokens be generated, or says why not.
     *
     * @param likelyTokens what the request probably comes to; what it really came to replaces it at the end
     */
    public Optional<ApiError> take(String model, long likelyTokens) {
        return allows(model) ? takeTokens(likelyTokens) : Optional.of(ApiErrors.modelNotFound(model));
    }

    private Optional<ApiError> takeTokens(long likelyTokens) {
        for (Scope scope : scopes) {
            long most = scope.restrictions().tokensPerMinute();
            if (most > 0 && likelyTokens > most) {
                return Optional.of(ApiErrors.tooLargeForTokenRate(most, likelyTokens));
            }
        }
        tokens = takeAll(Limiter.Unit.TOKENS, Math.max(1, likelyTokens), charged);
        if (tokens == null || tokens.granted()) {
            chargedTokens = Math.max(1, likelyTokens);
            return Optional.empty();
        }
        return Optional.of(ApiErrors.tokenRateReached(tokens.perMinute(), likelyTokens, seconds(tokens)));
    }

    /** Whether this request's key may use a model. */
    public boolean allows(String model) {
        return scopes.stream().allMatch(scope -> scope.restrictions().allows(model));
    }

    /** Whether there are models that this request's key may not use. */
    public boolean choosesModels() {
        return scopes.stream().anyMatch(scope -> !scope.restrictions().models().isEmpty());
    }

    /** Takes from all scopes or from none; the answer is the one that leaves least, or the refusal. Null where nothing limits. */
    private Rate.@Nullable Answer takeAll(Limiter.Unit unit, long amount, List<Rate> taken) {
        Rate.@Nullable Answer tightest = null;
        for (Scope scope : scopes) {
            if (!limits(scope.restrictions(), unit)) {
                continue;
            }
            Rate rate = limiter.rate(scope, unit);
            Rate.Answer answer = rate.take(amount);
            if (!answer.granted()) {
                taken.forEach(earlier -> earlier.giveBack(amount));
                taken.clear();
                return answer;
            }
            taken.add(rate);
            tightest = tightest == null || answer.remaining() < tightest.remaining() ? answer : tightest;
        }
        return tightest;
    }

    private static boolean limits(Restrictions restrictions, Limiter.Unit unit) {
        return switch (unit) {
            case REQUESTS -> restrictions.requestsPerMinute() > 0;
            case TOKENS -> restrictions.tokensPerMinute() > 0;
        };
    }

    /** The request has used nothing; otherwise like {@link #end(OptionalLong)}. */
    public void end() {
        end(OptionalLong.of(0));
    }

    /**
     * The request has ended, in whatever way; only the first end counts. Called before the client can know of it, so that
     * its next request finds room.
     *
     * @param usedTokens empty when nobody knows, so that the likely amount stands
     */
    public void end(OptionalLong usedTokens) {
        entered.forEach(limiter::leave);
        entered.clear();
        long difference = usedTokens.orElse(chargedTokens) - chargedTokens;
        for (Rate rate : charged) {
            rate.giveBack(-difference);
            rate.owe(difference);
        }
        charged.clear();
    }

    /** The header fields in which OpenAI tells the same. */
    public void headers(BiConsumer<String, String> fields) {
        headers(fields, "requests", requests);
        headers(fields, "tokens", tokens);
    }

    private static void headers(BiConsumer<String, String> fields, String unit, Rate.@Nullable Answer answer) {
        if (answer != null) {
            fields.accept("x-ratelimit-limit-" + unit, Long.toString(answer.perMinute()));
            fields.accept("x-ratelimit-remaining-" + unit, Long.toString(answer.remaining()));
            fields.accept("x-ratelimit-reset-" + unit, duration(answer.fullNanos()));
        }
    }

    /** Whether a header field speaks of a unit that the rates of this request's key limit. */
    public boolean limits(String field) {
        return Stream.of(Limiter.Unit.values())
                .filter(unit -> field.contains(unit.name().toLowerCase(Locale.ROOT)))
                .anyMatch(unit -> scopes.stream().anyMatch(scope -> limits(scope.restrictions(), unit)));
    }

    /** Such as {@code 17ms}, {@code 1.2s} or {@code 6m0s}; never less than what is left. */
    static String duration(long nanos) {
        long millis = Math.ceilDiv(nanos, TimeUnit.MILLISECONDS.toNanos(1));
        if (millis < 1000) {
            return millis + "ms";
        }
        long minutes = millis / 60_000;
        String seconds = millis % 60_000 / 1000 + fraction(millis % 1000) + "s";
        return minutes == 0 ? seconds : minutes + "m" + seconds;
    }

    private static String fraction(long millis) {
        return millis == 0 ? "" : ("." + (1000 + millis)).replaceFirst("1", "").replaceFirst("0+$", "");
    }

    private static int seconds(Rate.Answer answer) {
        long seconds = Math.ceilDiv(answer.waitNanos(), TimeUnit.SECONDS.toNanos(1));
        return Math.toIntExact(Math.clamp(seconds, 1, RETRY_SECONDS_MAX));
    }
}
