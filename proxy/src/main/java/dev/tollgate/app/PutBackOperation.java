package dev.tollgate.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * {@code POST /quarantine/replay} on the admin port: puts events from quarantine back to be sent. The body is
 * {@code {"all":true}} or {@code {"request_ids":[…]}}; all of them are put back, or none. Runs on threads that may wait.
 */
final class PutBackOperation implements HttpHandler {
    static final String PATH = "/quarantine/replay";
    private static final int BODY_BYTES_MAX = 4 << 20;

    private final AdminToken token;
    private final LedgerThread ledger;
    private final InstantSource clock;
    private final JsonMapper mapper = JsonMapper.builder().build();

    private record Answer(int status, ObjectNode body) {}

    PutBackOperation(AdminToken token, LedgerThread ledger, InstantSource clock) {
        this.token = token;
        this.ledger = ledger;
        this.clock = clock;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            byte[] bytes = mapper.writeValueAsBytes(answer.body());
            exchange.getResponseHeaders().set("content-type", "application/json");
            if (answer.status() == 401) {
                exchange.getResponseHeaders().set("www-authenticate", "Bearer");
            }
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            try (OutputStream body = exchange.getResponseBody()) {
                body.write(bytes);
            }
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestURI().getPath().equals(PATH)) {
            return problem(404, "no such operation");
        }
        if (!exchange.getRequestMethod().equals("POST")) {
            return problem(405, "use POST");
        }
        if (!token.isSet()) {
            return problem(403, "server.admin_token is not set, so nothing can be changed through this port");
        }
        if (!token.accepts(exchange.getRequestHeaders().getFirst("authorization"))) {
            return problem(401, "this needs server.admin_token as a bearer token");
        }
        byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
        Optional<Command.PutBack> command = body.length > BODY_BYTES_MAX ? Optional.empty() : command(body);
        return command.map(this::putBack)
                .orElseGet(() -> problem(400, "send {\"all\":true} or {\"request_ids\":[\"…\"]}"));
    }

    private Optional<Command.PutBack> command(byte[] body) {
        try {
            JsonNode json = mapper.readTree(new String(body, StandardCharsets.UTF_8));
            boolean all = json.path("all").asBoolean(false);
            List<String> requestIds = new ArrayList<>();
            json.path("request_ids").forEach(id -> requestIds.add(id.asText()));
            return all == requestIds.isEmpty()
                    ? Optional.of(new Command.PutBack(all, requestIds, clock.millis()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Answer putBack(Command.PutBack command) {
        CompletableFuture<LedgerThread.Reply<Command.PutBackAnswer>> reply = new CompletableFuture<>();
        ledger.submit(command, reply::complete);
        return switch (reply.join()) {
            case LedgerThread.Reply.Durable<Command.PutBackAnswer> durable -> told(durable.answer());
            case LedgerThread.Reply.Refused<Command.PutBackAnswer> refused ->
                problem(503, "the ledger does not take it: " + refused.reason());
        };
    }

    private static Answer told(Command.PutBackAnswer answer) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("put_back", answer.events());
        if (answer.strangers().isEmpty()) {
            return new Answer(200, json);
        }
        answer.strangers().forEach(json.putArray("not_in_quarantine")::add);
        return new Answer(404, json);
    }

    private static Answer problem(int status, String message) {
        return new Answer(status, JsonNodeFactory.instance.objectNode().put("error", message));
    }
}
