package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one request is answered. Scripts add up: {@code Script.splitEvery(1).and(Script.noDone())}. Durations are real
 * time. Byte positions count from the first byte of the status line, event positions from the first event of a stream.
 *
 * @param instead a fixed reply in place of the model's
 * @param verbatim bytes in place of any reply, status line included
 * @param fault what happens to the bytes
 * @param usage what the answer says about usage; the totals keep the truth
 * @param cutAfterEvents events of a stream after which the connection ends, -1 for never
 * @param resetAfterEvents whether that end is an RST
 * @param errorAfterEvents events of a stream after which an error event ends it, -1 for never
 * @param withDone whether a chat stream ends with {@code [DONE]}
 * @param eventMillis wait before every event; each then leaves in its own flush. -1 leaves that to the prompt
 */
@SuppressWarnings("ArrayRecordComponent") // bytes are the point, and nobody compares scripts
public record Script(
        @Nullable Reply instead,
        byte @Nullable [] verbatim,
        Wire.Fault fault,
        Usage usage,
        int cutAfterEvents,
        boolean resetAfterEvents,
        int errorAfterEvents,
        boolean withDone,
        long eventMillis) {
    /** What an answer says about usage. */
    public sealed interface Usage {
        /** The truth. */
        record Honest() implements Usage {}

        /** Nothing, even where it was asked for. */
        record Absent() implements Usage {}

        /** These numbers, whatever is true. */
        record Claimed(long promptTokens, long completionTokens) implements Usage {}
    }

    private static final Script NORMAL =
            new Script(null, null, Wire.Fault.NONE, new Usage.Honest(), -1, false, -1, true, -1);

    /** As OpenAI on a good day. */
    public static Script normal() {
        return NORMAL;
    }

    /** A fixed reply; the usual response headers are added. */
    public static Script status(int status, String body, Map<String, String> headers) {
        return NORMAL.withInstead(new Reply(status, headers, body.getBytes(StandardCharsets.UTF_8)));
    }

    /** An error in OpenAI's envelope. */
    public static Script error(int status, String type, @Nullable String code, String message) {
        ObjectNode error = Json.object();
        error.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return NORMAL.withInstead(Reply.json(status, error));
    }

    /** 401 as for a wrong operator key. */
    public static Script invalidKey() {
        return error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.");
    }

    /** 429 of the rate limiter, with {@code retry-after} in seconds. */
    public static Script rateLimited(int retryAfterSeconds) {
        return error(429, "requests", "rate_limit_exceeded", "Rate limit reached for requests.")
                .withInsteadHeader("retry-after", String.valueOf(retryAfterSeconds));
    }

    /** 429 of an empty OpenAI account. */
    public static Script insufficientQuota() {
        return error(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota.");
    }

    /** 500. */
    public static Script serverError() {
        return error(500, "server_error", null, "The server had an error while processing your request.");
    }

    /** 503 of an overloaded model. */
    public static Script overloaded() {
        return error(503, "service_unavailable_error", "server_is_overloaded", "The engine is currently overloaded.");
    }

    /** An error of this status in OpenAI's envelope, which asks to come back after 20 milliseconds. */
    public static Script refused(int status) {
        Script script = switch (status) {
            case 429 -> error(429, "requests", "rate_limit_exceeded", "Rate limit reached for requests.");
            case 503 -> overloaded();
            case 500 -> serverError();
            default -> error(status, "invalid_request_error", null, "Refused, as the prompt asked.");
        };
        return script.withInsteadHeader("retry-after-ms", "20");
    }

    /** The connection is reset before the first byte. */
    public static Script resetBeforeHead() {
        return cutAfterBytes(0, true);
    }

    /** Silence before the first byte, then a normal answer. */
    public static Script stallBeforeHead(Duration pause) {
        return stallAfterBytes(0, pause);
    }

    /** The connection ends after exactly so many bytes of the response, by RST or FIN. */
    public static Script cutAfterBytes(int bytes, boolean reset) {
        return NORMAL.withFault(new Wire.Fault(bytes, reset, -1, 0, 0));
    }

    /** Silence after so many bytes of the response, then the rest. */
    public static Script stallAfterBytes(int bytes, Duration pause) {
        return NORMAL.withFault(new Wire.Fault(-1, false, bytes, pause.toMillis(), 0));
    }

    /** Every write to the socket carries at most so many bytes. */
    public static Script splitEvery(int bytes) {
        return NORMAL.withFault(new Wire.Fault(-1, false, -1, 0, bytes));
    }

    /** Exactly these bytes, status line included; then the connection closes. Counted as a generation of 0 tokens. */
    public static Script raw(byte[] wholeResponse) {
        return new Script(null, wholeResponse.clone(), Wire.Fault.NONE, NORMAL.usage, -1, false, -1, true, -1);
    }

    /** The connection ends after so many whole events of a stream, by RST or FIN. */
    public static Script cutAfterEvents(int events, boolean reset) {
        return new Script(null, null, Wire.Fault.NONE, NORMAL.usage, events, reset, -1, true, -1);
    }

    /** An error event ends a stream after so many events. */
    public static Script errorEventAfterChunks(int events) {
        return new Script(null, null, Wire.Fault.NONE, NORMAL.usage, -1, false, events, true, -1);
    }

    /** No usage anywhere in the answer, even where it was asked for. */
    public static Script withoutUsage() {
        return withUsage(new Usage.Absent());
    }

    /** An answer that claims these numbers. The totals keep the truth. */
    public static Script usageOf(long promptTokens, long completionTokens) {
        return withUsage(new Usage.Claimed(promptTokens, completionTokens));
    }

    /** A chat stream that ends without {@code [DONE]}. */
    public static Script noDone() {
        return new Script(null, null, Wire.Fault.NONE, NORMAL.usage, -1, false, -1, false, -1);
    }

    /** A wait before every event of a stream; zero still gives every event its own write. */
    public static Script slow(Duration perEvent) {
        return new Script(null, null, Wire.Fault.NONE, NORMAL.usage, -1, false, -1, true, perEvent.toMillis());
    }

    /** Both; where they contradict each other, {@code other} wins. */
    public Script and(Script other) {
        boolean otherCuts = other.cutAfterEvents >= 0;
        return new Script(
                other.instead == null ? instead : other.instead,
                other.verbatim == null ? verbatim : other.verbatim,
                both(fault, other.fault),
                other.usage instanceof Usage.Honest ? usage : other.usage,
                otherCuts ? other.cutAfterEvents : cutAfterEvents,
                otherCuts ? other.resetAfterEvents : resetAfterEvents,
                Math.max(errorAfterEvents, other.errorAfterEvents),
                withDone && other.withDone,
                Math.max(eventMillis, other.eventMillis));
    }

    private static Wire.Fault both(Wire.Fault first, Wire.Fault second) {
        boolean secondCuts = second.cutAfterBytes() >= 0;
        boolean secondStalls = second.stallAfterBytes() >= 0;
        return new Wire.Fault(
                secondCuts ? second.cutAfterBytes() : first.cutAfterBytes(),
                secondCuts ? second.reset() : first.reset(),
                secondStalls ? second.stallAfterBytes() : first.stallAfterBytes(),
                secondStalls ? second.stallMillis() : first.stallMillis(),
                second.splitBytes() > 0 ? second.splitBytes() : first.splitBytes());
    }

    private static Script withUsage(Usage usage) {
        return new Script(null, null, Wire.Fault.NONE, usage, -1, false, -1, true, -1);
    }

    private Script withFault(Wire.Fault newFault) {
        return new Script(
                instead,
                verbatim,
                newFault,
                usage,
                cutAfterEvents,
                resetAfterEvents,
                errorAfterEvents,
                withDone,
                eventMillis);
    }

    private Script withInstead(Reply reply) {
        return new Script(
                reply,
                verbatim,
                fault,
                usage,
                cutAfterEvents,
                resetAfterEvents,
                errorAfterEvents,
                withDone,
                eventMillis);
    }

    private Script withInsteadHeader(String name, String value) {
        return instead == null ? this : withInstead(instead.withHeader(name, value));
    }
}
