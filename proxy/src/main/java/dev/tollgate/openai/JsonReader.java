package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** A parser with a depth limit, and the first refusal of whoever reads from it. Lives for one scan. */
final class JsonReader {

    private static final long NONE = -1;

    /** A string's quotes, and the comma behind most. */
    private static final int AROUND_TEXT_BYTES = 3;

    private final JsonParser parser;
    private final int depthLimit;
    private @Nullable ApiError refusal;

    /** Of all strings whose end is known. */
    private long textBytes;

    private long numbers;
    private long textStart = NONE;

    JsonReader(JsonParser parser, int depthLimit) {
        this.parser = parser;
        this.depthLimit = depthLimit;
    }

    /** The next token, null at the end of the input. */
    JsonToken next() throws IOException {
        JsonToken token = parser.nextToken();
        measure(token);
        if (token != null && token.isStructStart() && parser.getParsingContext().getNestingDepth() > depthLimit) {
            refuse(ApiErrors.tooDeep(depthLimit));
        }
        return token;
    }

    /** Strings are measured from where they start to what follows, since skipping one leaves its end unknown. */
    private void measure(@Nullable JsonToken token) {
        if (textStart != NONE) {
            textBytes += Math.max(0, offset() - textStart - AROUND_TEXT_BYTES);
            textStart = NONE;
        }
        if (token == JsonToken.VALUE_STRING) {
            textStart = offset();
        } else if (token != null && token.isNumeric()) {
            numbers++;
        }
    }

    /** What of the text was read so far: see {@link #likelyTokens}. */
    record Mark(long textBytes, long numbers) {}

    Mark mark() {
        return new Mark(textBytes, numbers);
    }

    /** Takes what came since then for something else than text, the current token included. */
    void forgetSince(Mark mark) {
        textBytes = mark.textBytes;
        numbers = mark.numbers;
        textStart = NONE;
    }

    /** About how many tokens all strings and numbers so far have, by their length. */
    long likelyTokens() {
        return Math.ceilDiv(textBytes, ModelRequest.BYTES_PER_TOKEN) + numbers;
    }

    String name() throws IOException {
        return parser.currentName();
    }

    String text() throws IOException {
        return parser.getText();
    }

    /** How many characters the text has; a pair of surrogates is one. */
    int characters() throws IOException {
        return Character.codePointCount(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
    }

    private BigDecimal number() throws IOException {
        return parser.getDecimalValue();
    }

    /** Where the current token starts, counted from where the parser started. */
    long offset() {
        return parser.currentTokenLocation().getByteOffset();
    }

    /** Moves to the last token of the value whose first token is the current one. */
    void skipValue() throws IOException {
        int open = 0;
        JsonToken token = parser.currentToken();
        while (!refused()) {
            open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (open == 0) {
                return;
            }
            token = next();
        }
    }

    /** Skips likewise. Whether a member of that name, however written, was in it with a value. */
    boolean skipValueLookingFor(String member) throws IOException {
        int open = 0;
        boolean found = false;
        JsonToken token = parser.currentToken();
        while (!refused()) {
            open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (open == 0) {
                return found;
            }
            boolean named = token == JsonToken.FIELD_NAME && member.equalsIgnoreCase(name());
            token = next();
            found |= named && token != JsonToken.VALUE_NULL;
        }
        return found;
    }

    /** {@code true}, or {@code false} for false and null; anything else is refused. */
    boolean flag(String param, JsonToken value) {
        if (value != JsonToken.VALUE_TRUE && value != JsonToken.VALUE_FALSE && value != JsonToken.VALUE_NULL) {
            refuse(param, "'" + param + "' must hold true, false or null here.");
        }
        return value == JsonToken.VALUE_TRUE;
    }

    /** A string, or null for null; anything else is refused. */
    @Nullable
    String optionalText(String param, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            return text();
        }
        if (value != JsonToken.VALUE_NULL) {
            refuse(param, "'" + param + "' must be a string or null.");
        }
        return null;
    }

    /** A whole number within bounds, {@code 1e2} and {@code 100.0} included; null when absent or refused. */
    @Nullable
    Long count(String name, JsonToken value, long least, long most) throws IOException {
        if (value == JsonToken.VALUE_NULL) {
            return null;
        }
        BigDecimal number = value.isNumeric() ? number() : null;
        long count = number == null ? -1 : wholeOrMinusOne(number);
        if (count < least || count > most) {
            refuse(name, "'" + name + "' must be a whole number from " + least + " to " + most + ".");
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

    void refuse(@Nullable String param, String message) {
        refuse(ApiError.invalidRequest(400, null, param, message));
    }

    void refuse(ApiError error) {
        if (refusal == null) {
            refusal = error;
        }
    }

    boolean refused() {
        return refusal != null;
    }

    @Nullable
    ApiError refusal() {
        return refusal;
    }
}
