package dev.tollgate.exchange;

import dev.tollgate.openai.ModelRequest;

/** What an answer is charged. Immutable. */
sealed interface Tariff {

    /**
     * What the provider reported; an estimate within the hold where it did not.
     *
     * @param leastSharePermille the least part of the hold that an estimate comes to
     */
    record ByUsage(int leastSharePermille) implements Tariff {}

    /** What is counted in pieces and known beforehand, at the weights; the provider reports nothing. */
    record ByPiece() implements Tariff {}

    /** One amount, settled beforehand. */
    record Flat(long units) implements Tariff {}

    /** Text shows how far an answer came; images, speech and compacted items do not, so their estimate is the whole hold. */
    static Tariff byUsage(ModelRequest.Kind kind) {
        return switch (kind) {
            case CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, INPUT_TOKENS -> new ByUsage(0);
            case COMPACT, IMAGES, SPEECH, TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> new ByUsage(1000);
        };
    }
}
