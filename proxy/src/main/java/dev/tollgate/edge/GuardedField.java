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
    HOST("host"),
    CONTENT_LENGTH("content-length"),
    TRANSFER_ENCODING("transfer-encoding"),
    CONNECTION("connection"),
    EXPECT("expect"),
    TE("te"),

    /** No trailers are accepted, so none may be announced. */
    TRAILER("trailer", false),
    UPGRADE("upgrade", false),
    HTTP2_SETTINGS("http2-settings", false),
    SEC_WEBSOCKET_KEY("sec-websocket-key", false),

    /** With both of these, decoders of the oldest WebSocket draft read eight bytes of body that nothing announces. */
    SEC_WEBSOCKET_KEY1("sec-websocket-key1", false),
    SEC_WEBSOCKET_KEY2("sec-websocket-key2", false),

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
    private final boolean accepted;

    GuardedField(String lowerCaseName) {
        this(lowerCaseName, true);
    }

    GuardedField(String lowerCaseName, boolean accepted) {
        this.lowerCaseName = lowerCaseName;
        this.accepted = accepted;
    }

    String lowerCaseName() {
        return lowerCaseName;
    }

    /** The answer to a request that has this field at all; null when it may be sent. */
    @Nullable
    ApiError whenSent() {
        if (accepted) {
            return null;
        }
        return this == TRAILER ? Refusals.TRAILER : Refusals.UPGRADE;
    }

    /** The answer to a request that has this field twice, with whatever values. */
    ApiError whenRepeated() {
        return switch (this) {
            case HOST -> Refusals.HOST;
            case CONTENT_LENGTH, TRANSFER_ENCODING -> Refusals.LENGTH_AND_CODING;
            default -> Refusals.DUPLICATE_FIELD;
        };
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
