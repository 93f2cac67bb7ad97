package dev.tollgate.sandbox.openai;

/** What the model says: one word per token, always the same for the same prompt. */
final class Words {
    private static final String[] VOCABULARY = {
        "gate",
        "river",
        "amber",
        "quiet",
        "stone",
        "paper",
        "north",
        "seven",
        "light",
        "garden",
        "copper",
        "under",
        "window",
        "market",
        "early",
        "silver",
        "bridge",
        "morning",
        "little",
        "harbour",
        "answer",
        "winter",
        "circle",
        "always",
        "number",
        "forest",
        "yellow",
        "travel",
        "between",
        "letter",
        "mountain",
        "ready"
    };

    private Words() {}

    /** The word for one token; a space leads all but the first. */
    static String at(int seed, int choice, int position) {
        String word = VOCABULARY[Math.floorMod(seed + choice * 11 + position * 7, VOCABULARY.length)];
        return position == 0 ? word : " " + word;
    }

    static String text(int seed, int choice, int count) {
        StringBuilder text = new StringBuilder(count * 7);
        for (int position = 0; position < count; position++) {
            text.append(at(seed, choice, position));
        }
        return text.toString();
    }
}
