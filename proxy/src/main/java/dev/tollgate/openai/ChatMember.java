package dev.tollgate.openai;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The top-level members of a chat request that the gate reads; each may occur once. */
enum ChatMember {
    MODEL,
    MESSAGES,
    STREAM,
    STREAM_OPTIONS,
    MAX_TOKENS,
    MAX_COMPLETION_TOKENS,
    N,
    TOOLS,
    WEB_SEARCH_OPTIONS,
    SEARCH_PARAMETERS,
    PLUGINS,
    PREDICTION,
    MODALITIES,
    AUDIO,
    STORE,
    PREVIOUS_RESPONSE_ID,
    CONVERSATION,
    PROMPT,
    MODELS,
    SERVICE_TIER;

    private static final Map<String, ChatMember> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ChatMember::memberName, Function.identity()));

    private final String memberName = name().toLowerCase(Locale.ROOT);

    String memberName() {
        return memberName;
    }

    static @Nullable ChatMember named(String name) {
        return BY_NAME.get(name);
    }

    /**
     * The member that {@code name} differs from in case only. Some servers match names regardless of case, so such a
     * name could set what the gate did not see.
     */
    static @Nullable ChatMember resembling(String name) {
        for (ChatMember member : values()) {
            if (member.memberName.equalsIgnoreCase(name)) {
                return member;
            }
        }
        return null;
    }
}
