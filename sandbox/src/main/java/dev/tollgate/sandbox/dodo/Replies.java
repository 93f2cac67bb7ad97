package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.util.List;
import java.util.Optional;

/** Shapes that all of Dodo's endpoints share. */
final class Replies {
    private static final int PAGE_SIZE_DEFAULT = 10;
    private static final int PAGE_SIZE_MAX = 100;

    private Replies() {}

    static Reply error(int status, String code, String message) {
        return Reply.json(status, Json.object().put("code", code).put("message", message));
    }

    static Reply notFound(String what) {
        return error(404, "NOT_FOUND", what + " not found");
    }

    static Reply malformed() {
        return error(400, "INVALID_REQUEST_BODY", "The request body is not a JSON object");
    }

    static Reply invalid(String message) {
        return error(422, "INVALID_REQUEST_PARAMETERS", message);
    }

    /** Refuses a document that lacks one of these members. */
    static Optional<Reply> missing(JsonNode document, List<String> names) {
        return names.stream()
                .filter(name -> !document.hasNonNull(name))
                .findFirst()
                .map(name -> invalid("missing field `" + name + "`"));
    }

    /** All items at once, unpaged. */
    static Reply items(List<? extends JsonNode> items) {
        ObjectNode document = Json.object();
        document.putArray("items").addAll(items);
        return Reply.json(200, document);
    }

    /** One zero-based page, without a total and without a pointer to the next. */
    static Reply page(Request request, List<? extends JsonNode> all) {
        try {
            int size = number(request, "page_size", PAGE_SIZE_DEFAULT);
            int page = number(request, "page_number", 0);
            if (size < 1 || size > PAGE_SIZE_MAX || page < 0) {
                return error(422, "INVALID_QUERY_PARAMS", "page_size must be 1 to 100 and page_number 0 or more");
            }
            long from = Math.min((long) page * size, all.size());
            long to = Math.min(from + size, all.size());
            return items(all.subList((int) from, (int) to));
        } catch (NumberFormatException notNumeric) {
            return error(422, "INVALID_QUERY_PARAMS", "page_size and page_number must be numbers");
        }
    }

    /** Items in the reverse order. */
    static <T> List<T> newestFirst(List<T> items) {
        return items.reversed();
    }

    static ArrayNode array(List<? extends JsonNode> items) {
        return Json.array().addAll(items);
    }

    private static int number(Request request, String name, int otherwise) {
        return request.query(name).map(Integer::parseInt).orElse(otherwise);
    }
}
