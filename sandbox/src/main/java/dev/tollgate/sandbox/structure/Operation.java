package dev.tollgate.sandbox.structure;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One method of one path, with the names of the schemas that say what it takes and gives.
 *
 * @param segments of the path; those in braces stand for anything
 * @param parameters schemas of the query's parameters, by their names
 * @param request schema of the body; null when there is none
 * @param replies schemas by status; empty for a status without a body
 */
record Operation(
        String method,
        List<String> segments,
        Map<String, String> parameters,
        @Nullable String request,
        Map<Integer, Optional<String>> replies) {
    /** For people. */
    String name() {
        return method + " " + String.join("/", segments);
    }

    Optional<String> requestSchema() {
        return Optional.ofNullable(request);
    }

    boolean hasStatus(int status) {
        return replies.containsKey(status);
    }

    Optional<String> replySchema(int status) {
        return replies.getOrDefault(status, Optional.empty());
    }

    /** How many segments are named, not just any; -1 when the path is another. */
    int likeness(List<String> path) {
        if (path.size() != segments.size()) {
            return -1;
        }
        int named = 0;
        for (int i = 0; i < path.size(); i++) {
            boolean anything = segments.get(i).startsWith("{");
            if (!anything && !segments.get(i).equals(path.get(i))) {
                return -1;
            }
            named += anything ? 0 : 1;
        }
        return named;
    }
}
