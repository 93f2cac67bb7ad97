package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;

/** A value that satisfies a JSON schema of the kind that structured outputs and functions take. */
record SchemaSample(JsonNode root) {
    private static final int DEPTH_MAX = 12;

    /** The value as text. */
    static String of(JsonNode schema) {
        return new SchemaSample(schema).value(schema, 0).toString();
    }

    private JsonNode value(JsonNode schema, int depth) {
        if (schema.has("const")) {
            return schema.path("const");
        }
        if (schema.path("enum").isArray()) {
            return schema.path("enum").path(0);
        }
        if (schema.has("$ref")) {
            return value(root.at(schema.path("$ref").asText("#").substring(1)), depth + 1);
        }
        for (String choice : new String[] {"anyOf", "oneOf", "allOf"}) {
            if (schema.path(choice).isArray()) {
                // The last of several is the null of an optional member, and ends a recursion.
                JsonNode options = schema.path(choice);
                return value(options.path(depth < DEPTH_MAX ? 0 : options.size() - 1), depth + 1);
            }
        }
        JsonNode type = schema.path("type");
        return ofType(type.isArray() ? type.path(0).asText() : type.asText("object"), schema, depth);
    }

    private JsonNode ofType(String type, JsonNode schema, int depth) {
        return switch (type) {
            case "string" -> Json.object().textNode(Words.at(depth, 0, 0));
            case "integer" -> Json.object().numberNode(schema.path("minimum").asLong(7));
            case "number" ->
                schema.has("minimum") ? schema.path("minimum") : Json.object().numberNode(7);
            case "boolean" -> Json.object().booleanNode(true);
            case "null" -> Json.object().nullNode();
            case "array" -> list(schema, depth);
            default -> object(schema, depth);
        };
    }

    private JsonNode list(JsonNode schema, int depth) {
        ArrayNode list = Json.array();
        int count = depth < DEPTH_MAX ? Math.max(1, schema.path("minItems").asInt(1)) : 0;
        for (int index = 0; index < count; index++) {
            list.add(value(schema.path("items"), depth + 1));
        }
        return list;
    }

    private JsonNode object(JsonNode schema, int depth) {
        ObjectNode object = Json.object();
        schema.path("properties")
                .properties()
                .forEach(property -> object.set(property.getKey(), value(property.getValue(), depth + 1)));
        return object;
    }
}
