package dev.tollgate.telemetry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line per request, on the logger {@code access}. The fields are listed here and nowhere else; none of them
 * can hold a key, a prompt or an answer. Safe on every thread; the appender behind it drops lines rather than wait.
 */
public final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger("access");

    /**
     * What is said of a request. Times are in microseconds since its first byte, -1 for what did not happen.
     *
     * @param outcome who ended it and how, such as {@code served}, {@code refused}, {@code upstream_failed}
     * @param code the code of the error that the caller was told, if any
     * @param model as the caller named it, cut to 100 characters
     */
    public record Line(
            String requestId,
            String route,
            @Nullable String keyId,
            @Nullable String customerId,
            @Nullable String model,
            boolean stream,
            int status,
            String outcome,
            @Nullable String code,
            long heldUnits,
            long usedUnits,
            boolean estimated,
            long requestBytes,
            long answerBytes,
            long admittedMicros,
            long upstreamHeadMicros,
            long endedMicros) {

        /** A request that was refused before anything of it was looked at closely. */
        public static Line refused(String requestId, int status, @Nullable String code, long endedMicros) {
            return new Line(
                    requestId,
                    "none",
                    null,
                    null,
                    null,
                    false,
                    status,
                    "refused",
                    code,
                    0,
                    0,
                    false,
                    0,
                    0,
                    -1,
                    -1,
                    endedMicros);
        }
    }

    public void write(Line line) {
        if (LOG.isInfoEnabled()) {
            LOG.info(format(line));
        }
    }

    static String format(Line line) {
        JsonLine json = new JsonLine(384);
        json.text("request_id", line.requestId());
        json.text("route", line.route());
        json.text("key_id", line.keyId());
        json.text("customer", line.customerId());
        json.text("model", line.model());
        json.flag("stream", line.stream());
        json.number("status", line.status());
        json.text("outcome", line.outcome());
        json.text("code", line.code());
        json.number("held_units", line.heldUnits());
        json.number("used_units", line.usedUnits());
        json.flag("estimated", line.estimated());
        json.number("request_bytes", line.requestBytes());
        json.number("answer_bytes", line.answerBytes());
        json.number("admitted_us", line.admittedMicros());
        json.number("upstream_head_us", line.upstreamHeadMicros());
        json.number("ended_us", line.endedMicros());
        return json.end();
    }
}
