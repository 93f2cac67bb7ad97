package dev.tollgate.sandbox.control;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.SandboxClock;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.dodo.Plan;
import dev.tollgate.sandbox.http.Handler;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import dev.tollgate.sandbox.mail.Letter;
import dev.tollgate.sandbox.mail.Mailbox;
import dev.tollgate.sandbox.openai.OpenAiStandIn;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Orders and questions over HTTP, without a key: it listens on loopback only. Safe for all threads. */
public final class ControlApi implements Handler {
    private final OpenAiStandIn openai;
    private final DodoStandIn dodo;
    private final Mailbox mail;
    private final SandboxClock clock;
    private final TrueTotals totals;
    private final Map<String, Endpoint> endpoints = new LinkedHashMap<>();

    @FunctionalInterface
    private interface Endpoint {
        ObjectNode answer(ObjectNode order);
    }

    public ControlApi(OpenAiStandIn openai, DodoStandIn dodo, Mailbox mail, SandboxClock clock) {
        this.openai = openai;
        this.dodo = dodo;
        this.mail = mail;
        this.clock = clock;
        this.totals = new TrueTotals(openai, dodo, clock);
        endpoints.put("GET /health", order -> done());
        endpoints.put("GET /totals", order -> totals.totals());
        endpoints.put("GET /generations", order -> totals.generations());
        endpoints.put("GET /events", order -> totals.events());
        endpoints.put("GET /deliveries", order -> totals.deliveries());
        endpoints.put("GET /mails", order -> mails());
        endpoints.put("POST /openai/script", this::script);
        endpoints.put("POST /openai/down", this::openaiDown);
        endpoints.put("POST /dodo/fault", this::fault);
        endpoints.put("POST /dodo/worker", order -> worker());
        endpoints.put("POST /dodo/customer", this::customer);
        endpoints.put("POST /dodo/subscribe", this::subscribe);
        endpoints.put("POST /dodo/topup", this::topUp);
        endpoints.put("POST /dodo/debit", this::debit);
        endpoints.put("POST /dodo/pay", this::pay);
        endpoints.put("POST /dodo/endpoint", this::endpoint);
        endpoints.put("POST /clock/advance", this::advance);
    }

    @Override
    public void handle(Request request, Wire wire) throws IOException {
        wire.send(answer(request));
    }

    private Reply answer(Request request) {
        Endpoint endpoint = endpoints.get(request.method() + " " + request.path());
        if (endpoint == null) {
            return Reply.json(404, Json.object().put("error", "no such order").put("orders", endpoints.keySet() + ""));
        }
        Optional<ObjectNode> order =
                request.body().length == 0 ? Optional.of(Json.object()) : Json.parseObject(request.body());
        if (order.isEmpty()) {
            return Reply.json(400, Json.object().put("error", "the body is not a JSON object"));
        }
        try {
            return Reply.json(200, endpoint.answer(order.get()));
        } catch (IllegalArgumentException | IllegalStateException refused) {
            return Reply.json(400, Json.object().put("error", String.valueOf(refused.getMessage())));
        }
    }

    private ObjectNode mails() {
        ObjectNode answer = Json.object();
        ArrayNode list = answer.putArray("mails");
        for (Letter letter : mail.letters()) {
            list.addObject()
                    .put("to", String.join(", ", letter.to()))
                    .put("subject", letter.subject())
                    .put("text", letter.text());
        }
        return answer;
    }

    private static ObjectNode done() {
        return Json.object().put("ok", true);
    }

    /** {@code next} scripts are queued, {@code always} replaces the standing one; neither forgets all. */
    private ObjectNode script(ObjectNode order) {
        if (!order.has("next") && !order.has("always")) {
            openai.behave();
        }
        order.path("next").forEach(one -> openai.script(ScriptOrders.script(one)));
        if (order.has("always")) {
            openai.always(ScriptOrders.script(order.path("always")));
        }
        return done();
    }

    private ObjectNode openaiDown(ObjectNode order) {
        if (order.path("down").asBoolean(true)) {
            openai.goDown();
        } else {
            openai.comeUp();
        }
        return done();
    }

    private ObjectNode fault(ObjectNode order) {
        new DodoOrders(dodo).apply(order);
        return done();
    }

    private ObjectNode worker() {
        dodo.runWorker();
        return totals.totals();
    }

    private ObjectNode customer(ObjectNode order) {
        String id = order.path("customer_id").asText();
        dodo.createCustomer(id, order.path("email").asText(id + "@example.com"));
        return done();
    }

    private ObjectNode subscribe(ObjectNode order) {
        Plan plan = Plan.of(
                        order.path("entitlement_id").asText("cde_demo"),
                        order.path("meter_id").asText("mtr_demo"),
                        order.path("credits").asLong())
                .withExpiresAfterDays(order.path("expires_after_days").asInt(30));
        Long limit = order.hasNonNull("overage_limit")
                ? (Long) order.path("overage_limit").asLong()
                : null;
        Plan wanted = order.path("overage_enabled").asBoolean(false)
                ? plan.withOverage(limit, order.path("overage_behavior").asText("forgive_at_reset"))
                : plan;
        return done().put(
                        "subscription_id",
                        dodo.subscribe(order.path("customer_id").asText(), wanted));
    }

    private ObjectNode topUp(ObjectNode order) {
        dodo.topUp(order.path("customer_id").asText(), order.path("credits").asLong(), validity(order));
        return done();
    }

    private static @Nullable Duration validity(ObjectNode order) {
        return order.hasNonNull("valid_days")
                ? Duration.ofDays(order.path("valid_days").asLong())
                : null;
    }

    private ObjectNode debit(ObjectNode order) {
        dodo.debit(order.path("customer_id").asText(), order.path("credits").asLong());
        return done();
    }

    private ObjectNode pay(ObjectNode order) {
        dodo.payCheckout(order.path("session_id").asText());
        return done();
    }

    private ObjectNode endpoint(ObjectNode order) {
        String id = dodo.addEndpoint(URI.create(order.path("url").asText()));
        return done().put("endpoint_id", id);
    }

    private ObjectNode advance(ObjectNode order) {
        Duration step = order.has("duration")
                ? Duration.parse(order.path("duration").asText())
                : Duration.ofSeconds(order.path("seconds").asLong());
        clock.advance(step);
        return done().put("now", clock.instant().toString());
    }
}
