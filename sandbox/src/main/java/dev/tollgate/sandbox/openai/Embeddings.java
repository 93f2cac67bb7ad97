package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Optional;

/** {@code POST /v1/embeddings}: one vector for each input, as numbers or in base64. */
final class Embeddings {
    private static final int DIMENSIONS_DEFAULT = 1536;
    private static final int DIMENSIONS_MAX = 3072;

    private final Ids ids;

    Embeddings(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        JsonNode input = call.body().path("input");
        if (input.isMissingNode() || (input.isArray() && input.isEmpty())) {
            call.answerFree(Errors.invalid("input", null, "'input' is a required property"));
            return;
        }
        Prompt prompt = Prompt.ofInput(input, call.bodyBytes());
        Tally tally = new Tally(call, ids.next("embd-"), prompt.tokens());
        ObjectNode document = Json.object().put("object", "list");
        ArrayNode data = document.putArray("data");
        boolean several = input.isArray() && !input.path(0).isNumber();
        int dimensions = Math.clamp(call.body().path("dimensions").asInt(DIMENSIONS_DEFAULT), 1, DIMENSIONS_MAX);
        boolean base64 = call.body().path("encoding_format").asText().equals("base64");
        for (int index = 0; index < (several ? input.size() : 1); index++) {
            ObjectNode item = data.addObject().put("object", "embedding").put("index", index);
            float[] vector = vector(prompt.seed() + index, dimensions);
            item.set("embedding", base64 ? base64(vector) : numbers(vector));
        }
        document.put("model", call.model());
        Optional<ObjectNode> usage = UsageObject.embedding(call.script().usage(), tally);
        usage.ifPresent(object -> document.set("usage", object));
        call.answer(tally, document, usage.isPresent());
    }

    private static float[] vector(int seed, int dimensions) {
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = Math.floorMod(seed + i * 31, 200) / 1000f - 0.1f;
        }
        return vector;
    }

    private static JsonNode numbers(float[] vector) {
        ArrayNode numbers = Json.array();
        for (float number : vector) {
            numbers.add(number);
        }
        return numbers;
    }

    private static JsonNode base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : vector) {
            bytes.putFloat(number);
        }
        return Json.object().textNode(Base64.getEncoder().encodeToString(bytes.array()));
    }
}
