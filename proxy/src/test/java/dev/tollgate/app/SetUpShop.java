package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.app.settings.DotEnv;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.IOException;
import java.net.CookieManager;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The service as `setup` and `serve` make it, in front of a sandbox whose deductions wait to be told. Both follow the
 * sandbox's clock, which runs like any other and can be moved ahead.
 */
final class SetUpShop implements AutoCloseable {
    static final String ADMIN_TOKEN = "an-operators-token-0123456789";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<HttpClient> browsers = new ArrayList<>();
    private final Path folder;
    private final Sandbox sandbox;
    private final String home;
    private Tollgate tollgate;

    record Reply(int status, JsonNode json, HttpResponse<String> whole) {}

    /** @param more lines of the settings file */
    SetUpShop(Path folder, String more) throws Exception {
        this(folder, more, "license_keys: false");
    }

    /** @param portal more members of the portal's settings */
    SetUpShop(Path folder, String more, String portal) throws Exception {
        this(folder, more, portal, Path.of("..", "config", "plans.yaml"));
    }

    /** @param plans what is on sale */
    SetUpShop(Path folder, String more, String portal, Path plans) throws Exception {
        this.folder = folder;
        sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        home = "http://127.0.0.1:" + port;
        Path env = folder.resolve(".env");
        Files.writeString(
                env,
                "DODO_PAYMENTS_API_KEY=" + SandboxOptions.defaults().dodoApiKey()
                        + "\nDODO_PAYMENTS_BASE_URL=" + sandbox.dodoBaseUrl() + "\nOPENAI_API_KEY="
                        + SandboxOptions.defaults().openaiApiKey() + "\nOPENAI_BASE_URL=" + sandbox.openaiBaseUrl()
                        + "\nSANDBOX_MAIL=127.0.0.1:" + sandbox.mail().port() + "\nTOLLGATE_ADMIN_TOKEN=" + ADMIN_TOKEN
                        + "\n");
        Path config = folder.resolve("tollgate.yaml");
        Path catalogue = plans.toAbsolutePath().normalize();
        Files.writeString(config, """
                server: { listen: "127.0.0.1:%d", admin: "127.0.0.1:0", drain: 5s }
                journal: { path: "%s" }
                portal: { %s }
                %s
                """.formatted(port, folder.resolve("data"), portal, more));
        String[] setup = {"setup", "--yes", "--url", home, "--config", config.toString(), "--env-file", env.toString()};
        Commands.Ended made = Commands.run(Stream.concat(Stream.of(setup), Stream.of("--plans", catalogue.toString()))
                .toArray(String[]::new));
        assertThat(made.exitCode()).as(made.errors()).isZero();
        tollgate = serve();
    }

    private Tollgate serve() throws StartException {
        Map<String, String> environment =
                new HashMap<>(DotEnv.read(folder.resolve(".env")).variables());
        SettingsLoader.Result result = SettingsLoader.load(folder.resolve("tollgate.yaml"), environment);
        assertThat(result).isInstanceOf(SettingsLoader.Loaded.class);
        return Tollgate.start(((SettingsLoader.Loaded) result).settings(), sandbox.clock(), facts -> {});
    }

    void restart() throws StartException {
        tollgate.close();
        tollgate = serve();
    }

    Tollgate tollgate() {
        return tollgate;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    String home() {
        return home;
    }

    String adminHome() {
        return "http://127.0.0.1:" + tollgate.adminAddress().getPort();
    }

    @Override
    public void close() {
        browsers.forEach(HttpClient::shutdownNow);
        tollgate.close();
        sandbox.close();
    }

    String subscribe(HttpClient browser, String email, String plan) throws Exception {
        Reply begun = post(
                browser,
                "/checkout/subscribe",
                "{\"plan\":\"" + plan + "\",\"email\":\"" + email + "\",\"name\":\"Ann\"}");
        assertThat(begun.status()).as(begun.whole().body()).isEqualTo(200);
        assertThat(post(browser, "/checkout/claim", "{}").status()).isEqualTo(202);
        pay(begun.json().path("checkout_url").asText());
        Reply claimed = post(browser, "/checkout/claim", "{}");
        assertThat(claimed.status()).as(claimed.whole().body()).isEqualTo(201);
        return claimed.json().path("key").asText();
    }

    void pay(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .POST(BodyPublishers.noBody())
                .build();
        HttpResponse<String> paid = browser().send(request, BodyHandlers.ofString());
        assertThat(paid.statusCode()).isEqualTo(303);
        assertThat(paid.headers().firstValue("location").orElseThrow()).startsWith(home + "/?checkout=done");
    }

    /** What the merchant asks of Dodo, and the answer; an empty object when there is none. */
    JsonNode merchant(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(sandbox.dodoBaseUrl() + path))
                .header("authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey())
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = browser().send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
        return answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
    }

    JsonNode credits(String key) throws Exception {
        return getWith(key, "/credits").json();
    }

    long chat(String key, String prompt) throws Exception {
        return chat(key, prompt, 100);
    }

    /** @param cap how many tokens the answer may have */
    long chat(String key, String prompt, int cap) throws Exception {
        HttpResponse<String> response = chatResponse(key, prompt, cap);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body()).at("/usage/total_tokens").asLong();
    }

    int chatStatus(String key) throws Exception {
        return chatResponse(key, "tokens=5").statusCode();
    }

    HttpResponse<String> chatResponse(String key, String prompt) throws Exception {
        return chatResponse(key, prompt, 100);
    }

    HttpResponse<String> chatResponse(String key, String prompt, int cap) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(home + "/v1/chat/completions"))
                .header("authorization", "Bearer " + key)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"max_tokens\":" + cap
                        + ",\"messages\":[{\"role\":" + "\"user\",\"content\":\"" + prompt + "\"}]}"))
                .build();
        return browser().send(request, BodyHandlers.ofString());
    }

    HttpClient browser() {
        HttpClient browser = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .cookieHandler(new CookieManager())
                .build();
        browsers.add(browser);
        return browser;
    }

    Reply get(HttpClient browser, String path) throws Exception {
        return send(browser, "GET", path, null, null);
    }

    Reply getWith(@Nullable String key, String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : home + path));
        if (key != null) {
            request.header("authorization", "Bearer " + key);
        }
        return reply(browser().send(request.build(), BodyHandlers.ofString()));
    }

    Reply post(HttpClient browser, String path, String body) throws Exception {
        return send(browser, "POST", path, body, home);
    }

    Reply send(HttpClient browser, String method, String path, @Nullable String body, @Nullable String origin)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : home + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (origin != null) {
            request.header("origin", origin);
        }
        return reply(browser.send(request.build(), BodyHandlers.ofString()));
    }

    static Reply reply(HttpResponse<String> response) throws IOException {
        boolean json = response.headers().firstValue("content-type").orElse("").contains("json");
        return new Reply(
                response.statusCode(), json ? JSON.readTree(response.body()) : JSON.createObjectNode(), response);
    }
}
