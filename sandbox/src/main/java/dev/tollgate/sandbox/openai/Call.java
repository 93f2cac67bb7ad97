package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/** One accepted request with everything needed to answer it. Confined to the connection's thread. */
record Call(
        Request request,
        Form form,
        PromptOrders orders,
        Script script,
        Wire wire,
        ResponseHeaders headers,
        GenerationLog log,
        Instant now) {
    private static final int CHUNK_BYTES = 4096;

    ObjectNode body() {
        return form.fields();
    }

    String model() {
        return body().path("model").asText();
    }

    boolean streamed() {
        return body().path("stream").asBoolean(false);
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
        answer(tally, "application/json", Json.bytes(document), tellsUsage);
    }

    /** Answers with text or a document of any type, as {@link #answer(Tally, ObjectNode, boolean)}. */
    void answer(Tally tally, String contentType, byte[] whole, boolean tellsUsage) throws IOException {
        try {
            tally.complete(tellsUsage);
            wire.send(new Reply(200, headersFor(contentType), whole));
        } catch (IOException gone) {
            tally.cut();
            throw gone;
        }
    }

    /** Answers with bytes of unknown length, which cannot tell usage. */
    void answerInChunks(Tally tally, String contentType, byte[] whole) throws IOException {
        try {
            wire.startChunked(200, headersFor(contentType));
            for (int from = 0; from < whole.length; from += CHUNK_BYTES) {
                wire.chunk(Arrays.copyOfRange(whole, from, Math.min(whole.length, from + CHUNK_BYTES)));
            }
            tally.complete(false);
            wire.endChunked();
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
