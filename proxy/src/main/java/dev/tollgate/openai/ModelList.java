package dev.tollgate.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.openai.ResponseReader.ModelAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The answer to a question for models: {@code {"object":"list","data":[{"id":…},…]}}. Pure. */
final class ModelList {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODELS = "data";
    private static final String NAME = "id";

    private ModelList() {}

    /** The list without the models that are not allowed, or without a name; null when it is no list of models. */
    static byte @Nullable [] only(byte[] list, Predicate<String> allowed) {
        @Nullable ObjectNode whole = whole(list);
        if (whole == null) {
            return null;
        }
        for (Iterator<JsonNode> each = whole.get(MODELS).iterator(); each.hasNext(); ) {
            @Nullable String name = name(each.next());
            if (name == null || !allowed.test(name)) {
                each.remove();
            }
        }
        return bytes(whole);
    }

    /** All models of these answers, each under the names that callers know. */
    static byte[] merged(List<ModelAnswer> answers) {
        ObjectNode whole = JSON.createObjectNode().put("object", "list");
        ArrayNode models = whole.putArray(MODELS);
        for (ModelAnswer answer : answers) {
            @Nullable ArrayNode listed = models(answer.json().getBytes(StandardCharsets.UTF_8));
            if (listed != null) {
                listed.forEach(model -> add(model, answer, models));
            }
        }
        return bytes(whole);
    }

    private static void add(JsonNode model, ModelAnswer answer, ArrayNode models) {
        @Nullable String own = name(model);
        if (own != null && model instanceof ObjectNode described) {
            for (String name : answer.names().apply(own)) {
                models.add(described.deepCopy().put(NAME, name));
            }
        }
    }

    /** The model of that name; null when there is none. */
    static byte @Nullable [] one(byte[] list, String name) {
        @Nullable ArrayNode models = models(list);
        if (models != null) {
            for (JsonNode model : models) {
                if (name.equals(name(model))) {
                    return bytes(model);
                }
            }
        }
        return null;
    }

    static @Nullable ArrayNode models(byte[] list) {
        @Nullable ObjectNode whole = whole(list);
        return whole == null ? null : (ArrayNode) whole.get(MODELS);
    }

    private static @Nullable ObjectNode whole(byte[] list) {
        try {
            return JSON.readTree(list) instanceof ObjectNode whole && whole.get(MODELS) instanceof ArrayNode
                    ? whole
                    : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable String name(JsonNode model) {
        @Nullable JsonNode name = model.get(NAME);
        return name == null ? null : name.textValue();
    }

    private static byte[] bytes(JsonNode json) {
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree can be written", e);
        }
    }
}
