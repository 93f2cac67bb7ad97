package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Reply;
import java.time.Instant;
import java.util.Optional;

/** Counts requests in windows of a second and a minute of sandbox time. Guarded by its own monitor. */
final class RateLimiter {
    private final Window second = new Window(1);
    private final Window minute = new Window(60);

    private static final class Window {
        private final long lengthSeconds;
        private long startSeconds;
        private int count;

        Window(long lengthSeconds) {
            this.lengthSeconds = lengthSeconds;
        }

        int add(Instant now) {
            long start = now.getEpochSecond() - now.getEpochSecond() % lengthSeconds;
            count = start == startSeconds ? count + 1 : 1;
            startSeconds = start;
            return count;
        }

        long secondsLeft(Instant now) {
            return startSeconds + lengthSeconds - now.getEpochSecond();
        }
    }

    /** What remains after this request; negative when it is one too many. */
    record Allowance(int limit, int remaining, long resetSeconds) {
        boolean isExceeded() {
            return remaining < 0;
        }

        Reply label(Reply reply) {
            return reply.withHeader("X-RateLimit-Limit", String.valueOf(limit))
                    .withHeader("X-RateLimit-Remaining", String.valueOf(Math.max(remaining, 0)))
                    .withHeader("X-RateLimit-Reset", String.valueOf(resetSeconds));
        }
    }

    /** Counts a request; empty when nothing is limited. */
    synchronized Optional<Allowance> count(int perSecond, int perMinute, Instant now) {
        if (perMinute == 0) {
            return Optional.empty();
        }
        int leftInSecond = perSecond - second.add(now);
        int leftInMinute = perMinute - minute.add(now);
        return Optional.of(
                leftInSecond < leftInMinute
                        ? new Allowance(perSecond, leftInSecond, second.secondsLeft(now))
                        : new Allowance(perMinute, leftInMinute, minute.secondsLeft(now)));
    }
}
