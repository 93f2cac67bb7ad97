package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.util.List;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. Every model exists but one. */
final class Models {
    /** The one model name that is refused. */
    static final String UNKNOWN = "no-such-model";

    private static final long CREATED_SECONDS = 1_715_367_049;
    private static final List<String> LISTED = List.of(
            "gpt-4o-mini",
            "gpt-4o",
            "gpt-4.1-mini",
            "gpt-5",
            "o4-mini",
            "gpt-3.5-turbo-instruct",
            "text-embedding-3-small",
            "omni-moderation-latest",
            "gpt-image-1",
            "dall-e-3",
            "gpt-4o-mini-tts",
            "tts-1",
            "gpt-4o-transcribe",
            "whisper-1");

    private Models() {}

    static Reply list() {
        ObjectNode document = Json.object().put("object", "list");
        ArrayNode data = document.putArray("data");
        LISTED.forEach(model -> data.add(describe(model)));
        return Reply.json(200, document);
    }

    static Reply one(String model) {
        return model.equals(UNKNOWN) ? Errors.unknownModel(model) : Reply.json(200, describe(model));
    }

    private static ObjectNode describe(String model) {
        return Json.object()
                .put("id", model)
                .put("object", "model")
                .put("created", CREATED_SECONDS)
                .put("owned_by", "system");
    }
}
