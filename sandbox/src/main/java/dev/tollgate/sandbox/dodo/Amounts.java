package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.util.Optional;

/** Exact decimals in and out of JSON. */
final class Amounts {
    private Amounts() {}

    /** Reads a number, or a string that holds one. */
    static Optional<BigDecimal> parse(JsonNode node) {
        if (node.isNumber()) {
            return Optional.of(plain(node.decimalValue()));
        }
        try {
            return node.isTextual() ? Optional.of(plain(new BigDecimal(node.textValue()))) : Optional.empty();
        } catch (NumberFormatException notNumeric) {
            return Optional.empty();
        }
    }

    /** The shortest equal decimal that is not in scientific notation. */
    static BigDecimal plain(BigDecimal amount) {
        BigDecimal stripped = amount.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    static String text(BigDecimal amount) {
        return plain(amount).toPlainString();
    }

    /** As a JSON number or as a JSON string. */
    static JsonNode node(BigDecimal amount, boolean numeric) {
        return numeric ? DecimalNode.valueOf(plain(amount)) : TextNode.valueOf(text(amount));
    }
}
