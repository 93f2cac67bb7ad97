package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * What the guarded header fields of one request say together, and whether every reader must understand them alike.
 *
 * <p>Owned by one {@link HeadScanner}. Values of framing fields are compared byte by byte after one optional space: any
 * other white space, list or spelling is refused, since readers differ on those. {@code TE: trailers} is accepted and
 * without effect, because it speaks of the answer only, and answers here have no trailers.
 */
final class FieldRules {

    private static final String FORM = "multipart/form-data";

    private static final long TOO_LONG = Long.MAX_VALUE;

    /** More digits cannot be a length that fits; fewer cannot overflow a long. */
    private static final int MOST_LENGTH_DIGITS = 18;

    private final GuardLimits limits;
    private final EnumSet<GuardedField> seen = EnumSet.noneOf(GuardedField.class);
    private long contentLength;
    private boolean form;

    FieldRules(GuardLimits limits) {
        this.limits = limits;
    }

    void reset() {
        seen.clear();
        contentLength = 0;
        form = false;
    }

    /** Takes note of a guarded field as soon as its name is read. */
    @Nullable
    ApiError name(GuardedField field, HeadCursor head, int from, int to) {
        if (!head.matches(field.lowerCaseName(), from, to)) {
            return Refusals.LOOKALIKE_FIELD;
        }
        return seen.add(field) ? field.whenSent() : field.whenRepeated();
    }

    /** Checks the value of a guarded field: the bytes between the colon and the line end. */
    @Nullable
    ApiError value(GuardedField field, HeadCursor head, int afterColon, int to) {
        int from = afterColon < to && head.at(afterColon) == ' ' ? afterColon + 1 : afterColon;
        return switch (field) {
            case HOST -> HostRules.accepts(head, from, to) ? null : Refusals.HOST;
            case CONTENT_LENGTH -> readContentLength(head, from, to);
            case TRANSFER_ENCODING -> head.matches("chunked", from, to) ? null : Refusals.TRANSFER_CODING;
            case CONNECTION -> isConnectionOption(head, from, to) ? null : Refusals.CONNECTION;
            case EXPECT -> head.matches("100-continue", from, to) ? null : Refusals.EXPECTATION;
            case CONTENT_TYPE -> {
                form = head.matches(FORM, from, Math.min(to, from + FORM.length()));
                yield null;
            }
            case TE -> head.matches("trailers", from, to) ? null : Refusals.TE;
            default -> null;
        };
    }

    private static boolean isConnectionOption(HeadCursor head, int from, int to) {
        return head.matches("keep-alive", from, to) || head.matches("close", from, to);
    }

    private @Nullable ApiError readContentLength(HeadCursor head, int from, int to) {
        int digits = to - from;
        if (digits < 1 || (digits > 1 && head.at(from) == '0')) {
            return Refusals.CONTENT_LENGTH;
        }
        long length = 0;
        for (int i = from; i < to; i++) {
            int digit = head.at(i) - '0';
            if (digit < 0 || digit > 9) {
                return Refusals.CONTENT_LENGTH;
            }
            length = digits > MOST_LENGTH_DIGITS ? TOO_LONG : length * 10 + digit;
        }
        contentLength = length;
        return null;
    }

    /** Checks what can only be told at the end of the header section. */
    @Nullable
    ApiError end(boolean mayHaveBody) {
        boolean chunked = seen.contains(GuardedField.TRANSFER_ENCODING);
        if (!seen.contains(GuardedField.HOST)) {
            return Refusals.HOST;
        }
        if (chunked && seen.contains(GuardedField.CONTENT_LENGTH)) {
            return Refusals.LENGTH_AND_CODING;
        }
        boolean hasBody = chunked || contentLength > 0;
        if (hasBody && !mayHaveBody) {
            return Refusals.BODY_NOT_ALLOWED;
        }
        if (contentLength > mostBytes()) {
            return Refusals.bodyTooLarge(mostBytes());
        }
        return !hasBody && seen.contains(GuardedField.EXPECT) ? Refusals.EXPECTATION : null;
    }

    private int mostBytes() {
        return form ? limits.formBytes() : limits.bodyBytes();
    }

    /** The body that an accepted header section announces. */
    BodyFraming framing() {
        return seen.contains(GuardedField.TRANSFER_ENCODING)
                ? new BodyFraming.Chunked(mostBytes())
                : new BodyFraming.Length(Math.toIntExact(contentLength));
    }
}
