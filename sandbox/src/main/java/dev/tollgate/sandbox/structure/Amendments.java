package dev.tollgate.sandbox.structure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** Where Dodo does otherwise than its published structure says. Pure. */
final class Amendments {
    private Amendments() {}

    /** Applies each {@code {"why", "patch"}} in order, as a JSON merge patch (RFC 7396), and answers the patched document. */
    static ObjectNode apply(ObjectNode document, ObjectNode amendments) {
        for (JsonNode amendment : amendments.path("amendments")) {
            if (amendment.path("why").asText().isEmpty()) {
                throw new IllegalArgumentException("an amendment without a reason: " + amendment);
            }
            merge(document, amendment.path("patch"));
        }
        return document;
    }

    private static void merge(ObjectNode target, JsonNode patch) {
        for (Map.Entry<String, JsonNode> member : patch.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                target.remove(member.getKey());
            } else if (value.isObject()) {
                boolean object = target.path(member.getKey()).isObject();
                merge(object ? (ObjectNode) target.get(member.getKey()) : target.putObject(member.getKey()), value);
            } else {
                target.set(member.getKey(), value);
            }
        }
    }
}
