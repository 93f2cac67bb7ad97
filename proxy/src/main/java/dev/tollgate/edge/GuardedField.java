package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The header fields that decide where a request ends, who sent it or what its body is. Each may be sent once; some not
 * at all.
 *
 * <p>An underscore is taken for a hyphen when a name is looked up, because gateways and application servers that map
 * header names to variables do the same: {@code content_length} must not slip past.
 */
enum GuardedField {
    HOST("host", null, Refusals.HOST),
    CONTENT_LENGTH("content-length", null, Refusals.LENGTH_AND_CODING),
    TRANSFER_ENCODING("transfer-encoding", null, Refusals.LENGTH_AND_CODING),
    CONNECTION("connection"),
    EXPECT("expect"),
    TE("te"),

    /** No trailers are accepted, so none may be announced. */
    TRAILER("trailer", Refusals.TRAILER),
    UPGRADE("upgrade", Refusals.UPGRADE),
    HTTP2_SETTINGS("http2-settings", Refusals.UPGRADE),
    SEC_WEBSOCKET_KEY("sec-websocket-key", Refusals.UPGRADE),

    /** With both of these, decoders of the oldest WebSocket draft read eight bytes of body that nothing announces. */
    SEC_WEBSOCKET_KEY1("sec-websocket-key1", Refusals.UPGRADE),
    SEC_WEBSOCKET_KEY2("sec-websocket-key2", Refusals.UPGRADE),

    AUTHORIZATION("authorization"),
    PROXY_AUTHORIZATION("proxy-authorization"),
    API_KEY("api-key"),
    X_API_KEY("x-api-key"),
    COOKIE("cookie"),
    OPENAI_ORGANIZATION("openai-organization"),
    OPENAI_PROJECT("openai-project"),
    IDEMPOTENCY_KEY("idempotency-key"),
    CONTENT_TYPE("content-type"),
    CONTENT_ENCODING("content-encoding"),
    WEBHOOK_ID("webhook-id"),
    WEBHOOK_TIMESTAMP("webhook-timestamp"),
    WEBHOOK_SIGNATURE("webhook-signature");

    private static final GuardedField[][] BY_LENGTH = byLength();

    private final String lowerCaseName;
    private final @Nullable ApiError whenSent;
    private final ApiError whenRepeated;

    GuardedField(String lowerCaseName) {
        this(lowerCaseName, null);
    }

    GuardedField(String lowerCaseName, @Nullable ApiError whenSent) {
        this(lowerCaseName, whenSent, Refusals.DUPLICATE_FIELD);
    }

    GuardedField(String lowerCaseName, @Nullable ApiError whenSent, ApiError whenRepeated) {
        this.lowerCaseName = lowerCaseName;
        this.whenSent = whenSent;
        this.whenRepeated = whenRepeated;
    }

    String lowerCaseName() {
        return lowerCaseName;
    }

    /** The answer to a request that has this field at all; null when it may be sent. */
    @Nullable
    ApiError whenSent() {
        return whenSent;
    }

    /** The answer to a request that has this field twice, with whatever values. */
    ApiError whenRepeated() {
        return whenRepeated;
    }

    /** The field of this name, in any case, and with underscores for hyphens; null for every other name. */
    static @Nullable GuardedField named(HeadCursor head, int from, int to) {
        int length = to - from;
        if (length >= BY_LENGTH.length) {
            return null;
        }
        for (GuardedField field : BY_LENGTH[length]) {
            if (field.isNamed(head, from)) {
                return field;
            }
        }
        return null;
    }

    private boolean isNamed(HeadCursor head, int from) {
        for (int i = 0; i < lowerCaseName.length(); i++) {
            int value = HeadCursor.lowerCase(head.at(from + i));
            if ((value == '_' ? '-' : value) != lowerCaseName.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static GuardedField[][] byLength() {
        int longest = 0;
        for (GuardedField field : values()) {
            longest = Math.max(longest, field.lowerCaseName.length());
        }
        GuardedField[][] byLength = new GuardedField[longest + 1][];
        for (int length = 0; length <= longest; length++) {
            byLength[length] = ofLength(length);
        }
        return byLength;
    }

    private static GuardedField[] ofLength(int length) {
        return Arrays.stream(values())
                .filter(field -> field.lowerCaseName.length() == length)
                .toArray(GuardedField[]::new);
    }
}
