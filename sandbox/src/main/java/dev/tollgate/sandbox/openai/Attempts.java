package dev.tollgate.sandbox.openai;

import java.util.LinkedHashMap;
import java.util.Map;

/** How often each body was sent, for the last bodies that wanted refusals. Guarded by its own monitor. */
final class Attempts {
    private static final int BODIES_MAX = 1000;

    private final Map<String, Integer> attempts = new LinkedHashMap<>();

    /** Counts one more request with this body. */
    synchronized int next(String path, String body) {
        int attempt = attempts.merge(path + "\n" + body, 1, Integer::sum);
        if (attempts.size() > BODIES_MAX) {
            attempts.remove(attempts.keySet().iterator().next());
        }
        return attempt;
    }
}
