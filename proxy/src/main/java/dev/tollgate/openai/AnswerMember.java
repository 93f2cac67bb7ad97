package dev.tollgate.openai;

/** The member names of answers and chunks that mean something here. */
enum AnswerMember {
    USAGE("usage"),
    X_GROQ("x_groq"),
    RESPONSE("response"),
    CHOICES("choices"),
    /** The items of a response. */
    OUTPUT("output"),
    ERROR("error"),
    MODEL("model"),
    TYPE("type"),
    /** The text of a typed event. */
    DELTA("delta"),
    /** Members that make a chunk without choices worth keeping. */
    MODERATION("moderation"),
    PROMPT_FILTER_RESULTS("prompt_filter_results"),
    /** Members whose strings the model wrote. */
    CONTENT("content"),
    REASONING_CONTENT("reasoning_content"),
    REASONING("reasoning"),
    REFUSAL("refusal"),
    ARGUMENTS("arguments"),
    TEXT("text"),
    TRANSCRIPT("transcript"),
    THINKING("thinking"),
    OTHER("");

    static final int LENGTH_MAX = 24;

    private static final AnswerMember[] MEMBERS = values();

    private final String spelling;

    AnswerMember(String name) {
        this.spelling = name;
    }

    static AnswerMember named(byte[] name, int length) {
        for (AnswerMember member : MEMBERS) {
            if (member.isSpelled(name, length)) {
                return member;
            }
        }
        return OTHER;
    }

    /** Whether strings within a top-level member of this name can be text of the model. */
    boolean holdsModelText() {
        return this == CHOICES || this == OUTPUT;
    }

    /** Whether a string under this name, somewhere in such a member, is text of the model. */
    boolean isModelText() {
        return compareTo(CONTENT) >= 0 && this != OTHER;
    }

    private boolean isSpelled(byte[] name, int length) {
        if (length == 0 || spelling.length() != length) {
            return false;
        }
        int i = 0;
        while (i < length && spelling.charAt(i) == name[i]) {
            i++;
        }
        return i == length;
    }
}
