package dev.tollgate.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One refusal in OpenAI's error form: an HTTP status and {@code {"error":{message,type,param,code}}}.
 *
 * <p>Immutable and safe on every thread. The message is written for the caller who reads it in an exception text; it
 * never holds a secret, a prompt or an answer. {@code retry} is what OpenAI's SDKs are told through
 * {@code x-should-retry} and {@code retry-after}. {@code details} are further members of the error object, in order, for
 * programs to read: each value is a {@link String} or a {@link Long}.
 */
public record ApiError(
        int status,
        String type,
        @Nullable String code,
        @Nullable String param,
        String message,
        Retry retry,
        SequencedMap<String, Object> details) {

    /** What a client should do next. */
    public sealed interface Retry {
        /** Say nothing: the SDK's own rule for the status applies. */
        record Unstated() implements Retry {}

        /** Retrying the same request cannot help. */
        record Never() implements Retry {}

        /** Retry after so many seconds; kept short, since some SDKs sleep for as long as they are told. */
        record After(int seconds) implements Retry {
            public After {
                if (seconds < 1 || seconds > 60) {
                    throw new IllegalArgumentException("seconds must be 1 to 60: " + seconds);
                }
            }
        }
    }

    public static final String INVALID_REQUEST = "invalid_request_error";

    private static final Set<String> STANDARD_MEMBERS = Set.of("message", "type", "param", "code");

    public ApiError {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("not an error status: " + status);
        }
        Objects.requireNonNull(type);
        Objects.requireNonNull(message);
        Objects.requireNonNull(retry);
        details = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(details));
        details.forEach(ApiError::requireDetail);
    }

    /** A refusal without further members. */
    public ApiError(
            int status, String type, @Nullable String code, @Nullable String param, String message, Retry retry) {
        this(status, type, code, param, message, retry, new LinkedHashMap<>());
    }

    /** A fault of the request itself; the client must change it before trying again. */
    public static ApiError invalidRequest(int status, @Nullable String code, @Nullable String param, String message) {
        return new ApiError(status, INVALID_REQUEST, code, param, message, new Retry.Unstated());
    }

    /** The same refusal with one more text member at the end of the error object. */
    public ApiError with(String name, String value) {
        return withDetail(name, value);
    }

    /** The same refusal with one more number at the end of the error object. */
    public ApiError with(String name, long value) {
        return withDetail(name, value);
    }

    /** The JSON body, UTF-8. */
    public byte[] toJson() {
        return json().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The last bytes of an event stream that fails half-way: the error as an event, then {@code [DONE]}. Every SDK turns
     * the first into its exception, since it has an {@code error} member, whether it reads chat chunks or the events of
     * responses; the flat members beside it are for readers of the latter's {@code error} event. The second keeps clients
     * that wait for it from hanging.
     */
    public byte[] toStreamEnd() {
        StringBuilder event = new StringBuilder("data: {\"type\":\"error\",\"code\":");
        appendString(event, code);
        event.append(",\"message\":");
        appendString(event, message);
        event.append(",\"param\":");
        appendString(event, param);
        event.append(',').append(json(), 1, json().length()).append("\n\ndata: [DONE]\n\n");
        return event.toString().getBytes(StandardCharsets.UTF_8);
    }

    private ApiError withDetail(String name, Object value) {
        SequencedMap<String, Object> more = new LinkedHashMap<>(details);
        more.put(name, value);
        return new ApiError(status, type, code, param, message, retry, more);
    }

    private String json() {
        StringBuilder json = new StringBuilder(message.length() + 160);
        json.append("{\"error\":{\"message\":");
        appendString(json, message);
        json.append(",\"type\":");
        appendString(json, type);
        json.append(",\"param\":");
        appendString(json, param);
        json.append(",\"code\":");
        appendString(json, code);
        for (Map.Entry<String, Object> detail : details.entrySet()) {
            json.append(',');
            appendString(json, detail.getKey());
            json.append(':');
            appendDetail(json, detail.getValue());
        }
        return json.append("}}").toString();
    }

    private static void appendDetail(StringBuilder json, Object value) {
        if (value instanceof String text) {
            appendString(json, text);
        } else {
            json.append(value);
        }
    }

    private static void appendString(StringBuilder json, @Nullable String value) {
        if (value == null) {
            json.append("null");
            return;
        }
        json.append('"')
                .append(JsonStringEncoder.getInstance().quoteAsString(value))
                .append('"');
    }

    private static void requireDetail(String name, Object value) {
        if (STANDARD_MEMBERS.contains(name)) {
            throw new IllegalArgumentException("a standard member cannot be a detail: " + name);
        }
        if (!(value instanceof String) && !(value instanceof Long)) {
            throw new IllegalArgumentException("a detail must be a string or a long: " + name);
        }
    }
}
