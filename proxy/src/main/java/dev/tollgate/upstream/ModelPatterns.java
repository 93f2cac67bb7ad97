package dev.tollgate.upstream;

import java.util.List;

/**
 * The models that a provider is asked for.
 *
 * @param patterns exact names, and prefixes with a {@code *} behind them; none at all stands for every model
 */
public record ModelPatterns(List<String> patterns) {
    /** What {@link #closeness} says of a model that is not meant. */
    static final int NOT_MEANT = -1;

    private static final int EXACT = Integer.MAX_VALUE;

    public ModelPatterns {
        patterns = List.copyOf(patterns);
        if (patterns.contains("")) {
            throw new IllegalArgumentException("an empty pattern");
        }
    }

    /** How closely the best pattern describes the model: the longer its prefix the closer, an exact name above all. */
    int closeness(String model) {
        int best = patterns.isEmpty() ? 0 : NOT_MEANT;
        for (String pattern : patterns) {
            best = Math.max(best, closeness(pattern, model));
        }
        return best;
    }

    private static int closeness(String pattern, String model) {
        if (!pattern.endsWith("*")) {
            return pattern.equals(model) ? EXACT : NOT_MEANT;
        }
        int prefixLength = pattern.length() - 1;
        return model.regionMatches(0, pattern, 0, prefixLength) ? prefixLength : NOT_MEANT;
    }
}
