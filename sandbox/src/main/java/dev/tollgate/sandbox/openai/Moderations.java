package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import java.io.IOException;

/** {@code POST /v1/moderations}: nothing is ever flagged, and nothing is used. */
final class Moderations {
    private final Ids ids;

    Moderations(Ids ids) {
        this.ids = ids;
    }

    void answer(Call call) throws IOException {
        ObjectNode document = Json.object().put("id", ids.next("modr-")).put("model", call.model());
        ObjectNode result = document.putArray("results").addObject().put("flagged", false);
        result.putObject("categories").put("violence", false);
        result.putObject("category_scores").put("violence", 0);
        call.answerFree(Reply.json(200, document));
    }
}
