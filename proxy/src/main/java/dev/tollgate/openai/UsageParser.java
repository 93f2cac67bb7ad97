package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Reads one usage object, of any of the known spellings. Lives for one object. */
final class UsageParser {

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final long BAD = -1;

    /** No recording lasts for longer; a number with more digits would take long to compute with. */
    private static final int SECONDS_DIGITS_MAX = 9;

    private long input;
    private long output;
    private long total;
    private long cached;
    private long cacheWrite;
    private long reasoning;
    private long inputAudio;
    private long outputAudio;
    private long audioMillis;
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
        // What is charged by tokens is not charged by the second as well.
        long audio = input + output + total > 0 ? 0 : audioMillis;
        try {
            return new Usage(input, output, total, cached, cacheWrite, reasoning, inputAudio, outputAudio, audio);
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
                case "seconds" -> audioMillis = millis(parser);
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

    /** Seconds with any fraction, or null, as milliseconds rounded up. */
    private long millis(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return 0;
        }
        BigDecimal seconds = token.isNumeric() ? parser.getDecimalValue() : BigDecimal.ONE.negate();
        int wholeDigits = seconds.precision() - seconds.scale();
        if (seconds.signum() < 0 || wholeDigits > SECONDS_DIGITS_MAX) {
            mainMalformed = true;
            parser.skipChildren();
            return 0;
        }
        return wholeDigits < -SECONDS_DIGITS_MAX
                ? seconds.signum()
                : seconds.movePointRight(3).setScale(0, RoundingMode.CEILING).longValueExact();
    }

    /** A count that may be written as a float or be null; {@link #BAD} for anything that is not a count. */
    private static long count(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.VALUE_NULL) {
            return 0;
        }
        if (token == JsonToken.VALUE_NUMBER_INT) {
            long number = parser.getLongValue();
            return number < 0 ? BAD : number;
        }
        if (token.isNumeric()) {
            BigDecimal number = parser.getDecimalValue();
            return number.signum() < 0 ? BAD : number.longValueExact();
        }
        parser.skipChildren();
        return BAD;
    }
}
