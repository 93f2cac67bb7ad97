package dev.tollgate.sandbox.structure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * Watches everything that is said to Dodo and by Dodo, and remembers what is not of the published form. It does so where
 * that form lies on the class path, as in the tests of the build; elsewhere it sees nothing. Safe for all threads.
 */
public final class Conformity {
    /** Any endpoint may answer these, whatever the published form lists for it. */
    private static final Set<Integer> REFUSALS = Set.of(400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 503);

    private static final int SHOWN_MAX = 20;

    private final @Nullable PublishedStructure structure;
    private final Set<String> deviations = new ConcurrentSkipListSet<>();

    private Conformity(@Nullable PublishedStructure structure) {
        this.structure = structure;
    }

    /** Watches from now on, if there is anything to compare with. */
    public static Conformity watch() {
        return new Conformity(PublishedStructure.find().orElse(null));
    }

    /**
     * One request and its answer. A request that was refused may be as wrong as it likes, since tests of the sandbox send
     * such things on purpose, unless it is Tollgate that sent it.
     */
    public void exchanged(Request request, Reply reply) {
        if (structure == null) {
            return;
        }
        Optional<Operation> found = structure.operation(request.method(), request.path());
        boolean judged =
                reply.status() < 300 || request.header("user-agent").orElse("").equals("tollgate");
        if (found.isEmpty()) {
            note(judged, request.method() + " " + request.path(), List.of("is not published"));
            return;
        }
        String name = found.get().name();
        note(judged, name + " asked", question(structure, found.get(), request));
        note(true, name + " answered " + reply.status(), answer(structure, found.get(), reply));
    }

    /** One webhook, as it is sent. */
    public void delivered(byte[] body) {
        if (structure == null) {
            return;
        }
        ObjectNode envelope = Json.parseObject(body).orElseGet(Json::object);
        String type = envelope.path("type").asText();
        note(true, "webhook " + type, structure.webhookErrors(type, envelope));
    }

    /** @throws IllegalStateException naming everything that was not of the published form */
    public void requireNoDeviation() {
        if (!deviations.isEmpty()) {
            List<String> shown = deviations.stream().limit(SHOWN_MAX).toList();
            throw new IllegalStateException(
                    "not of Dodo's published form (" + deviations.size() + "):\n" + String.join("\n", shown));
        }
    }

    private static List<String> question(PublishedStructure structure, Operation operation, Request request) {
        List<String> errors = new ArrayList<>();
        request.query().forEach((name, value) -> errors.addAll(structure.parameterErrors(operation, name, value)));
        if (operation.requestSchema().isEmpty()) {
            if (request.body().length > 0) {
                errors.add("a body, which is not published");
            }
            return errors;
        }
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            errors.add("without a JSON object");
        } else {
            errors.addAll(structure.errors(operation.requestSchema().get(), body.get()));
        }
        return errors;
    }

    private static List<String> answer(PublishedStructure structure, Operation operation, Reply reply) {
        boolean refused = reply.status() >= 300;
        if (refused) {
            return REFUSALS.contains(reply.status()) ? refusal(reply) : List.of("is not a published status");
        }
        if (!operation.hasStatus(reply.status())) {
            return List.of("is not a published status");
        }
        Optional<String> schema = operation.replySchema(reply.status());
        if (schema.isEmpty()) {
            return reply.body().length == 0 ? List.of() : List.of("a body, which is not published");
        }
        return Json.parseObject(reply.body())
                .map(body -> structure.errors(schema.get(), body))
                .orElseGet(() -> List.of("without a JSON object"));
    }

    /** Refusals have no published schema, but a documented form; some have no body. */
    private static List<String> refusal(Reply reply) {
        if (reply.body().length == 0) {
            return List.of();
        }
        Optional<ObjectNode> body = Json.parseObject(reply.body());
        boolean fine = body.isPresent()
                && body.get().path("code").isTextual()
                && body.get().path("message").isTextual()
                && body.get().size() == 2;
        return fine ? List.of() : List.of("a refusal is {\"code\", \"message\"}");
    }

    private void note(boolean judged, String where, List<String> errors) {
        if (judged) {
            errors.forEach(error -> deviations.add(where + ": " + error));
        }
    }

    /** For messages: what is there, without amounts of text that nobody reads. */
    static String brief(JsonNode node) {
        String text = node.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
