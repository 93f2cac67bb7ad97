package dev.tollgate.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Plain HTTP calls to a sandbox, with the right keys. */
public final class SandboxClient implements AutoCloseable {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final SandboxOptions options;
    private final Sandbox sandbox;

    public SandboxClient(Sandbox sandbox, SandboxOptions options) {
        this.sandbox = sandbox;
        this.options = options;
    }

    public HttpResponse<String> openai(String path, String body) throws IOException {
        return send("POST", URI.create(sandbox.openaiBaseUrl() + path), options.openaiApiKey(), body);
    }

    public HttpResponse<String> openaiGet(String path) throws IOException {
        return send("GET", URI.create(sandbox.openaiBaseUrl() + path), options.openaiApiKey(), "");
    }

    public HttpResponse<String> dodo(String method, String path, String body) throws IOException {
        return send(method, URI.create(sandbox.dodoBaseUrl() + path), options.dodoApiKey(), body);
    }

    public HttpResponse<String> get(String path) throws IOException {
        return dodo("GET", path, "");
    }

    public HttpResponse<String> send(String method, URI uri, String key, String body) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("content-type", "application/json")
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("authorization", "Bearer " + key);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
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

    public static JsonNode items(HttpResponse<String> response) {
        return json(response).path("items");
    }

    @Override
    public void close() {
        client.close();
    }
}
