package dev.tollgate.metering;

/**
 * The most tokens something can cost.
 *
 * @param promptTokens for reading the prompt
 * @param outputTokens for all choices of the answer together
 */
public record TokenBound(long promptTokens, long outputTokens) {

    public TokenBound {
        if (promptTokens < 0 || outputTokens < 0) {
            throw new IllegalArgumentException("bounds cannot be negative");
        }
    }
}
