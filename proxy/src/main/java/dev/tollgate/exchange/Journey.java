package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.flight.Flight;
import dev.tollgate.openai.ResponseReader;
import dev.tollgate.telemetry.AccessLog;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one exchange: for its headers, its line in the access log, its meters, and for whoever starts
 * after a crash. On its event loop.
 */
final class Journey {
    private static final int MODEL_CHARACTERS_MAX = 100;
    private static final long NOT_YET = -1;

    private final ExchangeServices services;
    private final Ask ask;
    private final String requestId;
    private long requestBytes;
    private @Nullable Flight flight;
    private @Nullable String model;
    private boolean stream;
    private @Nullable String code;
    private long heldUnits;
    private long usedUnits;
    private boolean estimated;
    private long answerBytes;
    private long sentNanos;
    private long admittedMicros = NOT_YET;
    private long upstreamHeadMicros = NOT_YET;

    Journey(ExchangeServices services, Ask ask, String requestId) {
        this.services = services;
        this.ask = ask;
        this.requestId = requestId;
        this.requestBytes = ask.body().readableBytes();
    }

    void asked(String askedModel, boolean asksForStream) {
        model = askedModel.length() <= MODEL_CHARACTERS_MAX
                ? askedModel
                : askedModel.substring(0, MODEL_CHARACTERS_MAX);
        stream = asksForStream;
        flight = services.flights().begin(UUID.fromString(requestId));
    }

    /** Something of it is about to reach the provider. */
    void sending() {
        if (flight != null) {
            flight.sending();
        }
    }

    /** More of an answer has come. */
    void progressed(Answer answer, Holding hold) {
        ResponseReader.@Nullable Progress progress = answer.streamProgress();
        if (flight != null && progress != null && hold.admitted().isPresent()) {
            flight.progressed(hold.estimateUnits(progress));
        }
    }

    /** Nothing will be billed for it. */
    void unbilled() {
        if (flight != null) {
            flight.unbilled();
        }
    }

    void received(int bytes) {
        requestBytes += bytes;
    }

    void admitted(long units) {
        heldUnits = units;
        admittedMicros = microsSinceStart();
        services.metrics().admitted(TimeUnit.MICROSECONDS.toNanos(admittedMicros));
    }

    void sent() {
        sentNanos = services.nanoTime().getAsLong();
    }

    void answered() {
        upstreamHeadMicros = microsSinceStart();
        services.metrics().upstreamAnswered(services.nanoTime().getAsLong() - sentNanos);
    }

    void delivered(int bytes) {
        answerBytes += bytes;
    }

    void settled(long units, boolean isEstimate) {
        usedUnits = units;
        estimated = isEstimate;
    }

    void code(@Nullable String errorCode) {
        code = errorCode;
    }

    /** The header fields that every answer of this exchange carries. */
    HttpHeaders headers() {
        HttpHeaders headers = Headers.empty();
        addHeaders(headers, Optional.empty());
        return headers;
    }

    void addHeaders(HttpHeaders headers, Optional<Gate.Verdict.Admitted> hold) {
        headers.set("x-tollgate-request-id", requestId);
        if (!headers.contains("x-request-id")) {
            headers.set("x-request-id", requestId);
        }
        hold.ifPresent(admitted -> addHold(headers, admitted));
    }

    private static void addHold(HttpHeaders headers, Gate.Verdict.Admitted hold) {
        headers.set("x-tollgate-held", Long.toString(hold.heldUnits()));
        if (hold.availableUnits() != Long.MAX_VALUE) {
            headers.set("x-tollgate-available", Long.toString(hold.availableUnits()));
        }
        if (hold.capTokens().isPresent()) {
            String name = hold.clamped() ? "x-tollgate-clamped-cap" : "x-tollgate-added-cap";
            headers.set(name, Long.toString(hold.capTokens().getAsLong()));
        }
    }

    void ended(Outcome outcome, int status) {
        if (flight != null) {
            flight.end();
        }
        long nanos = services.nanoTime().getAsLong() - ask.startedNanos();
        String route = ask.route().path();
        services.metrics().requestEnded(route, outcome.label(), status, nanos);
        services.accessLog()
                .write(new AccessLog.Line(
                        requestId,
                        route,
                        ask.caller().keyId(),
                        ask.caller().account().customerId(),
                        model,
                        stream,
                        status,
                        outcome.label(),
                        code,
                        heldUnits,
                        usedUnits,
                        estimated,
                        requestBytes,
                        answerBytes,
                        admittedMicros,
                        upstreamHeadMicros,
                        TimeUnit.NANOSECONDS.toMicros(nanos)));
    }

    private long microsSinceStart() {
        return TimeUnit.NANOSECONDS.toMicros(services.nanoTime().getAsLong() - ask.startedNanos());
    }
}
