package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import org.jspecify.annotations.Nullable;

/**
 * What a request target may look like: origin form only (RFC 9112, section 3.2.1), in the one spelling that needs no
 * normalising.
 *
 * <p>The route table decides by the path what is metered, so there must be one path per route. Percent escapes, empty
 * segments, dot segments, backslashes and path parameters are refused, not resolved: what is never rewritten cannot be
 * rewritten differently behind the gate.
 */
final class TargetRules {

    private TargetRules() {}

    /** Checks a target whose bytes are all of class {@link CharacterTable#PATH} or {@link CharacterTable#QUERY}. */
    static @Nullable ApiError check(HeadCursor head, int from, int to) {
        if (head.at(from) != '/') {
            return Refusals.TARGET_FORM;
        }
        int pathEnd = head.indexOf('?', from, to);
        ApiError error = checkPath(head, from, pathEnd);
        return error != null ? error : checkQuery(head, pathEnd, to);
    }

    private static @Nullable ApiError checkPath(HeadCursor head, int from, int to) {
        int segment = from + 1;
        for (int i = segment; i < to; i++) {
            byte value = head.at(i);
            if (!CharacterTable.isIn(value, CharacterTable.PATH)) {
                return Refusals.TARGET_PATH;
            }
            if (value == '/') {
                if (i == segment || isDots(head, segment, i)) {
                    return Refusals.TARGET_SEGMENT;
                }
                segment = i + 1;
            }
        }
        return isDots(head, segment, to) ? Refusals.TARGET_SEGMENT : null;
    }

    private static boolean isDots(HeadCursor head, int from, int to) {
        return head.matchesExactly(".", from, to) || head.matchesExactly("..", from, to);
    }

    private static @Nullable ApiError checkQuery(HeadCursor head, int from, int to) {
        for (int i = from; i < to; i++) {
            if (head.at(i) == '%' && !isEscape(head, i, to)) {
                return Refusals.TARGET_QUERY;
            }
        }
        return null;
    }

    private static boolean isEscape(HeadCursor head, int percent, int to) {
        if (to - percent < 3) {
            return false;
        }
        int high = CharacterTable.hexValue(head.at(percent + 1));
        int low = CharacterTable.hexValue(head.at(percent + 2));
        int decoded = high << 4 | low;
        return high >= 0 && low >= 0 && decoded >= ' ' && decoded != 0x7F;
    }
}
