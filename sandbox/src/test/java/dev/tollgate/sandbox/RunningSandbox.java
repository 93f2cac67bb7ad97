package dev.tollgate.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.openai.OpenAiStandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A fresh sandbox for every test, its clock moved by hand, with plain HTTP calls that bear the right keys. */
public final class RunningSandbox implements BeforeEachCallback, AfterEachCallback {
    private final SandboxOptions options;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private @Nullable Sandbox sandbox;

    public RunningSandbox() {
        this(SandboxOptions.defaults().withManualClock());
    }

    public RunningSandbox(SandboxOptions options) {
        this.options = options;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        sandbox = Sandbox.start(options);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        sandbox().close();
    }

    public Sandbox sandbox() {
        return Objects.requireNonNull(sandbox);
    }

    public SandboxOptions options() {
        return options;
    }

    public OpenAiStandIn openai() {
        return sandbox().openai();
    }

    public DodoStandIn dodo() {
        return sandbox().dodo();
    }

    public void advance(Duration step) {
        sandbox().clock().advance(step);
    }

    public HttpResponse<String> openai(String path, String body) throws IOException {
        return send("POST", URI.create(sandbox().openaiBaseUrl() + path), options.openaiApiKey(), body);
    }

    /** A form with text fields ({@code name=value}) and one file; nothing of it is encoded. */
    public HttpResponse<String> openaiForm(String path, String fileField, byte[] file, String... fields)
            throws IOException {
        StringBuilder head = new StringBuilder();
        for (String field : fields) {
            int equals = field.indexOf('=');
            head.append("--edge\r\nContent-Disposition: form-data; name=\"")
                    .append(field, 0, equals)
                    .append("\"\r\n\r\n")
                    .append(field.substring(equals + 1))
                    .append("\r\n");
        }
        head.append("--edge\r\nContent-Disposition: form-data; name=\"")
                .append(fileField)
                .append("\"; filename=\"file.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox().openaiBaseUrl() + path))
                .header("content-type", "multipart/form-data; boundary=edge")
                .header("authorization", "Bearer " + options.openaiApiKey())
                .POST(HttpRequest.BodyPublishers.concat(
                        HttpRequest.BodyPublishers.ofString(head.toString()),
                        HttpRequest.BodyPublishers.ofByteArray(file),
                        HttpRequest.BodyPublishers.ofString("\r\n--edge--\r\n")))
                .build();
        return send(request);
    }

    public HttpResponse<String> chat(String members) throws IOException {
        return openai("/chat/completions", "{\"model\":\"gpt-4o-mini\"," + members + "}");
    }

    /** A chat with one user message and further members of the body. */
    public HttpResponse<String> ask(String content, String members) throws IOException {
        return chat("\"messages\":[{\"role\":\"user\",\"content\":\"" + content + "\"}]"
                + (members.isEmpty() ? "" : "," + members));
    }

    public HttpResponse<String> openaiGet(String path) throws IOException {
        return send("GET", URI.create(sandbox().openaiBaseUrl() + path), options.openaiApiKey(), "");
    }

    public HttpResponse<String> dodo(String method, String path, String body) throws IOException {
        return send(method, URI.create(sandbox().dodoBaseUrl() + path), options.dodoApiKey(), body);
    }

    public HttpResponse<String> post(String path, String body) throws IOException {
        return dodo("POST", path, body);
    }

    public HttpResponse<String> get(String path) throws IOException {
        return dodo("GET", path, "");
    }

    public HttpResponse<String> control(String method, String path, String body) throws IOException {
        return send(method, URI.create(sandbox().controlUrl() + path), "", body);
    }

    /** Ingests events for {@code cus_demo}, each of so many tokens, under the ids e0, e1 and so on after the prefix. */
    public HttpResponse<String> ingest(String idPrefix, long... tokens) throws IOException {
        StringBuilder events = new StringBuilder();
        for (int i = 0; i < tokens.length; i++) {
            events.append(i == 0 ? "" : ",").append(event(idPrefix + i, "cus_demo", tokens[i]));
        }
        return post("/events/ingest", "{\"events\":[" + events + "]}");
    }

    public static String event(String id, String customerId, long tokens) {
        return "{\"event_id\":\"%s\",\"customer_id\":\"%s\",\"event_name\":\"api.tokens_used\",\"metadata\":{\"tokens\":%d}}"
                .formatted(id, customerId, tokens);
    }

    public HttpResponse<String> send(String method, URI uri, String key, String body) throws IOException {
        HttpRequest.BodyPublisher publisher =
                body.isEmpty() ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("content-type", "application/json")
                .method(method, publisher);
        if (!key.isEmpty()) {
            request.header("authorization", "Bearer " + key);
        }
        return send(request.build());
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            throw new IOException(stopping);
        }
    }

    public static ObjectNode json(HttpResponse<String> response) {
        return json(response.body());
    }

    public static ObjectNode json(String text) {
        return Json.parseObject(text.getBytes(StandardCharsets.UTF_8)).orElseThrow(() -> new AssertionError(text));
    }

    /** Pieces between separators, without the empty one at the end. */
    public static List<String> pieces(String text, String separator) {
        return Arrays.stream(text.split(separator, -1))
                .filter(piece -> !piece.isEmpty())
                .toList();
    }

    public static JsonNode items(HttpResponse<String> response) {
        return json(response).path("items");
    }
}
