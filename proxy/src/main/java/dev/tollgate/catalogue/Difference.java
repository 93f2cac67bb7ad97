package dev.tollgate.catalogue;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One member of an object at Dodo that is not as it was asked for.
 *
 * @param member its path, such as {@code price.fixed_price}
 */
record Difference(String member, String wanted, String found) {

    /** What {@code found} has otherwise than {@code wanted}; what was not asked for does not count. */
    static List<Difference> between(JsonNode wanted, JsonNode found) {
        List<Difference> differences = new ArrayList<>();
        compare("", wanted, found, differences);
        return differences;
    }

    private static void compare(String path, JsonNode wanted, JsonNode found, List<Difference> differences) {
        if (wanted.isObject()) {
            for (Map.Entry<String, JsonNode> member : wanted.properties()) {
                compare(child(path, member.getKey()), member.getValue(), found.path(member.getKey()), differences);
            }
        } else if (wanted.isArray()) {
            for (int i = 0; i < wanted.size(); i++) {
                compare(path + "[" + i + "]", wanted.get(i), found.path(i), differences);
            }
        } else if (!same(wanted, found)) {
            String shown = found.isMissingNode() || found.isNull() ? "nothing" : found.asText();
            differences.add(new Difference(path, wanted.asText(), shown));
        }
    }

    private static String child(String path, String member) {
        return path.isEmpty() ? member : path + "." + member;
    }

    /** Dodo writes amounts as strings or as numbers; a switch that it does not mention is off. */
    private static boolean same(JsonNode wanted, JsonNode found) {
        if (wanted.isBoolean()) {
            return wanted.booleanValue() == found.asBoolean(false);
        }
        return wanted.asText().equals(found.asText()) || sameAmount(wanted.asText(), found.asText());
    }

    private static boolean sameAmount(String wanted, String found) {
        try {
            return new BigDecimal(wanted).compareTo(new BigDecimal(found)) == 0;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return member + ": " + wanted + " is wanted, Dodo has " + found;
    }
}
