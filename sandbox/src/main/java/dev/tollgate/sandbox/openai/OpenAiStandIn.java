package dev.tollgate.sandbox.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.http.HttpServer;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.http.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A stand-in for OpenAI. It answers as scripted, and knows what was truly generated. Every answered request is in
 * {@link #generations} before its last byte can be read. Safe for all threads.
 */
public final class OpenAiStandIn implements AutoCloseable {
    private static final int REQUESTS_KEPT_MAX = 1000;
    private static final Set<String> MODEL_OPTIONAL =
            Set.of("/v1/moderations", "/v1/images/generations", "/v1/images/edits", "/v1/images/variations");

    private final String apiKey;
    private final InstantSource clock;
    private final ResponseHeaders headers;
    private final GenerationLog log = new GenerationLog();
    private final Attempts attempts = new Attempts();
    private final ConcurrentLinkedQueue<Script> next = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Request> requests = new ArrayDeque<>();
    private final AtomicLong requestCount = new AtomicLong();
    private final Map<String, Endpoint> endpoints;
    private final Ids ids;
    private final HttpServer server;
    private volatile Script always = Script.normal();

    @FunctionalInterface
    private interface Endpoint {
        void answer(Call call) throws IOException;
    }

    /** Binds the port (0 for any free one) and serves requests that bear {@code apiKey}. */
    public OpenAiStandIn(int port, String apiKey, InstantSource clock, Ids ids) throws IOException {
        this.apiKey = apiKey;
        this.clock = clock;
        this.ids = ids;
        this.headers = new ResponseHeaders(ids);
        this.endpoints = endpoints(ids);
        this.server = HttpServer.start("sandbox-openai", port, this::handle);
    }

    private static Map<String, Endpoint> endpoints(Ids ids) {
        Responses responses = new Responses(ids);
        Images images = new Images(ids);
        Transcriptions transcriptions = new Transcriptions(ids);
        return Map.ofEntries(
                Map.entry("/v1/chat/completions", new ChatCompletions(ids)::answer),
                Map.entry("/v1/completions", new LegacyCompletions(ids)::answer),
                Map.entry("/v1/responses", responses::answer),
                Map.entry("/v1/responses/compact", responses::compact),
                Map.entry("/v1/responses/input_tokens", responses::countInput),
                Map.entry("/v1/embeddings", new Embeddings(ids)::answer),
                Map.entry("/v1/images/generations", images::generate),
                Map.entry("/v1/images/edits", images::edit),
                Map.entry("/v1/images/variations", images::vary),
                Map.entry("/v1/audio/speech", new Speech(ids)::answer),
                Map.entry("/v1/audio/transcriptions", transcriptions::transcribe),
                Map.entry("/v1/audio/translations", transcriptions::translate),
                Map.entry("/v1/moderations", new Moderations(ids)::answer));
    }

    /** Answers the next requests so, one script each, in this order; then {@link #always} again. */
    public void scriptNext(Script... scripts) {
        next.addAll(Arrays.asList(scripts));
    }

    /** Answers the next request so. */
    public void script(Script script) {
        next.add(script);
    }

    /** Answers every request so that has no script of its own. */
    public void always(Script script) {
        always = script;
    }

    /** Forgets all scripts. */
    public void behave() {
        next.clear();
        always = Script.normal();
    }

    /** What was generated, oldest first, as far as kept. */
    public List<Generation> generations() {
        return log.all();
    }

    /** How many generations there were, kept or not. */
    public long generationCount() {
        return log.count();
    }

    /** Tokens truly used by all generations, prompts and completions. */
    public long totalTokens() {
        return log.totalTokens();
    }

    /** How many generations to keep with their bodies; totals do not depend on it. 100,000 unless told. */
    public void keepGenerations(int count) {
        log.keep(count);
    }

    /** The last 1,000 requests whatever their answer, oldest first. */
    public List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    public long requestCount() {
        return requestCount.get();
    }

    /** Requests being answered now. */
    public int openRequests() {
        return server.openRequests();
    }

    /** The most requests that were ever open at once. */
    public int peakOpenRequests() {
        return server.peakOpenRequests();
    }

    public long connectionsAccepted() {
        return server.connectionsAccepted();
    }

    public int openConnections() {
        return server.openConnections();
    }

    /** Refuses connections and resets the open ones. */
    public void goDown() {
        server.refuseConnections();
    }

    /** Accepts connections again, on the same port. */
    public void comeUp() {
        server.acceptConnections();
    }

    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
    }

    private void handle(Request request, Wire wire) throws IOException {
        remember(request);
        Optional<Form> form = Form.read(request.header("content-type").orElse(""), request.body());
        String text = form.isPresent() && form.get().files().isEmpty()
                ? new String(request.body(), StandardCharsets.UTF_8)
                : form.orElseGet(Form::nothing).fields().toString();
        PromptOrders orders = PromptOrders.in(text);
        Script script = script(request, text, orders);
        wire.arm(script.fault());
        Call call =
                new Call(request, form.orElseGet(Form::nothing), orders, script, wire, headers, log, clock.instant());
        if (script.verbatim() != null) {
            new Tally(call, ids.next("raw-"), 0).complete(false);
            wire.raw(script.verbatim());
        } else if (script.instead() != null) {
            Reply reply = script.instead();
            wire.send(new Reply(reply.status(), call.headersFor("application/json"), reply.body())
                    .withHeaders(reply.headers()));
        } else {
            route(call, form.isPresent());
        }
    }

    /** Scripts come first; then what the prompt asks for. */
    private Script script(Request request, String text, PromptOrders orders) {
        Script scripted = Optional.ofNullable(next.poll()).orElse(always);
        if (orders.refusals() > 0) {
            Optional<Script> refusal = orders.refusal(attempts.next(request.path(), text));
            if (refusal.isPresent()) {
                return scripted.and(refusal.get());
            }
        }
        return scripted.and(orders.script(!request.path().equals("/v1/responses")));
    }

    private void route(Call call, boolean bodyIsReadable) throws IOException {
        Request request = call.request();
        Optional<Reply> refusal = authorise(request);
        if (refusal.isPresent()) {
            call.answerFree(refusal.get());
            return;
        }
        if (request.method().equals("GET")) {
            call.answerFree(read(request));
            return;
        }
        Endpoint endpoint = request.method().equals("POST") ? endpoints.get(request.path()) : null;
        if (endpoint == null) {
            call.answerFree(Errors.unknownPath(request.method(), request.path()));
            return;
        }
        Optional<Reply> malformed =
                bodyIsReadable ? bodyRefusal(request.path(), call.body()) : Optional.of(unreadable());
        if (malformed.isPresent()) {
            call.answerFree(malformed.get());
            return;
        }
        endpoint.answer(call);
    }

    private Optional<Reply> authorise(Request request) {
        String credentials = request.header("authorization").orElse("");
        if (credentials.isEmpty()) {
            return Optional.of(Errors.unauthorized("You didn't provide an API key.", null));
        }
        return credentials.equals("Bearer " + apiKey)
                ? Optional.empty()
                : Optional.of(Errors.unauthorized("Incorrect API key provided: sk-***.", "invalid_api_key"));
    }

    private static Reply read(Request request) {
        if (request.path().equals("/v1/models")) {
            return Models.list();
        }
        return request.path().startsWith("/v1/models/")
                ? Models.one(request.path().substring("/v1/models/".length()))
                : Errors.unknownPath(request.method(), request.path());
    }

    private static Optional<Reply> bodyRefusal(String path, ObjectNode body) {
        String model = body.path("model").asText("");
        if (model.isEmpty() && !MODEL_OPTIONAL.contains(path)) {
            return Optional.of(Errors.invalid(null, null, "you must provide a model parameter"));
        }
        if (model.equals(Models.UNKNOWN)) {
            return Optional.of(Errors.unknownModel(model));
        }
        boolean stray =
                body.path("stream_options").isObject() && !body.path("stream").asBoolean(false);
        return stray
                ? Optional.of(Errors.invalid(
                        "stream_options",
                        null,
                        "The 'stream_options' parameter is only allowed when 'stream' is enabled."))
                : Optional.empty();
    }

    private static Reply unreadable() {
        return Errors.invalid(null, null, "We could not parse the body of your request.");
    }

    private void remember(Request request) {
        requestCount.incrementAndGet();
        synchronized (requests) {
            requests.addLast(request);
            if (requests.size() > REQUESTS_KEPT_MAX) {
                requests.removeFirst();
            }
        }
    }
}
