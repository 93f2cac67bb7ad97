package dev.tollgate.openai;

/**
 * What a provider says one answer used, in tokens, whatever the provider calls the members. A part it did not name is 0.
 *
 * <p>The detail counts are subsets of the three main ones and are never added to them.
 *
 * @param inputTokens prompt tokens, cached ones and cache writes included
 * @param outputTokens answer tokens, reasoning and rejected predictions included
 * @param totalTokens the provider's own total; larger than the sum where reasoning is not part of the output
 * @param cachedTokens input read from a cache
 * @param cacheWriteTokens input written to a cache
 * @param reasoningTokens output that is not shown
 * @param inputAudioTokens input that is audio
 * @param outputAudioTokens output that is audio
 * @param audioMillis how long the audio was that is charged by the second instead of by tokens, rounded up
 */
public record Usage(
        long inputTokens,
        long outputTokens,
        long totalTokens,
        long cachedTokens,
        long cacheWriteTokens,
        long reasoningTokens,
        long inputAudioTokens,
        long outputAudioTokens,
        long audioMillis) {

    /** Nothing. */
    public static final Usage NONE = of(0, 0, 0);

    /**
     * Checks every count.
     *
     * @throws ArithmeticException when input and output overflow together
     */
    public Usage {
        if (inputTokens < 0 || outputTokens < 0 || totalTokens < 0) {
            throw new IllegalArgumentException("token counts cannot be negative");
        }
        if (cachedTokens < 0
                || cacheWriteTokens < 0
                || reasoningTokens < 0
                || inputAudioTokens < 0
                || outputAudioTokens < 0
                || audioMillis < 0) {
            throw new IllegalArgumentException("details cannot be negative");
        }
        Math.addExact(inputTokens, outputTokens);
    }

    /** A usage without details. */
    public static Usage of(long inputTokens, long outputTokens, long totalTokens) {
        return new Usage(inputTokens, outputTokens, totalTokens, 0, 0, 0, 0, 0, 0);
    }

    /** A usage of audio alone. */
    public static Usage ofAudio(long audioMillis) {
        return new Usage(0, 0, 0, 0, 0, 0, 0, 0, audioMillis);
    }

    /** Whether it says anything: some servers write zeros until they know. */
    boolean isKnown() {
        return billableTokens() > 0 || audioMillis > 0;
    }

    /** Whether it is no less than {@code other}. */
    boolean reaches(Usage other) {
        long more = billableTokens() - other.billableTokens();
        return more > 0 || (more == 0 && audioMillis >= other.audioMillis);
    }

    /** The tokens that are charged: the total, or the sum of input and output where that is larger. */
    public long billableTokens() {
        return Math.max(totalTokens, inputTokens + outputTokens);
    }
}
