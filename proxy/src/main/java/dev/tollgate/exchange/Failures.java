package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
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
}
