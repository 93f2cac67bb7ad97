package dev.tollgate.portal;

import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is asked for twice happen once: a page names each attempt with a word that nobody can guess, and whoever
 * repeats it, at once or within half an hour, gets the first answer. Safe on every thread that may wait.
 */
final class Attempts {
    private static final long REMEMBERED_MILLIS = 30 * 60_000;
    private static final long PATIENCE_SECONDS = 60;

    /** Beyond this nothing more is remembered, so that a repetition begins anew. */
    private static final int REMEMBERED_MAX = 10_000;

    private final InstantSource clock;
    private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();

    private record Attempt(CompletableFuture<PortalResponse.Whole> answer, long untilMillis) {}

    Attempts(InstantSource clock) {
        this.clock = clock;
    }

    /** @param key everything that makes two attempts the same */
    PortalResponse.Whole once(String key, Supplier<PortalResponse.Whole> action) throws InterruptedException {
        long nowMillis = clock.millis();
        attempts.values().removeIf(attempt -> attempt.untilMillis() <= nowMillis);
        if (attempts.size() >= REMEMBERED_MAX) {
            return action.get();
        }
        Attempt mine = new Attempt(new CompletableFuture<>(), nowMillis + REMEMBERED_MILLIS);
        @Nullable Attempt first = attempts.putIfAbsent(key, mine);
        return first == null ? begin(key, mine, action) : await(first);
    }

    /** What failed is forgotten, so that it can be tried again. */
    private PortalResponse.Whole begin(String key, Attempt attempt, Supplier<PortalResponse.Whole> action) {
        PortalResponse.Whole answer = Replies.error(503, "unavailable", "Try again in a moment.");
        try {
            answer = action.get();
            return answer;
        } finally {
            if (answer.status() >= 300) {
                attempts.remove(key, attempt);
            }
            attempt.answer().complete(answer);
        }
    }

    private static PortalResponse.Whole await(Attempt first) throws InterruptedException {
        try {
            return first.answer().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return Replies.error(503, "unavailable", "The first attempt is still under way. Try again in a moment.");
        } catch (ExecutionException e) {
            throw new IllegalStateException("an answer cannot fail", e);
        }
    }
}
