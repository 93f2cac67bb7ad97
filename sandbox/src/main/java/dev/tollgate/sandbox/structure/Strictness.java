package dev.tollgate.sandbox.structure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Closes schemas, so that a member that none of them names is an error. Pure. */
final class Strictness {
    private static final String PREFIX = "#/components/schemas/";

    private Strictness() {}

    /** Changes the schemas in place. One that others are built from by {@code allOf} stays open; the others are closed. */
    static void close(ObjectNode schemas) {
        Set<JsonNode> parts = Collections.newSetFromMap(new IdentityHashMap<>());
        collectParts(schemas, schemas, parts);
        close(schemas, parts);
    }

    private static void collectParts(ObjectNode schemas, JsonNode node, Set<JsonNode> parts) {
        for (JsonNode part : node.path("allOf")) {
            parts.add(part);
            String target = part.path("$ref").asText("").replace(PREFIX, "");
            if (!target.isEmpty()) {
                parts.add(schemas.path(target));
            }
        }
        node.forEach(child -> collectParts(schemas, child, parts));
    }

    private static void close(JsonNode node, Set<JsonNode> parts) {
        node.forEach(child -> close(child, parts));
        if (!(node instanceof ObjectNode schema)) {
            return;
        }
        if (schema.path("allOf").isArray()) {
            schema.put("unevaluatedProperties", false);
        } else if (schema.path("properties").isObject()
                && schema.path("type").asText().equals("object")
                && !schema.has("additionalProperties")
                && !parts.contains(schema)) {
            schema.put("additionalProperties", false);
        }
    }
}
