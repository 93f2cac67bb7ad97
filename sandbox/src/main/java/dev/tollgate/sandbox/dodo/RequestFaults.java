package dev.tollgate.sandbox.dodo;

import dev.tollgate.sandbox.http.Reply;
import java.time.Duration;
import java.util.Optional;

/** What goes wrong with requests to Dodo. Guarded by its own monitor. */
final class RequestFaults {
    private int failuresLeft;
    private int failureStatus;
    private boolean unavailable;
    private int lostAnswersLeft;
    private Duration stall = Duration.ZERO;
    private Optional<String> retryAfter = Optional.empty();

    synchronized void failNext(int count, int status) {
        failuresLeft = count;
        failureStatus = status;
    }

    synchronized void retryAfter(Optional<String> seconds) {
        retryAfter = seconds;
    }

    synchronized void unavailable(boolean down) {
        unavailable = down;
    }

    synchronized void loseAnswers(int count) {
        lostAnswersLeft = count;
    }

    synchronized void stall(Duration pause) {
        stall = pause;
    }

    synchronized long stallMillis() {
        return stall.toMillis();
    }

    /** A refusal to give in place of any work. */
    synchronized Optional<Reply> nextFailure() {
        if (unavailable) {
            return Optional.of(Replies.error(503, "INTERNAL_SERVER_ERROR", "Service unavailable"));
        }
        if (failuresLeft == 0) {
            return Optional.empty();
        }
        failuresLeft--;
        return Optional.of(label(Replies.error(failureStatus, code(failureStatus), "As ordered")));
    }

    /** Whether the answer to a request that has just been applied must be lost. */
    synchronized boolean losesAnswer() {
        if (lostAnswersLeft == 0) {
            return false;
        }
        lostAnswersLeft--;
        return true;
    }

    /** Adds {@code retry-after} where it is switched on. */
    synchronized Reply label(Reply reply) {
        return retryAfter
                .map(seconds -> reply.withHeader("Retry-After", seconds))
                .orElse(reply);
    }

    private static String code(int status) {
        return switch (status) {
            case 429 -> "TOO_MANY_REQUESTS";
            case 401 -> "UNAUTHORIZED";
            case 404 -> "NOT_FOUND";
            default -> status < 500 ? "INVALID_REQUEST_PARAMETERS" : "INTERNAL_SERVER_ERROR";
        };
    }
}
