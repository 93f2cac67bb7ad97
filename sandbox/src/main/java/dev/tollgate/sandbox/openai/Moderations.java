package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.List;

/** {@code POST /v1/moderations}: flags as violence what says {@code flag=violence}, and nothing else; uses nothing. */
final class Moderations {
    private static final List<String> CATEGORIES = List.of(
            "harassment",
            "harassment/threatening",
            "sexual",
            "hate",
            "hate/threatening",
            "illicit",
            "illicit/violent",
            "self-harm/intent",
            "self-harm/instructions",
            "self-harm",
            "sexual/minors",
            "violence",
            "violence/graphic");
    private static final BigDecimal LIKELY = new BigDecimal("0.97");
    private static final BigDecimal UNLIKELY = new BigDecimal("0.0001");

    private final Ids ids;

    Moderations(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        JsonNode input = call.body().path("input");
        if (input.isMissingNode() || (input.isArray() && input.isEmpty())) {
            call.answerFree(Errors.invalid("input", null, "'input' is a required property"));
            return;
        }
        ObjectNode document = Json.object()
                .put("id", ids.next("modr-"))
                .put("model", call.body().path("model").asText("omni-moderation-latest"));
        var results = document.putArray("results");
        if (input.path(0).isTextual()) {
            input.forEach(text -> results.add(result(text.textValue())));
        } else {
            results.add(result(input.isTextual() ? input.textValue() : input.toString()));
        }
        call.answerFree(Reply.json(200, document));
    }

    private static ObjectNode result(String text) {
        ObjectNode result = Json.object().put("flagged", flags("violence", text));
        ObjectNode categories = result.putObject("categories");
        ObjectNode scores = result.putObject("category_scores");
        ObjectNode types = result.putObject("category_applied_input_types");
        for (String category : CATEGORIES) {
            categories.put(category, flags(category, text));
            scores.put(category, flags(category, text) ? LIKELY : UNLIKELY);
            types.putArray(category).add("text");
        }
        return result;
    }

    private static boolean flags(String category, String text) {
        return category.equals("violence") && text.contains("flag=violence");
    }
}
