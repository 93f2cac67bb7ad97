package dev.tollgate.openai;

import dev.tollgate.openai.ModelRequest.CapMember;
import dev.tollgate.openai.ModelRequest.Kind;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the body of one kind of request looks like to the gate.
 *
 * @param members the members that are read, and therefore may occur only once and in one spelling
 * @param required those without which there is nothing to forward
 * @param cap the member that a cap is added under, null where the API has none
 */
record RequestShape(
        Set<GateMember> members,
        Set<GateMember> required,
        @Nullable CapMember cap) {

    private static final RequestShape CHAT = new RequestShape(
            EnumSet.of(
                    GateMember.MODEL,
                    GateMember.MESSAGES,
                    GateMember.STREAM,
                    GateMember.STREAM_OPTIONS,
                    GateMember.MAX_TOKENS,
                    GateMember.MAX_COMPLETION_TOKENS,
                    GateMember.N,
                    GateMember.BEST_OF,
                    GateMember.TOOLS,
                    GateMember.WEB_SEARCH_OPTIONS,
                    GateMember.SEARCH_PARAMETERS,
                    GateMember.PLUGINS,
                    GateMember.PREDICTION,
                    GateMember.MODALITIES,
                    GateMember.AUDIO,
                    GateMember.STORE,
                    GateMember.PREVIOUS_RESPONSE_ID,
                    GateMember.CONVERSATION,
                    GateMember.PROMPT,
                    GateMember.MODELS,
                    GateMember.SERVICE_TIER),
            EnumSet.of(GateMember.MODEL, GateMember.MESSAGES),
            CapMember.MAX_COMPLETION_TOKENS);

    private static final Set<GateMember> STORED =
            EnumSet.of(GateMember.PREVIOUS_RESPONSE_ID, GateMember.CONVERSATION, GateMember.PROMPT);

    private static final RequestShape RESPONSES = new RequestShape(
            with(
                    STORED,
                    GateMember.MODEL,
                    GateMember.INPUT,
                    GateMember.STREAM,
                    GateMember.MAX_OUTPUT_TOKENS,
                    GateMember.TOOLS,
                    GateMember.STORE,
                    GateMember.BACKGROUND,
                    GateMember.MULTI_AGENT,
                    GateMember.CONTEXT_MANAGEMENT,
                    GateMember.WEB_SEARCH_OPTIONS,
                    GateMember.SEARCH_PARAMETERS,
                    GateMember.PLUGINS,
                    GateMember.MODELS,
                    GateMember.SERVICE_TIER),
            EnumSet.of(GateMember.MODEL),
            CapMember.MAX_OUTPUT_TOKENS);

    private static final RequestShape COMPACT = new RequestShape(
            with(STORED, GateMember.MODEL, GateMember.INPUT, GateMember.SERVICE_TIER),
            EnumSet.of(GateMember.MODEL),
            null);

    private static final RequestShape INPUT_TOKENS = new RequestShape(
            with(STORED, GateMember.MODEL, GateMember.INPUT, GateMember.TOOLS), EnumSet.noneOf(GateMember.class), null);

    private static final RequestShape COMPLETIONS = new RequestShape(
            EnumSet.of(
                    GateMember.MODEL,
                    GateMember.PROMPT,
                    GateMember.STREAM,
                    GateMember.STREAM_OPTIONS,
                    GateMember.MAX_TOKENS,
                    GateMember.N,
                    GateMember.BEST_OF,
                    GateMember.ECHO,
                    GateMember.MODELS,
                    GateMember.SERVICE_TIER),
            EnumSet.of(GateMember.MODEL, GateMember.PROMPT),
            CapMember.MAX_TOKENS);

    private static final RequestShape EMBEDDINGS = new RequestShape(
            EnumSet.of(GateMember.MODEL, GateMember.INPUT), EnumSet.of(GateMember.MODEL, GateMember.INPUT), null);

    private static final RequestShape IMAGES = new RequestShape(
            EnumSet.of(
                    GateMember.MODEL,
                    GateMember.PROMPT,
                    GateMember.N,
                    GateMember.SIZE,
                    GateMember.STREAM,
                    GateMember.IMAGE,
                    GateMember.IMAGES,
                    GateMember.MASK),
            EnumSet.of(GateMember.PROMPT),
            null);

    private static final RequestShape SPEECH = new RequestShape(
            EnumSet.of(GateMember.MODEL, GateMember.INPUT, GateMember.STREAM_FORMAT),
            EnumSet.of(GateMember.MODEL, GateMember.INPUT),
            null);

    /** Bodies that are no JSON; their fields are read as they pass. */
    private static final RequestShape FORM =
            new RequestShape(EnumSet.of(GateMember.MODEL), EnumSet.noneOf(GateMember.class), null);

    static RequestShape of(Kind kind) {
        return switch (kind) {
            case CHAT -> CHAT;
            case RESPONSES -> RESPONSES;
            case COMPACT -> COMPACT;
            case INPUT_TOKENS -> INPUT_TOKENS;
            case COMPLETIONS -> COMPLETIONS;
            case EMBEDDINGS -> EMBEDDINGS;
            case IMAGES -> IMAGES;
            case SPEECH -> SPEECH;
            case TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> FORM;
        };
    }

    private static Set<GateMember> with(Set<GateMember> some, GateMember... more) {
        Set<GateMember> all = EnumSet.copyOf(some);
        all.addAll(Set.of(more));
        return all;
    }
}
