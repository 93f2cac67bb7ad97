package dev.tollgate.metering;

import dev.tollgate.openai.Usage;

/**
 * What a token of each kind costs, in thousandths of a meter unit. The default, {@link #TOKENS}, makes a unit a token.
 *
 * <p>Immutable. All arithmetic is exact: it throws {@link ArithmeticException} rather than overflow, and rounds up once,
 * at the end.
 *
 * @param inputMillis prompt tokens that are neither read from a cache nor written to one
 * @param cachedInputMillis prompt tokens read from a cache
 * @param cacheWriteMillis prompt tokens written to a cache
 * @param outputMillis answer tokens, and what a provider's total has beyond input and output
 */
public record UnitWeights(long inputMillis, long cachedInputMillis, long cacheWriteMillis, long outputMillis) {

    public static final UnitWeights TOKENS = new UnitWeights(1000, 1000, 1000, 1000);

    public UnitWeights {
        if (inputMillis < 0 || cachedInputMillis < 0 || cacheWriteMillis < 0 || outputMillis < 0) {
            throw new IllegalArgumentException("weights cannot be negative");
        }
    }

    /** The units of a reported usage. Cache details beyond the input they are part of are not believed. */
    public long units(Usage usage) {
        long cached = Math.min(usage.cachedTokens(), usage.inputTokens());
        long written = Math.min(usage.cacheWriteTokens(), usage.inputTokens() - cached);
        long plain = usage.inputTokens() - cached - written;
        long output = usage.billableTokens() - usage.inputTokens();
        long millis = Math.multiplyExact(plain, inputMillis);
        millis = Math.addExact(millis, Math.multiplyExact(cached, cachedInputMillis));
        millis = Math.addExact(millis, Math.multiplyExact(written, cacheWriteMillis));
        return roundUp(Math.addExact(millis, Math.multiplyExact(output, outputMillis)));
    }

    /** At least the units of any usage within {@code bound}, however its input is split. */
    public long units(TokenBound bound) {
        long dearestInput = Math.max(inputMillis, Math.max(cachedInputMillis, cacheWriteMillis));
        long input = Math.multiplyExact(bound.promptTokens(), dearestInput);
        return roundUp(Math.addExact(input, Math.multiplyExact(bound.outputTokens(), outputMillis)));
    }

    private static long roundUp(long millis) {
        return Math.ceilDiv(millis, 1000);
    }
}
