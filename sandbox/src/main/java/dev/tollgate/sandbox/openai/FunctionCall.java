package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The function that the model calls instead of talking, with arguments that fit its schema.
 *
 * @param arguments a JSON object as text
 */
record FunctionCall(String name, String arguments) {
    private static final Pattern NAMED = Pattern.compile("\\bcall=([A-Za-z0-9_-]+)");

    /**
     * The function that {@code tool_choice} forces, or that the prompt names by {@code call=NAME}. Reads chats, where a
     * function lies inside its tool, and responses, where it is the tool.
     */
    static Optional<FunctionCall> wanted(ObjectNode body, Prompt prompt) {
        JsonNode choice = body.path("tool_choice");
        List<JsonNode> functions = functions(body);
        if (functions.isEmpty() || choice.asText().equals("none")) {
            return Optional.empty();
        }
        String forced =
                choice.path("function").path("name").asText(choice.path("name").asText());
        Matcher named = NAMED.matcher(prompt.lastText());
        String name = forced.isEmpty() && named.find() ? named.group(1) : forced;
        if (name.isEmpty() && !choice.asText().equals("required")) {
            return Optional.empty();
        }
        return functions.stream()
                .filter(function ->
                        name.isEmpty() || function.path("name").asText().equals(name))
                .findFirst()
                .map(function ->
                        new FunctionCall(function.path("name").asText(), SchemaSample.of(function.path("parameters"))));
    }

    private static List<JsonNode> functions(ObjectNode body) {
        List<JsonNode> functions = new ArrayList<>();
        for (JsonNode tool : body.path("tools")) {
            if (tool.path("type").asText().equals("function")) {
                functions.add(tool.has("function") ? tool.path("function") : tool);
            }
        }
        return functions;
    }
}
