package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.StreamSupport;

/** The conditions under which a meter counts an event. */
final class MeterFilter {
    private MeterFilter() {}

    /** A missing filter accepts everything; an event without the key fails its clause. */
    static boolean accepts(JsonNode filter, JsonNode metadata) {
        JsonNode clauses = filter.path("clauses");
        if (!clauses.isArray() || clauses.isEmpty()) {
            return true;
        }
        var results = StreamSupport.stream(clauses.spliterator(), false)
                .map(clause -> clause.has("clauses") ? accepts(clause, metadata) : holds(clause, metadata));
        return filter.path("conjunction").asText("and").equals("or")
                ? results.anyMatch(Boolean::booleanValue)
                : results.allMatch(Boolean::booleanValue);
    }

    private static boolean holds(JsonNode clause, JsonNode metadata) {
        JsonNode actual = metadata.path(clause.path("key").asText());
        JsonNode wanted = clause.path("value");
        if (actual.isMissingNode()) {
            return false;
        }
        return switch (clause.path("operator").asText()) {
            case "equals" -> actual.asText().equals(wanted.asText());
            case "not_equals" -> !actual.asText().equals(wanted.asText());
            case "greater_than" -> compare(actual, wanted) > 0;
            case "greater_than_or_equals" -> compare(actual, wanted) >= 0;
            case "less_than" -> compare(actual, wanted) < 0;
            case "less_than_or_equals" -> compare(actual, wanted) <= 0;
            case "contains" -> actual.asText().contains(wanted.asText());
            case "does_not_contain" -> !actual.asText().contains(wanted.asText());
            default -> false;
        };
    }

    private static int compare(JsonNode actual, JsonNode wanted) {
        return actual.decimalValue().compareTo(wanted.decimalValue());
    }
}
