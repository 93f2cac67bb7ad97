package dev.tollgate.portal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** The members of a JSON body that a person filled in. */
final class Form {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Good enough to be worth a letter; only the letter proves an address. */
    private static final Pattern EMAIL =
            Pattern.compile("[^\\s@<>\"\\p{Cntrl}]{1,64}@[A-Za-z0-9.-]{1,190}\\.[A-Za-z]{2,63}");

    private final JsonNode members;

    private Form(JsonNode members) {
        this.members = members;
    }

    /** Empty when the body is not a JSON object. An empty body is an empty form. */
    static Optional<Form> of(PortalRequest request) {
        try {
            JsonNode node = MAPPER.readTree(request.body().isBlank() ? "{}" : request.body());
            return node.isObject() ? Optional.of(new Form(node)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** A text without control characters, not blank and not longer than that. */
    Optional<String> text(String member, int charsMax) {
        JsonNode value = members.path(member);
        if (!value.isTextual()) {
            return Optional.empty();
        }
        String text = value.textValue().strip();
        boolean fine =
                !text.isEmpty() && text.length() <= charsMax && text.chars().noneMatch(Character::isISOControl);
        return fine ? Optional.of(text) : Optional.empty();
    }

    /** A whole number that is not negative. */
    OptionalLong amount(String member) {
        JsonNode value = members.path(member);
        boolean fine = value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
        return fine ? OptionalLong.of(value.longValue()) : OptionalLong.empty();
    }

    Optional<String> email() {
        return text("email", 254).filter(text -> EMAIL.matcher(text).matches());
    }
}
