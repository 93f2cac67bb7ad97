package dev.tollgate.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tollgate.openai.ModelRequest.CapMember;
import dev.tollgate.openai.ModelRequest.Feature;
import dev.tollgate.openai.ModelRequest.Kind;
import dev.tollgate.openai.ModelRequest.ScanLimits;
import dev.tollgate.openai.ModelRequest.ScanResult;
import dev.tollgate.openai.Splices.Cap;
import dev.tollgate.openai.Splices.DefaultCap;
import dev.tollgate.openai.Splices.Edit;
import dev.tollgate.openai.Splices.Span;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a request body with Jackson's streaming parser. Lives for one scan, on one thread.
 *
 * <p>The first refusal ends the scan. Text is skipped in place and never turned into strings.
 */
final class RequestScanner {

    /** Lengths and depth are bounded by the body's size and by {@link ScanLimits}, which may differ per upstream. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();

    /** What OpenAI takes for {@code max_tokens} of a completion. Other servers take more, so it is made explicit. */
    private static final long DEFAULT_COMPLETION_TOKENS = 16;

    private static final String DEFAULT_IMAGE_MODEL = "dall-e-2";

    /** Speech has about 21 tokens a second, and 15 characters of text last one; ten times that covers any tempo. */
    private static final long SPEECH_TOKENS_PER_BYTE = 16;

    private final BodyText text;
    private final JsonReader json;
    private final ContentScanner content;
    private final Kind kind;
    private final RequestShape shape;

    private final Set<GateMember> seen = EnumSet.noneOf(GateMember.class);
    private final Set<Feature> features = EnumSet.noneOf(Feature.class);
    private String model = "";
    private boolean stream;
    private boolean asksForUsage;
    private boolean echo;
    private int choices = 1;
    private int bestOf = 1;
    private int prompts = 1;
    private int characters;
    private long pixels = ImageSize.AUTO;
    private @Nullable String serviceTier;
    private int inside;
    private @Nullable Edit askForUsage;
    private @Nullable Edit storeOff;
    private final Map<CapMember, Long> capTokens = new EnumMap<>(CapMember.class);
    private final List<Cap> caps = new ArrayList<>(2);

    private RequestScanner(Kind kind, BodyText text, JsonReader json) {
        this.text = text;
        this.json = json;
        this.content = new ContentScanner(json);
        this.kind = kind;
        this.shape = RequestShape.of(kind);
    }

    static ScanResult scan(Kind kind, ByteBuf body, ScanLimits limits) {
        BodyText text = BodyText.of(body);
        if (!text.isUtf8()) {
            return new ScanResult.Rejected(ApiErrors.notJson("it is not UTF-8"));
        }
        try (JsonParser parser = text.parser(JSON)) {
            return new RequestScanner(kind, text, new JsonReader(parser, limits.depth())).read();
        } catch (JacksonException notJson) {
            return new ScanResult.Rejected(ApiErrors.notJson(place(notJson, text.skippedBytes())));
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory", impossible);
        }
    }

    private ScanResult read() throws IOException {
        if (json.next() != JsonToken.START_OBJECT) {
            return new ScanResult.Rejected(ApiErrors.notJson("it must be an object"));
        }
        inside = text.offset(json) + 1;
        while (!json.refused() && json.next() == JsonToken.FIELD_NAME) {
            readMember(json.name());
        }
        if (!json.refused()) {
            requireComplete();
        }
        ApiError refusal = json.refusal();
        return refusal == null ? new ScanResult.Scanned(request()) : new ScanResult.Rejected(refusal);
    }

    private void requireComplete() throws IOException {
        if (json.next() != null) {
            json.refuse(ApiErrors.notJson("something follows the object"));
            return;
        }
        for (GateMember member : shape.required()) {
            if (!seen.contains(member)) {
                json.refuse(
                        member.memberName(),
                        member == GateMember.MODEL
                                ? "You must provide a model parameter."
                                : "Missing required parameter: '" + member.memberName() + "'.");
                return;
            }
        }
        if (!echo && capTokens.containsValue(0L)) {
            json.refuse("max_tokens", "'max_tokens' must be at least 1 without echo.");
        }
        if (Set.copyOf(capTokens.values()).size() > 1) {
            json.refuse("max_tokens", "max_tokens and max_completion_tokens differ; send one of them.");
        }
    }

    private void readMember(String name) throws IOException {
        JsonReader.Mark before = json.mark();
        readNamed(name);
        if (!PromptTexts.MEMBERS.contains(name)) {
            json.forgetSince(before);
        }
    }

    private void readNamed(String name) throws IOException {
        GateMember member = GateMember.named(name, shape.members());
        if (member == null) {
            GateMember meant = GateMember.resembling(name, shape.members());
            if (meant != null) {
                json.refuse(meant.memberName(), "Write '" + meant.memberName() + "' in lower case.");
                return;
            }
            json.next();
            json.skipValue();
            return;
        }
        if (!seen.add(member)) {
            json.refuse(member.memberName(), "'" + member.memberName() + "' occurs more than once.");
            return;
        }
        readValue(member, json.next());
    }

    private void readValue(GateMember member, JsonToken value) throws IOException {
        switch (member) {
            case MODEL -> readModel(value);
            case MESSAGES -> {
                content.readMessages(value);
                noteIf(content.hasStoredInput(), Feature.STORED_INPUT);
            }
            case INPUT -> readInput(value);
            case PROMPT -> readPrompt(value);
            case STREAM -> stream = json.flag("stream", value);
            case STREAM_OPTIONS -> readStreamOptions(value);
            case STREAM_FORMAT -> stream = "sse".equals(json.optionalText("stream_format", value));
            case MAX_TOKENS -> readCap(CapMember.MAX_TOKENS, value);
            case MAX_COMPLETION_TOKENS -> readCap(CapMember.MAX_COMPLETION_TOKENS, value);
            case MAX_OUTPUT_TOKENS -> readCap(CapMember.MAX_OUTPUT_TOKENS, value);
            case N -> choices = readChoices("n", value);
            case BEST_OF -> bestOf = readChoices("best_of", value);
            case ECHO -> echo = json.flag("echo", value);
            case SIZE -> pixels = ImageSize.pixels(json.optionalText("size", value));
            case IMAGE, IMAGES, MASK -> noteIf(content.hasStoredImage(value), Feature.STORED_INPUT);
            case TOOLS -> noteIf(content.hasHostedTool(value, kind != Kind.CHAT), Feature.HOSTED_TOOLS);
            case MODALITIES -> noteIf(content.hasOtherThanText(value), Feature.NON_TEXT_OUTPUT);
            case WEB_SEARCH_OPTIONS -> notePresent(value, Feature.WEB_SEARCH);
            case SEARCH_PARAMETERS, PLUGINS -> notePresent(value, Feature.HOSTED_TOOLS);
            case PREDICTION -> notePresent(value, Feature.PREDICTION);
            case AUDIO -> notePresent(value, Feature.NON_TEXT_OUTPUT);
            case PREVIOUS_RESPONSE_ID, CONVERSATION -> notePresent(value, Feature.STORED_INPUT);
            case MODELS -> notePresent(value, Feature.OTHER_MODELS);
            case STORE -> readStore(value);
            case BACKGROUND -> noteIf(json.flag("background", value), Feature.BACKGROUND);
            case MULTI_AGENT -> notePresent(value, Feature.SEVERAL_AGENTS);
            case CONTEXT_MANAGEMENT -> notePresent(value, Feature.COMPACTION);
            case SERVICE_TIER -> serviceTier = json.optionalText("service_tier", value);
        }
    }

    /** An embedding's input is plain; that of a response is made of items, which may name what is not in the body. */
    private void readInput(JsonToken value) throws IOException {
        switch (kind) {
            case RESPONSES, COMPACT, INPUT_TOKENS -> content.readItems(value, features);
            case EMBEDDINGS -> prompts = content.countPrompts(value);
            case SPEECH -> readSpokenText(value);
            case CHAT, COMPLETIONS, IMAGES, TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> json.skipValue();
        }
    }

    /** Speech is sold by the character. */
    private void readSpokenText(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            characters = json.characters();
        } else {
            json.refuse("input", "'input' must be a string.");
        }
    }

    /** For completions and images the prompt is the text itself, elsewhere the name of a stored one. */
    private void readPrompt(JsonToken value) throws IOException {
        switch (kind) {
            case COMPLETIONS -> prompts = content.countPrompts(value);
            case IMAGES, IMAGE_VARIATIONS, TRANSCRIPTIONS, TRANSLATIONS -> json.skipValue();
            case CHAT, RESPONSES, COMPACT, INPUT_TOKENS, EMBEDDINGS, SPEECH -> notePresent(value, Feature.STORED_INPUT);
        }
    }

    /**
     * What a response leaves behind can be read by whoever knows its id, and all callers share one account, so a response
     * is never stored. Elsewhere nothing is stored unless asked for.
     */
    private void readStore(JsonToken value) throws IOException {
        boolean store = json.flag("store", value);
        if (kind == Kind.RESPONSES) {
            storeOff = new Edit(text.literalSpan(json), "false");
        } else {
            noteIf(store, Feature.STORE);
        }
    }

    private void readCap(CapMember member, JsonToken value) throws IOException {
        caps.add(new Cap(member, text.literalSpan(json), value != JsonToken.VALUE_NULL));
        // Some servers take 0 for no limit; OpenAI allows it where a completion only gives back its prompt.
        Long tokens = json.count(member.memberName, value, kind == Kind.COMPLETIONS ? 0 : 1, Integer.MAX_VALUE);
        if (tokens != null) {
            capTokens.put(member, tokens);
        }
    }

    private int readChoices(String name, JsonToken value) throws IOException {
        Long count = json.count(name, value, 1, ModelRequest.CHOICES_MAX);
        return count == null ? 1 : Math.toIntExact(count);
    }

    private void readModel(JsonToken value) throws IOException {
        String name = value == JsonToken.VALUE_STRING ? json.text() : "";
        if (!ModelName.isUsable(name)) {
            json.refuse("model", "'model' must be a model's name.");
            return;
        }
        model = name;
    }

    private void readStreamOptions(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            askForUsage = new Edit(text.literalSpan(json), "{\"include_usage\":true}");
            return;
        }
        if (value != JsonToken.START_OBJECT) {
            json.refuse("stream_options", "'stream_options' must be an object or null.");
            return;
        }
        int opening = text.offset(json) + 1;
        boolean empty = true;
        boolean found = false;
        while (!json.refused() && json.next() == JsonToken.FIELD_NAME) {
            empty = false;
            boolean usageMember = "include_usage".equalsIgnoreCase(json.name());
            if (usageMember && (found || !"include_usage".equals(json.name()))) {
                json.refuse("stream_options", "'include_usage' must occur once, in lower case.");
                return;
            }
            found |= usageMember;
            JsonToken option = json.next();
            if (usageMember) {
                readIncludeUsage(option);
            } else {
                json.skipValue();
            }
        }
        if (!found) {
            askForUsage = new Edit(Span.at(opening), "\"include_usage\":true" + (empty ? "" : ","));
        }
    }

    private void readIncludeUsage(JsonToken value) throws IOException {
        asksForUsage = json.flag("stream_options", value);
        if (!json.refused() && !asksForUsage) {
            askForUsage = new Edit(text.literalSpan(json), "true");
        }
    }

    private void notePresent(JsonToken value, Feature feature) throws IOException {
        noteIf(value != JsonToken.VALUE_NULL, feature);
        json.skipValue();
    }

    private void noteIf(boolean present, Feature feature) {
        if (present) {
            features.add(feature);
        }
    }

    private ModelRequest request() {
        int outputs = Math.multiplyExact(Math.max(choices, bestOf), kind == Kind.EMBEDDINGS ? 1 : prompts);
        return new ModelRequest(
                kind,
                text.bodyBytes(),
                kind == Kind.IMAGES && model.isEmpty() ? DEFAULT_IMAGE_MODEL : model,
                stream,
                asksForUsage,
                outputBoundTokens(),
                outputs,
                echo ? Math.max(choices, bestOf) : 0,
                characters,
                content.parts(),
                PromptTexts.framingTokens(kind, content.messages()) + json.likelyTokens(),
                features,
                serviceTier,
                splices());
    }

    private @Nullable Long outputBoundTokens() {
        return switch (kind) {
            case CHAT, RESPONSES -> sentCap();
            case COMPLETIONS -> sentCap() == null ? (Long) DEFAULT_COMPLETION_TOKENS : sentCap();
            case COMPACT, INPUT_TOKENS, TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> null;
            case EMBEDDINGS -> 0L;
            case IMAGES -> ImageSize.boundTokens(pixels);
            case SPEECH -> SPEECH_TOKENS_PER_BYTE * text.bodyBytes();
        };
    }

    private @Nullable Long sentCap() {
        return capTokens.values().stream().findFirst().orElse(null);
    }

    private Splices splices() {
        Edit usage = asksForUsage || askForUsage != null
                ? askForUsage
                : new Edit(Span.at(inside), "\"stream_options\":{\"include_usage\":true},");
        Edit storeOffEdit = storeOff == null ? new Edit(Span.at(inside), "\"store\":false,") : storeOff;
        List<Edit> always = kind == Kind.RESPONSES ? List.of(storeOffEdit) : List.of();
        boolean addDefault = kind == Kind.COMPLETIONS && capTokens.isEmpty();
        return new Splices(
                inside,
                always,
                usage,
                List.copyOf(caps),
                addDefault ? new DefaultCap(CapMember.MAX_TOKENS, DEFAULT_COMPLETION_TOKENS) : null);
    }

    private static String place(JacksonException error, int skippedBytes) {
        long offset = error.getLocation() == null ? -1 : error.getLocation().getByteOffset();
        return offset < 0 ? "it cannot be read" : "see byte " + (offset + skippedBytes);
    }
}
