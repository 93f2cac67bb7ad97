package dev.tollgate.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The answer to a question for models: {@code {"object":"list","data":[{"id":…},…]}}. Pure. */
final class ModelList {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ModelList() {}

    /** The list without the models that are not allowed, or without a name; null when it is no list of models. */
    static byte @Nullable [] only(byte[] list, Predicate<String> allowed) {
        try {
            if (JSON.readTree(list) instanceof ObjectNode whole && whole.get("data") instanceof ArrayNode models) {
                for (Iterator<JsonNode> each = models.iterator(); each.hasNext(); ) {
                    @Nullable JsonNode id = each.next().get("id");
                    if (id == null || !id.isTextual() || !allowed.test(id.textValue())) {
                        each.remove();
                    }
                }
                return JSON.writeValueAsBytes(whole);
            }
            return null;
        } catch (IOException e) {
            return null;
        }
    }
}
