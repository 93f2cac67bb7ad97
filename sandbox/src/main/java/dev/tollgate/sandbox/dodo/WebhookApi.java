package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code /webhooks}: endpoint management. Needs no lock of its own. */
final class WebhookApi {
    private static final int LIMIT_DEFAULT = 50;

    private final Webhooks webhooks;

    WebhookApi(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    void addTo(Routes routes) {
        routes.on("POST", "/webhooks", (request, ids) -> create(request))
                .on("GET", "/webhooks", (request, ids) -> list(request))
                .on("GET", "/webhooks/{}", (request, ids) -> with(ids, one -> Reply.json(200, one.json())))
                .on("PATCH", "/webhooks/{}", (request, ids) -> with(ids, one -> change(request, one)))
                .on(
                        "DELETE",
                        "/webhooks/{}",
                        (request, ids) -> with(ids, one -> {
                            webhooks.remove(one.id());
                            return Reply.empty(200);
                        }))
                .on("GET", "/webhooks/{}/headers", (request, ids) -> with(ids, one -> Reply.json(200, one.headers())))
                .on("PATCH", "/webhooks/{}/headers", (request, ids) -> with(ids, one -> addHeaders(request, one)))
                .on(
                        "GET",
                        "/webhooks/{}/secret",
                        (request, ids) ->
                                with(ids, one -> Reply.json(200, Json.object().put("secret", one.secret()))));
    }

    private Reply with(List<String> ids, Function<WebhookEndpoint, Reply> answer) {
        return webhooks.find(ids.getFirst()).map(answer).orElseGet(() -> Replies.notFound("Webhook"));
    }

    private Reply create(Request request) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty() || !isHttp(body.get().path("url").asText())) {
            return Replies.invalid("url must be an http or https address");
        }
        String key = body.get().path("idempotency_key").asText("");
        Optional<WebhookEndpoint> earlier = webhooks.all().stream()
                .filter(endpoint -> !key.isEmpty() && endpoint.idempotencyKey().equals(key))
                .findFirst();
        return Reply.json(200, earlier.orElseGet(() -> webhooks.add(body.get())).json());
    }

    private static Reply change(Request request, WebhookEndpoint endpoint) {
        Optional<ObjectNode> body = Json.parseObject(request.body());
        if (body.isEmpty()) {
            return Replies.malformed();
        }
        if (body.get().has("url") && !isHttp(body.get().path("url").asText())) {
            return Replies.invalid("url must be an http or https address");
        }
        endpoint.change(body.get());
        return Reply.json(200, endpoint.json());
    }

    private static Reply addHeaders(Request request, WebhookEndpoint endpoint) {
        ObjectNode body = Json.parseObject(request.body()).orElseGet(Json::object);
        return Replies.missing(body, List.of("headers")).orElseGet(() -> {
            endpoint.addHeaders(body.path("headers"));
            return Reply.empty(200);
        });
    }

    private static boolean isHttp(String url) {
        try {
            URI parsed = new URI(url);
            return parsed.getHost() != null && List.of("http", "https").contains(parsed.getScheme());
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    /** Pages by cursor, unlike the other lists: the iterator is the id of the last endpoint seen. */
    private Reply list(Request request) {
        String after = request.query("iterator").orElse("");
        int limit = request.query("limit").map(Integer::parseInt).orElse(LIMIT_DEFAULT);
        List<ObjectNode> rest = webhooks.all().stream()
                .filter(endpoint -> endpoint.id().compareTo(after) > 0)
                .map(WebhookEndpoint::json)
                .toList();
        List<ObjectNode> page = rest.subList(0, Math.min(limit, rest.size()));
        ObjectNode document = Json.object();
        ArrayNode data = document.putArray("data").addAll(page);
        document.put("done", page.size() == rest.size());
        if (!data.isEmpty()) {
            document.put("iterator", page.getLast().path("id").asText());
        }
        return Reply.json(200, document);
    }
}
