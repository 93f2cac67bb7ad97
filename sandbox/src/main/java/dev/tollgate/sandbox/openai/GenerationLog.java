package dev.tollgate.sandbox.openai;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything generated: exact totals for ever, single generations up to a bound. Guarded by its own monitor. */
final class GenerationLog {
    private final Map<String, Generation> latest = new LinkedHashMap<>();
    private int keptMax = 100_000;
    private long count;
    private long totalTokens;

    /** Enters a generation, or replaces what was entered under its id before. */
    synchronized void put(Generation generation) {
        @Nullable Generation earlier = latest.put(generation.id(), generation);
        totalTokens += generation.totalTokens() - (earlier == null ? 0 : earlier.totalTokens());
        count += earlier == null ? 1 : 0;
        trim();
    }

    synchronized List<Generation> all() {
        return new ArrayList<>(latest.values());
    }

    synchronized long count() {
        return count;
    }

    synchronized long totalTokens() {
        return totalTokens;
    }

    synchronized void keep(int generations) {
        keptMax = generations;
        trim();
    }

    private void trim() {
        var oldest = latest.entrySet().iterator();
        while (latest.size() > keptMax && oldest.hasNext()) {
            oldest.next();
            oldest.remove();
        }
    }
}
