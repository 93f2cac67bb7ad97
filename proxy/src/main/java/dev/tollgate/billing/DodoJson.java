package dev.tollgate.billing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads members of Dodo's JSON: unknown ones are passed over, missing or ill-formed ones are said by name. */
final class DodoJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int DIGITS_MAX = 60;

    /** Turns one JSON value into something of ours. */
    interface Parser<A> {
        A parse(JsonNode node) throws UnreadableException;
    }

    private DodoJson() {}

    static JsonNode parse(byte[] body) throws UnreadableException {
        try {
            return MAPPER.readTree(body);
        } catch (IOException e) {
            throw new UnreadableException("not JSON");
        }
    }

    static byte[] write(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree could not be written", e);
        }
    }

    static <A> List<A> items(JsonNode node, Parser<A> parser) throws UnreadableException {
        JsonNode items = node.path("items");
        if (!items.isArray()) {
            throw new UnreadableException("items is not a list");
        }
        List<A> parsed = new ArrayList<>(items.size());
        for (JsonNode item : items) {
            parsed.add(parser.parse(item));
        }
        return parsed;
    }

    /** A string that is not empty. */
    static String text(JsonNode node, String member) throws UnreadableException {
        return optionalText(node, member)
                .orElseThrow(() -> new UnreadableException(member + " is missing or not a string"));
    }

    static Optional<String> optionalText(JsonNode node, String member) {
        JsonNode value = node.path(member);
        return value.isTextual() && !value.textValue().isEmpty() ? Optional.of(value.textValue()) : Optional.empty();
    }

    /** A decimal, written as a string or as a number. */
    static BigDecimal decimal(JsonNode node, String member) throws UnreadableException {
        JsonNode value = node.path(member);
        if (!value.isNumber() && !value.isTextual()) {
            throw new UnreadableException(member + " is missing or not a decimal");
        }
        BigDecimal decimal = value.isNumber() ? value.decimalValue() : decimal(member, value.textValue());
        if (decimal.precision() > DIGITS_MAX || Math.abs((long) decimal.scale()) > DIGITS_MAX) {
            throw new UnreadableException(member + " has too many digits");
        }
        return decimal;
    }

    private static BigDecimal decimal(String member, String text) throws UnreadableException {
        try {
            return new BigDecimal(text.length() > 2 * DIGITS_MAX ? "" : text);
        } catch (NumberFormatException e) {
            throw new UnreadableException(member + " is not a decimal");
        }
    }

    static boolean isAbsent(JsonNode node, String member) {
        return node.path(member).isMissingNode() || node.path(member).isNull();
    }

    static Instant time(JsonNode node, String member) throws UnreadableException {
        return optionalTime(node, member).orElseThrow(() -> new UnreadableException(member + " is missing"));
    }

    static Optional<Instant> optionalTime(JsonNode node, String member) throws UnreadableException {
        Optional<String> text = optionalText(node, member);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text.get()).toInstant());
        } catch (DateTimeException e) {
            throw new UnreadableException(member + " is not a time");
        }
    }
}
