package dev.tollgate.admission;

import java.util.OptionalLong;

/**
 * The most that a request can use.
 *
 * @param promptTokens an upper bound of its input
 * @param capTokens the output cap that the caller set, per choice
 * @param choices how many answers are generated
 */
public record Demand(String model, long promptTokens, OptionalLong capTokens, int choices) {
    public Demand {
        if (promptTokens < 0 || choices < 1 || capTokens.orElse(0) < 0) {
            throw new IllegalArgumentException("a demand has no negative amounts");
        }
    }

    /** All that it can use, where the request itself bounds that. */
    public long mostTokens() {
        return Math.addExact(promptTokens, Math.multiplyExact(capTokens.orElse(0), (long) choices));
    }
}
