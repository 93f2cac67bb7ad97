package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** One accepted request with everything needed to answer it. Confined to the connection's thread. */
record Call(
        Request request,
        ObjectNode body,
        Script script,
        Wire wire,
        ResponseHeaders headers,
        GenerationLog log,
        Instant now) {
    String model() {
        return body.path("model").asText();
    }

    boolean streamed() {
        return body.path("stream").asBoolean(false);
    }

    int bodyBytes() {
        return request.body().length;
    }

    Map<String, String> headersFor(String contentType) {
        return headers.of(contentType, now, 7);
    }

    /** Answers with a refusal or another document that used no tokens. */
    void answerFree(Reply reply) throws IOException {
        wire.send(reply.withHeaders(headersFor("application/json")));
    }

    /** Answers with a whole document and enters the generation before its last byte leaves. */
    void answer(Tally tally, ObjectNode document, boolean tellsUsage) throws IOException {
        Reply reply = new Reply(200, headersFor("application/json"), Json.bytes(document));
        try {
            tally.complete(tellsUsage);
            wire.send(reply);
        } catch (IOException gone) {
            tally.cut();
            throw gone;
        }
    }

    /** Answers with a stream of events. */
    void stream(Tally tally, long delayMillis, EventStream.Source source) throws IOException {
        new EventStream(this, tally, delayMillis).run(source);
    }
}
