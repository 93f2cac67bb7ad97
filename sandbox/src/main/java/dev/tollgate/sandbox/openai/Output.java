package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What the model says in each choice: words, or one text in pieces of four characters. A word or a piece is a token.
 *
 * @param tokens of each choice, after the cap
 * @param capped whether the cap ended it
 * @param whole the text to say, or null for words
 */
record Output(
        int seed, int tokens, boolean capped, @Nullable String whole) {
    private static final int PIECE_CHARACTERS = 4;

    /** As many words as the prompt wants and the cap allows. */
    static Output words(Prompt prompt, long cap) {
        int wanted = prompt.wantedTokens();
        return new Output(prompt.seed(), (int) Math.min(wanted, cap), wanted > cap, null);
    }

    /** This text as far as the cap allows. */
    static Output text(String whole, long cap) {
        int tokens = (whole.length() + PIECE_CHARACTERS - 1) / PIECE_CHARACTERS;
        return tokens > cap
                ? new Output(0, (int) cap, true, whole.substring(0, (int) cap * PIECE_CHARACTERS))
                : new Output(0, tokens, false, whole);
    }

    /** The smaller of the caps that are there; unlimited when none is. */
    static long cap(JsonNode... caps) {
        long smallest = Long.MAX_VALUE;
        for (JsonNode cap : caps) {
            smallest = cap.isNumber() ? Math.min(smallest, cap.longValue()) : smallest;
        }
        return smallest;
    }

    /** One token. */
    String piece(int choice, int position) {
        if (whole == null) {
            return Words.at(seed, choice, position);
        }
        int from = position * PIECE_CHARACTERS;
        return whole.substring(from, Math.min(whole.length(), from + PIECE_CHARACTERS));
    }

    /** All of one choice. */
    String text(int choice) {
        return whole == null ? Words.text(seed, choice, tokens) : whole;
    }

    /** Whether a piece can stand in a JSON string as it is. */
    boolean needsNoEscape() {
        return whole == null;
    }

    /** {@code stop} or {@code length}. */
    String finishReason() {
        return capped ? "length" : "stop";
    }
}
