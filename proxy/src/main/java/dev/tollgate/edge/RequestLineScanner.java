package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code METHOD SP target SP HTTP/1.1 CR LF}, and accepts nothing else.
 *
 * <p>Owned by one {@link HeadScanner}. Every verdict depends on the bytes alone, never on how they were cut into reads.
 */
final class RequestLineScanner {

    private enum State {
        METHOD,
        TARGET,
        VERSION,
        CARRIAGE_RETURN,
        LINE_FEED,
        DONE
    }

    private static final String VERSION = "HTTP/1.1";

    /** Longer than every registered method that a client of an HTTP API would send. */
    private static final int MOST_METHOD_BYTES = 16;

    private final GuardLimits limits;
    private State state = State.METHOD;
    private int tokenStart;
    private boolean mayHaveBody;

    RequestLineScanner(GuardLimits limits) {
        this.limits = limits;
    }

    void reset() {
        state = State.METHOD;
        tokenStart = 0;
        mayHaveBody = false;
    }

    boolean isDone() {
        return state == State.DONE;
    }

    /** Whether a body has a meaning for the method that was read. */
    boolean mayHaveBody() {
        return mayHaveBody;
    }

    /** Reads on; needs at least one more byte. */
    @Nullable
    ApiError step(HeadCursor head) {
        return switch (state) {
            case METHOD -> method(head);
            case TARGET -> target(head);
            case VERSION -> version(head);
            case CARRIAGE_RETURN -> expect(head, '\r', State.LINE_FEED);
            case LINE_FEED -> expect(head, '\n', State.DONE);
            case DONE -> throw new IllegalStateException("the request line is complete");
        };
    }

    private @Nullable ApiError method(HeadCursor head) {
        head.skip(CharacterTable.METHOD, MOST_METHOD_BYTES);
        if (!head.hasNext()) {
            return null;
        }
        int end = head.position();
        if (end == MOST_METHOD_BYTES) {
            return Refusals.METHOD;
        }
        if (head.next() != ' ' || end == 0) {
            return Refusals.REQUEST_LINE;
        }
        if (head.matchesExactly("PRI", 0, end)) {
            return Refusals.VERSION;
        }
        if (head.matchesExactly("CONNECT", 0, end) || head.matchesExactly("TRACE", 0, end)) {
            return Refusals.METHOD;
        }
        mayHaveBody = head.matchesExactly("POST", 0, end)
                || head.matchesExactly("PUT", 0, end)
                || head.matchesExactly("PATCH", 0, end);
        enter(State.TARGET, head);
        return null;
    }

    private @Nullable ApiError target(HeadCursor head) {
        int limit = limits.requestLineBytes() - VERSION.length() - 1;
        head.skip(CharacterTable.PATH | CharacterTable.QUERY, limit);
        if (!head.hasNext()) {
            return null;
        }
        int end = head.position();
        byte value = head.next();
        if (value == ' ' && end > tokenStart) {
            ApiError error = TargetRules.check(head, tokenStart, end);
            enter(State.VERSION, head);
            return error;
        }
        if (value == ' ' || value == '\r' || value == '\n') {
            return Refusals.REQUEST_LINE;
        }
        return end == limit ? Refusals.requestLineTooLong(limits) : Refusals.TARGET_PATH;
    }

    private @Nullable ApiError version(HeadCursor head) {
        while (head.hasNext() && state == State.VERSION) {
            int index = head.position() - tokenStart;
            byte value = head.next();
            if (value != VERSION.charAt(index)) {
                boolean otherVersion = index >= "HTTP/".length() && value >= '0' && value <= '9';
                return otherVersion ? Refusals.VERSION : Refusals.REQUEST_LINE;
            }
            if (index == VERSION.length() - 1) {
                enter(State.CARRIAGE_RETURN, head);
            }
        }
        return null;
    }

    private @Nullable ApiError expect(HeadCursor head, char wanted, State then) {
        byte value = head.next();
        if (value != wanted) {
            return value == '\n' || wanted == '\n' ? Refusals.LINE_END : Refusals.REQUEST_LINE;
        }
        enter(then, head);
        return null;
    }

    private void enter(State next, HeadCursor head) {
        state = next;
        tokenStart = head.position();
    }
}
