package dev.tollgate.exchange;

import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.telemetry.Metrics;
import dev.tollgate.upstream.UpstreamCall;

/** What a caller is told when there is no answer to pass on. */
final class Failures {
    private Failures() {}

    static ApiError error(UpstreamCall.Failure failure) {
        boolean nothingToCharge = !failure.sent();
        return switch (failure.kind()) {
            case CROWDED -> ApiErrors.overloaded();
            case CONNECT -> ApiErrors.upstreamUnreachable();
            case TLS -> ApiErrors.upstreamUnavailable();
            case HEAD_TIMEOUT, SILENCE -> ApiErrors.upstreamTimeout();
            case RESET, MALFORMED -> nothingToCharge ? ApiErrors.upstreamUnreachable() : ApiErrors.upstreamLost();
        };
    }

    /** Why an answer was not booked, of a reply that books nothing. */
    static Metrics.Uncharged uncharged(LedgerThread.Reply<Boolean> reply) {
        if (!(reply instanceof LedgerThread.Reply.Refused<Boolean> refused)) {
            return Metrics.Uncharged.NO_HOLD;
        }
        return switch (refused.reason()) {
            case FAILED -> Metrics.Uncharged.JOURNAL_FAILED;
            case BUSY, BACKLOG, SENSELESS, CLOSED -> Metrics.Uncharged.LEDGER_REFUSED;
        };
    }
}
