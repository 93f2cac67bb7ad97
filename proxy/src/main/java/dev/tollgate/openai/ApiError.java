package dev.tollgate.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One refusal in OpenAI's error form: an HTTP status and {@code {"error":{message,type,param,code}}}.
 *
 * <p>Immutable and safe on every thread. The message is written for the caller who reads it in an exception text; it
 * never holds a secret, a prompt or an answer. {@code retry} is what OpenAI's SDKs are told through
 * {@code x-should-retry} and {@code retry-after}.
 */
public record ApiError(
        int status,
        String type,
        @Nullable String code,
        @Nullable String param,
        String message,
        Retry retry) {

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

    public ApiError {
        if (status < 400 || status > 599) {
            throw new IllegalArgumentException("not an error status: " + status);
        }
        Objects.requireNonNull(type);
        Objects.requireNonNull(message);
        Objects.requireNonNull(retry);
    }

    /** A fault of the request itself; the client must change it before trying again. */
    public static ApiError invalidRequest(int status, @Nullable String code, @Nullable String param, String message) {
        return new ApiError(status, INVALID_REQUEST, code, param, message, new Retry.Unstated());
    }

    /** The JSON body, UTF-8. */
    public byte[] toJson() {
        StringBuilder json = new StringBuilder(message.length() + 128);
        json.append("{\"error\":{\"message\":");
        appendString(json, message);
        json.append(",\"type\":");
        appendString(json, type);
        json.append(",\"param\":");
        appendString(json, param);
        json.append(",\"code\":");
        appendString(json, code);
        return json.append("}}").toString().getBytes(StandardCharsets.UTF_8);
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
}
