package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a stranger to a paying customer, over HTTP, against an account that `setup` made. */
class PortalTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final List<HttpClient> browsers = new ArrayList<>();
    private Sandbox sandbox;
    private Tollgate tollgate;
    private String home;

    private record Reply(int status, JsonNode json, HttpResponse<String> whole) {}

    @BeforeEach
    void openShop() throws Exception {
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
                        + "\n");
        Path config = folder.resolve("tollgate.yaml");
        Path plans = Path.of("..", "config", "plans.yaml").toAbsolutePath().normalize();
        Files.writeString(config, """
                server: { listen: "127.0.0.1:%d", admin: "127.0.0.1:0", drain: 5s }
                journal: { path: "%s" }
                portal: { catalogue: "%s" }
                """.formatted(port, folder.resolve("data"), plans));
        String[] setup = {"setup", "--yes", "--url", home, "--config", config.toString(), "--env-file", env.toString()};
        Commands.Ended made = Commands.run(Stream.concat(Stream.of(setup), Stream.of("--plans", plans.toString()))
                .toArray(String[]::new));
        assertThat(made.exitCode()).as(made.errors()).isZero();
        serve();
    }

    private void serve() throws StartException {
        Map<String, String> environment =
                new HashMap<>(DotEnv.read(folder.resolve(".env")).variables());
        SettingsLoader.Result result = SettingsLoader.load(folder.resolve("tollgate.yaml"), environment);
        assertThat(result).isInstanceOf(SettingsLoader.Loaded.class);
        tollgate = Tollgate.start(((SettingsLoader.Loaded) result).settings());
    }

    @AfterEach
    void closeShop() {
        browsers.forEach(HttpClient::shutdownNow);
        tollgate.close();
        sandbox.close();
    }

    @Test
    void aStrangerSubscribesGetsAKeyUsesItAndTopsUp() throws Exception {
        HttpClient browser = browser();
        assertThat(get(browser, "/offers").json().at("/offers/0/price").asText())
                .isEqualTo("29.00 USD");

        String key = subscribe(browser, "ann@example.com", "starter");

        long used = chat(key, "tokens=40 hello");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(credits(key).path("available").asLong()).isEqualTo(10_000_000 - used));
        assertThat(get(browser, "/credits").json().path("not_yet_deducted").asLong())
                .isEqualTo(used);

        pay(post(browser, "/checkout/topup", "{}").json().path("checkout_url").asText());

        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(credits(key).path("available").asLong()).isEqualTo(15_000_000 - used));
        assertThat(post(browser, "/checkout/claim", "{}").json().path("state").asText())
                .isEqualTo("done");
        assertThat(get(browser, "/usage?by=day").json().at("/usage/0/units").asLong())
                .isEqualTo(used);
        JsonNode request = get(browser, "/requests").json().at("/requests/0");
        assertThat(request.at("/settled/units").asLong()).isEqualTo(used);
        String id = request.path("request_id").asText();
        assertThat(get(browser, "/requests/" + id).json()).isEqualTo(request);
    }

    @Test
    void theFirstKeyIsShownOnceAndOnlyToWhoPaid() throws Exception {
        HttpClient browser = browser();
        subscribe(browser, "ann@example.com", "starter");

        Reply again = post(browser, "/checkout/claim", "{}");
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.whole().body()).doesNotContain("tg_");
        assertThat(post(browser(), "/checkout/claim", "{}").status()).isEqualTo(404);
    }

    @Test
    void anAddressThatIsTakenBringsNobodysCreditsAlong() throws Exception {
        HttpClient ann = browser();
        String annsKey = subscribe(ann, "ann@example.com", "pro");

        String strangersKey = subscribe(browser(), "ann@example.com", "starter");

        assertThat(credits(strangersKey).path("balance").asLong()).isEqualTo(10_000_000);
        assertThat(credits(annsKey).path("balance").asLong()).isEqualTo(40_000_000);
    }

    @Test
    void customersMakeAndRevokeTheirOwnKeysAndNobodyElses() throws Exception {
        HttpClient ann = browser();
        subscribe(ann, "ann@example.com", "starter");
        HttpClient bob = browser();
        subscribe(bob, "bob@example.com", "starter");

        Reply made = post(ann, "/keys", "{\"name\":\"laptop <script>\"}");
        String key = made.json().path("key").asText();
        String id = made.json().path("id").asText();
        assertThat(chat(key, "tokens=5")).isPositive();
        assertThat(get(ann, "/keys").whole().body()).contains("laptop <script>").doesNotContain(key);

        assertThat(send(bob, "DELETE", "/keys?id=" + id, null, home).status()).isEqualTo(404);
        assertThat(chat(key, "tokens=5")).isPositive();

        assertThat(send(ann, "DELETE", "/keys?id=" + id, null, home).status()).isEqualTo(200);
        assertThat(chatStatus(key)).isEqualTo(401);
        assertThat(getWith(key, "/credits").status()).isEqualTo(401);
        String requestId =
                get(ann, "/requests").json().at("/requests/0/request_id").asText();
        assertThat(get(bob, "/requests/" + requestId).status()).isEqualTo(404);
        assertThat(get(bob, "/requests").json().path("requests")).isEmpty();
    }

    @Test
    void keysOutliveARestart() throws Exception {
        HttpClient ann = browser();
        String kept = subscribe(ann, "ann@example.com", "starter");
        Reply made = post(ann, "/keys", "{\"name\":\"old\"}");
        send(ann, "DELETE", "/keys?id=" + made.json().path("id").asText(), null, home);

        tollgate.close();
        serve();

        assertThat(chat(kept, "tokens=5")).isPositive();
        assertThat(chatStatus(made.json().path("key").asText())).isEqualTo(401);
        assertThat(get(ann, "/session").status()).isEqualTo(200);
        assertThat(post(ann, "/checkout/claim", "{}").status()).isEqualTo(409);
    }

    @Test
    void aSessionBeginsWithAKeyAndEndsWithIt() throws Exception {
        HttpClient ann = browser();
        subscribe(ann, "ann@example.com", "starter");
        Reply made = post(ann, "/keys", "{\"name\":\"phone\"}");
        HttpClient phone = browser();
        assertThat(post(phone, "/session", "{\"key\":\"tg_wrong\"}").status()).isEqualTo(401);

        assertThat(post(
                                phone,
                                "/session",
                                "{\"key\":\"" + made.json().path("key").asText() + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(get(phone, "/credits").status()).isEqualTo(200);

        send(ann, "DELETE", "/keys?id=" + made.json().path("id").asText(), null, home);
        assertThat(get(phone, "/credits").status()).isEqualTo(401);
        send(ann, "DELETE", "/session", null, home);
        assertThat(get(ann, "/credits").status()).isEqualTo(401);
    }

    @Test
    void otherSitesAndForgedSessionsGetNothing() throws Exception {
        HttpClient ann = browser();
        subscribe(ann, "ann@example.com", "starter");

        assertThat(send(ann, "POST", "/keys", "{\"name\":\"x\"}", "https://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(send(ann, "POST", "/keys", "{\"name\":\"x\"}", "null").status())
                .isEqualTo(403);
        assertThat(send(ann, "POST", "/keys", "{\"name\":\"x\"}", null).status())
                .isEqualTo(403);
        for (String cookie : List.of("", "x", "x.y", "e30.e30", "eyJjdXN0b21lciI6ImN1c18xIn0.AAAA")) {
            HttpRequest forged = HttpRequest.newBuilder(URI.create(home + "/credits"))
                    .header("cookie", "tollgate_session=" + cookie)
                    .build();
            assertThat(browser().send(forged, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void whatCannotBeIsAnsweredClearly() throws Exception {
        HttpClient browser = browser();
        assertThat(post(browser, "/checkout/subscribe", "{\"plan\":\"gold\",\"email\":\"a@b.co\",\"name\":\"A\"}")
                        .json()
                        .at("/error/message")
                        .asText())
                .contains("starter, pro");
        assertThat(post(browser, "/checkout/subscribe", "{\"plan\":\"starter\",\"email\":\"ann\",\"name\":\"A\"}")
                        .json()
                        .at("/error/code")
                        .asText())
                .isEqualTo("bad_email");
        assertThat(post(browser, "/checkout/subscribe", "not json").status()).isEqualTo(400);
        assertThat(post(browser, "/checkout/topup", "{}").status()).isEqualTo(401);
        assertThat(send(browser, "PUT", "/keys", "{}", home).whole().headers().firstValue("allow"))
                .hasValue("DELETE, GET, POST");
        subscribe(browser, "ann@example.com", "starter");
        assertThat(post(browser, "/checkout/subscribe", "{\"plan\":\"pro\"}")
                        .json()
                        .at("/error/code")
                        .asText())
                .isEqualTo("already_subscribed");
        assertThat(get(browser, "/usage?by=customer").status()).isEqualTo(400);
        assertThat(get(browser, "/usage?from=yesterday").status()).isEqualTo(400);
        assertThat(get(browser, "/usage?format=csv").whole().body()).startsWith("day,key,model,requests");
    }

    @Test
    void thePageLoadsNothingFromElsewhereAndIsServedWithItsPolicy() throws Exception {
        HttpResponse<String> page = get(browser(), "/").whole();

        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
        assertThat(page.body()).doesNotContain("http://", "https://", "onclick", "<style", "javascript:");
        for (String asset : List.of("/assets/page.css", "/assets/page.js", "/assets/icon.svg")) {
            assertThat(get(browser(), asset).status()).isEqualTo(200);
        }
    }

    @Test
    void theBalanceIsToldAsItMoves() throws Exception {
        HttpClient ann = browser();
        String key = subscribe(ann, "ann@example.com", "starter");
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(home + "/credits/events")).build();
        List<String> lines = new java.util.concurrent.CopyOnWriteArrayList<>();
        var listening = ann.sendAsync(request, BodyHandlers.ofLines())
                .thenAccept(response -> response.body().forEach(lines::add));
        await().atMost(PATIENCE).until(() -> lines.stream().anyMatch(line -> line.contains("\"available\":10000000")));

        long used = chat(key, "tokens=30");

        await().atMost(PATIENCE)
                .until(() -> lines.stream().anyMatch(line -> line.contains("\"available\":" + (10_000_000 - used))));
        listening.cancel(true);
    }

    @Test
    void anOpenPageDoesNotHoldUpTheEnd() throws Exception {
        HttpClient ann = browser();
        subscribe(ann, "ann@example.com", "starter");
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(home + "/credits/events")).build();
        var ended = ann.sendAsync(request, BodyHandlers.ofString());
        await().atMost(PATIENCE).until(() -> getWith(null, "/offers").status() == 200);

        tollgate.close();

        assertThat(ended.handle((response, failure) -> true).get(2, TimeUnit.SECONDS))
                .isTrue();
    }

    private String subscribe(HttpClient browser, String email, String plan) throws Exception {
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

    private void pay(String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .POST(BodyPublishers.noBody())
                .build();
        HttpResponse<String> paid = browser().send(request, BodyHandlers.ofString());
        assertThat(paid.statusCode()).isEqualTo(303);
        assertThat(paid.headers().firstValue("location").orElseThrow()).startsWith(home + "/?checkout=done");
    }

    private JsonNode credits(String key) throws Exception {
        return getWith(key, "/credits").json();
    }

    private long chat(String key, String prompt) throws Exception {
        HttpResponse<String> response = chatResponse(key, prompt);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body()).at("/usage/total_tokens").asLong();
    }

    private int chatStatus(String key) throws Exception {
        return chatResponse(key, "tokens=5").statusCode();
    }

    private HttpResponse<String> chatResponse(String key, String prompt) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(home + "/v1/chat/completions"))
                .header("authorization", "Bearer " + key)
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"max_tokens\":100,\"messages\":[{\"role\":"
                        + "\"user\",\"content\":\"" + prompt + "\"}]}"))
                .build();
        return browser().send(request, BodyHandlers.ofString());
    }

    private HttpClient browser() {
        HttpClient browser = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .cookieHandler(new CookieManager())
                .build();
        browsers.add(browser);
        return browser;
    }

    private Reply get(HttpClient browser, String path) throws Exception {
        return send(browser, "GET", path, null, null);
    }

    private Reply getWith(@Nullable String key, String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(home + path));
        if (key != null) {
            request.header("authorization", "Bearer " + key);
        }
        return reply(browser().send(request.build(), BodyHandlers.ofString()));
    }

    private Reply post(HttpClient browser, String path, String body) throws Exception {
        return send(browser, "POST", path, body, home);
    }

    private Reply send(HttpClient browser, String method, String path, @Nullable String body, @Nullable String origin)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(home + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (origin != null) {
            request.header("origin", origin);
        }
        return reply(browser.send(request.build(), BodyHandlers.ofString()));
    }

    private static Reply reply(HttpResponse<String> response) throws IOException {
        boolean json = response.headers().firstValue("content-type").orElse("").contains("json");
        return new Reply(
                response.statusCode(), json ? JSON.readTree(response.body()) : JSON.createObjectNode(), response);
    }
}
