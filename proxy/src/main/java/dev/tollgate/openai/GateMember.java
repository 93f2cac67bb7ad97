package dev.tollgate.openai;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The top-level members of request bodies that the gate reads; each may occur once. Which of them count depends on the kind of request. */
enum GateMember {
    MODEL,
    MESSAGES,
    INPUT,
    PROMPT,
    STREAM,
    STREAM_OPTIONS,
    STREAM_FORMAT,
    MAX_TOKENS,
    MAX_COMPLETION_TOKENS,
    MAX_OUTPUT_TOKENS,
    N,
    BEST_OF,
    ECHO,
    SIZE,
    IMAGE,
    IMAGES,
    MASK,
    TOOLS,
    WEB_SEARCH_OPTIONS,
    SEARCH_PARAMETERS,
    PLUGINS,
    PREDICTION,
    MODALITIES,
    AUDIO,
    STORE,
    BACKGROUND,
    MULTI_AGENT,
    CONTEXT_MANAGEMENT,
    PREVIOUS_RESPONSE_ID,
    CONVERSATION,
    MODELS,
    SERVICE_TIER;

    private static final Map<String, GateMember> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(GateMember::memberName, Function.identity()));

    private final String memberName = name().toLowerCase(Locale.ROOT);

    String memberName() {
        return memberName;
    }

    /** The member of that name, if it is one of those. */
    static @Nullable GateMember named(String name, Set<GateMember> among) {
        GateMember member = BY_NAME.get(name);
        return member != null && among.contains(member) ? member : null;
    }

    /**
     * The member that {@code name} differs from in case only. Some servers match names regardless of case, so such a
     * name could set what the gate did not see.
     */
    static @Nullable GateMember resembling(String name, Set<GateMember> among) {
        for (GateMember member : among) {
            if (member.memberName.equalsIgnoreCase(name)) {
                return member;
            }
        }
        return null;
    }
}
