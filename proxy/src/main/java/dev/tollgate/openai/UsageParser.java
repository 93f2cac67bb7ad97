package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Reads one usage object, of any of the known spellings. Lives for one object. */
final class UsageParser {

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final long BAD = -1;

    private long input;
    private long output;
    private long total;
    private long cached;
    private long cacheWrite;
    private long reasoning;
    private long inputAudio;
    private long outputAudio;
    private boolean mainMalformed;
    private boolean detailMalformed;

    /** The usage, or null when a main count is malformed; a malformed detail reads as 0. */
    static @Nullable Usage parse(byte[] json, int length, Runnable onMalformed) {
        UsageParser reader = new UsageParser();
        try (JsonParser parser = JSON.createParser(json, 0, length)) {
            reader.read(parser);
        } catch (IOException | ArithmeticException malformed) {
            reader.mainMalformed = true;
        }
        Usage usage = reader.usage();
        if (usage == null || reader.detailMalformed) {
            onMalformed.run();
        }
        return usage;
    }

    private @Nullable Usage usage() {
        if (mainMalformed) {
            return null;
        }
        try {
            return new Usage(input, output, total, cached, cacheWrite, reasoning, inputAudio, outputAudio);
        } catch (ArithmeticException overflow) {
            return null;
        }
    }

    private void read(JsonParser parser) throws IOException {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "prompt_tokens", "input_tokens" -> input = Math.max(input, mainCount(parser));
                case "completion_tokens", "output_tokens" -> output = Math.max(output, mainCount(parser));
                case "total_tokens" -> total = mainCount(parser);
                case "prompt_tokens_details", "input_tokens_details", "input_token_details" -> readInput(parser);
                case "completion_tokens_details", "output_tokens_details", "output_token_details" -> readOutput(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private void readInput(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "cached_tokens" -> cached = detailCount(parser);
                case "cache_write_tokens" -> cacheWrite = detailCount(parser);
                case "audio_tokens" -> inputAudio = detailCount(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private void readOutput(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "reasoning_tokens" -> reasoning = detailCount(parser);
                case "audio_tokens" -> outputAudio = detailCount(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private long mainCount(JsonParser parser) throws IOException {
        long count = count(parser);
        mainMalformed |= count == BAD;
        return Math.max(count, 0);
    }

    private long detailCount(JsonParser parser) throws IOException {
        long count = count(parser);
        detailMalformed |= count == BAD;
        return Math.max(count, 0);
    }

    /** A count that may be written as a float or be null; {@link #BAD} for anything that is not a count. */
    private static long count(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return 0;
        }
        if (token.isNumeric()) {
            BigDecimal number = parser.getDecimalValue();
            return number.signum() < 0 ? BAD : number.longValueExact();
        }
        parser.skipChildren();
        return BAD;
    }
}
