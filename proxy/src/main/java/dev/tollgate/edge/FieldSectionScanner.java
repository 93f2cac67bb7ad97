package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * Reads header lines up to the empty line (RFC 9112, section 5), each as {@code name ":" value CR LF}.
 *
 * <p>Owned by one {@link HeadScanner}. Every verdict depends on the bytes alone, never on how they were cut into reads.
 */
final class FieldSectionScanner {

    private enum State {
        LINE_START,
        NAME,
        VALUE,
        LINE_FEED,
        LAST_LINE_FEED,
        DONE
    }

    private final GuardLimits limits;
    private final FieldRules rules;
    private State state = State.LINE_START;
    private int sectionStart;
    private int lineStart;
    private int valueStart;
    private int fields;
    private @Nullable GuardedField field;

    FieldSectionScanner(GuardLimits limits) {
        this.limits = limits;
        rules = new FieldRules(limits);
    }

    /** Makes ready for a header section that starts at the given position of the head. */
    void reset(int position) {
        rules.reset();
        state = State.LINE_START;
        sectionStart = position;
        fields = 0;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** What the fields say together; only once the section is done. */
    FieldRules rules() {
        return rules;
    }

    /** Reads on; needs at least one more byte. */
    @Nullable
    ApiError step(HeadCursor head) {
        return switch (state) {
            case LINE_START -> lineStart(head);
            case NAME -> name(head);
            case VALUE -> value(head);
            case LINE_FEED -> lineFeed(head, State.LINE_START);
            case LAST_LINE_FEED -> lineFeed(head, State.DONE);
            case DONE -> throw new IllegalStateException("the header section is complete");
        };
    }

    private @Nullable ApiError lineStart(HeadCursor head) {
        byte value = head.peek();
        lineStart = head.position();
        if (lineStart - sectionStart > limits.fieldSectionBytes()) {
            return Refusals.headersTooLarge(limits);
        }
        if (value == '\r') {
            head.next();
            state = State.LAST_LINE_FEED;
            return null;
        }
        if (value == ' ' || value == '\t') {
            return Refusals.FOLDED_FIELD;
        }
        fields++;
        state = State.NAME;
        return fields > limits.fields() ? Refusals.headersTooLarge(limits) : null;
    }

    private @Nullable ApiError name(HeadCursor head) {
        head.skip(CharacterTable.TOKEN, lineLimit());
        if (!head.hasNext()) {
            return null;
        }
        int end = head.position();
        if (end == lineLimit()) {
            return Refusals.headersTooLarge(limits);
        }
        byte value = head.next();
        if (value != ':' || end == lineStart) {
            return value == '\n' ? Refusals.LINE_END : Refusals.FIELD_NAME;
        }
        valueStart = head.position();
        state = State.VALUE;
        field = GuardedField.named(head, lineStart, end);
        return field == null ? null : rules.name(field, head, lineStart, end);
    }

    private @Nullable ApiError value(HeadCursor head) {
        head.skip(CharacterTable.FIELD_VALUE, lineLimit());
        if (!head.hasNext()) {
            return null;
        }
        int end = head.position();
        byte value = head.next();
        if (value == '\r') {
            state = State.LINE_FEED;
            return field == null ? null : rules.value(field, head, valueStart, end);
        }
        if (end == lineLimit()) {
            return Refusals.headersTooLarge(limits);
        }
        return value == '\n' ? Refusals.LINE_END : Refusals.FIELD_VALUE;
    }

    private @Nullable ApiError lineFeed(HeadCursor head, State then) {
        if (head.next() != '\n') {
            return Refusals.LINE_END;
        }
        state = then;
        return null;
    }

    private int lineLimit() {
        return Math.min(lineStart + limits.fieldBytes(), sectionStart + limits.fieldSectionBytes());
    }
}
