package dev.tollgate.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.tollgate.openai.ChatRequest.Feature;
import dev.tollgate.openai.ChatRequest.ScanLimits;
import dev.tollgate.openai.ChatRequest.ScanResult;
import dev.tollgate.openai.Splices.Edit;
import dev.tollgate.openai.Splices.Span;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One pass over a chat completions body with Jackson's streaming parser. Lives for one scan, on one thread.
 *
 * <p>The first refusal ends the scan. Text is skipped in place and never turned into strings.
 */
final class ChatScanner {

    /** Lengths and depth are bounded by the body's size and by {@link ScanLimits}, which may differ per upstream. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final int BOM_BYTES = 3;

    private final byte[] bytes;
    private final int start;
    private final int length;
    private final int skippedBytes;
    private final JsonReader json;
    private final MessageScanner messages;

    private final Set<ChatMember> seen = EnumSet.noneOf(ChatMember.class);
    private final Set<Feature> features = EnumSet.noneOf(Feature.class);
    private String model = "";
    private boolean stream;
    private boolean asksForUsage;
    private @Nullable Long maxTokens;
    private @Nullable Long maxCompletionTokens;
    private int choices = 1;
    private @Nullable String serviceTier;
    private int inside;
    private @Nullable Edit askForUsage;
    private @Nullable Span maxTokensValue;
    private @Nullable Span maxCompletionTokensValue;

    private ChatScanner(byte[] bytes, int start, int length, int skippedBytes, JsonReader json) {
        this.bytes = bytes;
        this.start = start;
        this.length = length;
        this.skippedBytes = skippedBytes;
        this.json = json;
        this.messages = new MessageScanner(json);
    }

    static ScanResult scan(ByteBuf body, ScanLimits limits) {
        int length = body.readableBytes();
        byte[] bytes = body.hasArray() ? body.array() : ByteBufUtil.getBytes(body);
        int start = body.hasArray() ? body.arrayOffset() + body.readerIndex() : 0;
        if (!Utf8.isValid(bytes, start, start + length)) {
            return new ScanResult.Rejected(ApiErrors.notJson("it is not UTF-8"));
        }
        int bom = hasBom(bytes, start, length) ? BOM_BYTES : 0;
        if (looksLikeWideText(bytes, start + bom, length - bom)) {
            return new ScanResult.Rejected(ApiErrors.notJson("it is not UTF-8"));
        }
        try (JsonParser parser = JSON.createParser(bytes, start + bom, length - bom)) {
            JsonReader json = new JsonReader(parser, limits.depth());
            return new ChatScanner(bytes, start + bom, length - bom, bom, json).read();
        } catch (JacksonException notJson) {
            return new ScanResult.Rejected(ApiErrors.notJson(place(notJson, bom)));
        } catch (IOException impossible) {
            throw new UncheckedIOException("reading from memory", impossible);
        }
    }

    private ScanResult read() throws IOException {
        if (json.next() != JsonToken.START_OBJECT) {
            return new ScanResult.Rejected(ApiErrors.notJson("it must be an object"));
        }
        inside = offset() + 1;
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
        } else if (!seen.contains(ChatMember.MODEL)) {
            json.refuse("model", "You must provide a model parameter.");
        } else if (!seen.contains(ChatMember.MESSAGES)) {
            json.refuse("messages", "Missing required parameter: 'messages'.");
        } else if (maxTokens != null && maxCompletionTokens != null && !maxTokens.equals(maxCompletionTokens)) {
            json.refuse("max_tokens", "max_tokens and max_completion_tokens differ; send one of them.");
        }
    }

    private void readMember(String name) throws IOException {
        ChatMember member = ChatMember.named(name);
        if (member == null) {
            ChatMember meant = ChatMember.resembling(name);
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

    private void readValue(ChatMember member, JsonToken value) throws IOException {
        switch (member) {
            case MODEL -> readModel(value);
            case MESSAGES -> messages.readMessages(value);
            case STREAM -> stream = json.flag("stream", value);
            case STREAM_OPTIONS -> readStreamOptions(value);
            case MAX_TOKENS -> {
                maxTokensValue = literalSpan();
                maxTokens = readCount("max_tokens", value, 0, Integer.MAX_VALUE);
            }
            case MAX_COMPLETION_TOKENS -> {
                maxCompletionTokensValue = literalSpan();
                maxCompletionTokens = readCount("max_completion_tokens", value, 0, Integer.MAX_VALUE);
            }
            case N -> {
                Long count = readCount("n", value, 1, ChatRequest.CHOICES_MAX);
                choices = count == null ? 1 : Math.toIntExact(count);
            }
            case TOOLS -> noteIf(messages.hasHostedTool(value), Feature.HOSTED_TOOLS);
            case MODALITIES -> noteIf(messages.hasOtherThanText(value), Feature.NON_TEXT_OUTPUT);
            case WEB_SEARCH_OPTIONS -> notePresent(value, Feature.WEB_SEARCH);
            case SEARCH_PARAMETERS, PLUGINS -> notePresent(value, Feature.HOSTED_TOOLS);
            case PREDICTION -> notePresent(value, Feature.PREDICTION);
            case AUDIO -> notePresent(value, Feature.NON_TEXT_OUTPUT);
            case PREVIOUS_RESPONSE_ID, CONVERSATION, PROMPT -> notePresent(value, Feature.STORED_INPUT);
            case MODELS -> notePresent(value, Feature.OTHER_MODELS);
            case STORE -> noteIf(json.flag("store", value), Feature.STORE);
            case SERVICE_TIER -> serviceTier = json.optionalText("service_tier", value);
        }
    }

    private void readModel(JsonToken value) throws IOException {
        String text = value == JsonToken.VALUE_STRING ? json.text() : "";
        if (!ModelName.isUsable(text)) {
            json.refuse("model", "'model' must be a model's name.");
            return;
        }
        model = text;
    }

    private void readStreamOptions(JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            askForUsage = new Edit(literalSpan(), "{\"include_usage\":true}");
            return;
        }
        if (value != JsonToken.START_OBJECT) {
            json.refuse("stream_options", "'stream_options' must be an object or null.");
            return;
        }
        int opening = offset() + 1;
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
            askForUsage = new Edit(literalSpan(), "true");
        }
    }

    /** A whole number within bounds, {@code 1e2} and {@code 100.0} included; null when absent or refused. */
    private @Nullable Long readCount(String name, JsonToken value, long least, long most) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return null;
        }
        BigDecimal number = value.isNumeric() ? json.number() : null;
        long count = number == null ? -1 : wholeOrMinusOne(number);
        if (count < least || count > most) {
            json.refuse(name, "'" + name + "' must be a whole number from " + least + " to " + most + ".");
            return null;
        }
        return count;
    }

    private static long wholeOrMinusOne(BigDecimal number) {
        try {
            return number.longValueExact();
        } catch (ArithmeticException notWhole) {
            return -1;
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

    private ChatRequest request() {
        Edit usage = asksForUsage || askForUsage != null
                ? askForUsage
                : new Edit(Span.at(inside), "\"stream_options\":{\"include_usage\":true},");
        return new ChatRequest(
                length + skippedBytes,
                model,
                stream,
                asksForUsage,
                maxCompletionTokens == null ? maxTokens : maxCompletionTokens,
                choices,
                messages.parts(),
                features,
                serviceTier,
                new Splices(inside, usage, maxCompletionTokensValue, maxTokensValue, caps()));
    }

    private List<Span> caps() {
        List<Span> caps = new ArrayList<>(2);
        if (maxTokens != null && maxTokensValue != null) {
            caps.add(maxTokensValue);
        }
        if (maxCompletionTokens != null && maxCompletionTokensValue != null) {
            caps.add(maxCompletionTokensValue);
        }
        return List.copyOf(caps);
    }

    /** Where the current token starts, from the body's first byte. */
    private int offset() {
        return skippedBytes + Math.toIntExact(json.offset());
    }

    /** The current number, {@code true}, {@code false} or {@code null}; for anything longer only its start counts. */
    private Span literalSpan() {
        int from = offset();
        int to = from;
        while (to < length + skippedBytes && !endsLiteral(bytes[start - skippedBytes + to])) {
            to++;
        }
        return new Span(from, to);
    }

    private static boolean endsLiteral(byte b) {
        return b == ',' || b == '}' || b == ']' || b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    private static boolean hasBom(byte[] bytes, int start, int length) {
        return length >= BOM_BYTES
                && bytes[start] == (byte) 0xEF
                && bytes[start + 1] == (byte) 0xBB
                && bytes[start + 2] == (byte) 0xBF;
    }

    /** A zero among the first four bytes makes Jackson take the text for UTF-16 or UTF-32. */
    private static boolean looksLikeWideText(byte[] bytes, int start, int length) {
        for (int i = start; i < start + Math.min(4, length); i++) {
            if (bytes[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private static String place(JacksonException error, int skippedBytes) {
        long offset = error.getLocation() == null ? -1 : error.getLocation().getByteOffset();
        return offset < 0 ? "it cannot be read" : "see byte " + (offset + skippedBytes);
    }
}
