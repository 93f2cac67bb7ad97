package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sees and may do on the admin port, and that nobody else may. */
class OperatorPortalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private SetUpShop shop;

    @BeforeEach
    void openShop() throws Exception {
        shop = new SetUpShop(folder, "");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @Test
    void strangersSeeNothing() throws Exception {
        HttpClient stranger = shop.browser();
        for (String path : List.of("/", "/customers/cus_1", "/api/customers", "/api/state", "/api/webhooks")) {
            HttpResponse<String> answer = get(stranger, path);
            assertThat(answer.statusCode()).as(path).isEqualTo(401);
            assertThat(answer.body()).doesNotContain("cus_", "events_waiting");
        }
        assertThat(form(stranger, "/sign-in", Map.of("token", "wrong"), null).statusCode())
                .isEqualTo(401);
        HttpRequest guessed = HttpRequest.newBuilder(URI.create(shop.adminHome() + "/api/state"))
                .header("authorization", "Bearer wrong")
                .build();
        assertThat(stranger.send(guessed, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        assertThat(get(stranger, "/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void anOperatorSeesCustomersAndWhatTheyUsed() throws Exception {
        HttpClient ann = shop.browser();
        String key = shop.subscribe(ann, "ann@example.com", "starter");
        long used = shop.chat(key, "tokens=40 hello");
        HttpClient operator = signedIn();

        JsonNode row = api("/customers").at("/customers/0");

        assertThat(row.path("used_in_30_days").asLong()).isEqualTo(used);
        assertThat(row.path("available").asLong()).isEqualTo(10_000_000 - used);
        assertThat(row.path("subscription").asText()).isEqualTo("live");
        HttpResponse<String> page = get(operator, "/");
        assertThat(page.body()).contains(row.path("customer").asText(), "10,000,000");
        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .contains("default-src 'none'")
                .doesNotContain("script");
        assertThat(api("/webhooks").at("/webhooks").findValuesAsText("type"))
                .contains("payment.succeeded", "credit.added");
        assertThat(get(operator, "/customers/" + row.path("customer").asText()).body())
                .contains("first key", "10,000,000")
                .doesNotContain(key);
    }

    @Test
    void creditsChangedByHandArriveOnceHoweverOftenTheFormIsSent() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        String path =
                "/customers/" + api("/customers").at("/customers/0/customer").asText();
        HttpClient operator = signedIn();
        String page = get(operator, path).body();
        Map<String, String> fields = Map.of(
                "form", hidden(page, "form"),
                "idempotency_key", hidden(page, "idempotency_key"),
                "entry_type", "credit",
                "amount", "2,500",
                "reason", "sorry <b>for</b> the outage");

        HttpResponse<String> first = form(operator, path, fields, shop.adminHome());
        HttpResponse<String> second = form(operator, path, fields, shop.adminHome());

        assertThat(first.body()).contains("Added 2500: 10000000 before, 10002500 after.");
        assertThat(second.statusCode()).isEqualTo(200);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("available").asLong()).isEqualTo(10_002_500));
        assertThat(shop.sandbox().dodo().balance(path.substring(11))).isEqualByComparingTo("10002500");
    }

    @Test
    void aDebitIsTakenAtOnceAndNeverMoreThanThereIs() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        String path =
                "/customers/" + api("/customers").at("/customers/0/customer").asText() + "/adjustments";

        assertThat(adjust(path, "debit", "4000000", "key-00000001").statusCode())
                .isEqualTo(201);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("available").asLong()).isEqualTo(6_000_000));
        HttpResponse<String> tooMuch = adjust(path, "debit", "7000000", "key-00000002");
        assertThat(tooMuch.statusCode()).isEqualTo(400);
        assertThat(tooMuch.body()).contains("Insufficient balance");
        for (String amount : List.of("0", "-5", "0.0", "1e9", "", "99999999999")) {
            assertThat(adjust(path, "credit", amount, "key-00000003").statusCode())
                    .isEqualTo(400);
        }
        shop.sandbox().dodo().rules(rules -> rules.withReplayConflicts(true));
        assertThat(adjust(path, "debit", "4000000", "key-00000001").body()).contains("done before");
    }

    @Test
    void formsFromElsewhereChangeNothing() throws Exception {
        shop.subscribe(shop.browser(), "ann@example.com", "starter");
        String path =
                "/customers/" + api("/customers").at("/customers/0/customer").asText();
        HttpClient operator = signedIn();
        String other = hidden(get(signedIn(), path).body(), "form");
        String own = hidden(get(operator, path).body(), "form");
        Map<String, String> wish =
                Map.of("entry_type", "credit", "amount", "1", "reason", "x", "idempotency_key", "key-00000009");

        for (String form : List.of("", "x.y", other)) {
            assertThat(form(operator, path, with(wish, form), shop.adminHome()).statusCode())
                    .isEqualTo(403);
        }
        assertThat(form(operator, path, with(wish, own), "https://evil.example").statusCode())
                .isEqualTo(403);
        assertThat(form(shop.browser(), path, with(wish, own), shop.adminHome()).statusCode())
                .isEqualTo(401);
        assertThat(shop.send(operator, "POST", shop.adminHome() + "/api" + path + "/adjustments", "{}", null)
                        .status())
                .isEqualTo(401);
        assertThat(shop.sandbox().dodo().balance(path.substring(11))).isEqualByComparingTo("10000000");
    }

    @Test
    void whatWaitsForDodoIsListedTheOldestFirst() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        await().atMost(PATIENCE).until(() -> shop.credits(key).path("available").asLong() == 10_000_000);
        shop.sandbox().dodo().goUnavailable();
        long first = shop.chat(key, "tokens=5");
        long second = shop.chat(key, "tokens=6");

        await().atMost(PATIENCE)
                .until(() -> api("/outbox").at("/outbox/0/attempts").asInt() > 0);
        JsonNode outbox = api("/outbox");
        assertThat(outbox.path("next").isNull()).isTrue();
        assertThat(outbox.path("outbox").findValuesAsText("units"))
                .containsExactly(String.valueOf(first), String.valueOf(second));
        assertThat(outbox.at("/outbox/0/age_seconds").asLong()).isBetween(0L, 60L);
        String request = outbox.at("/outbox/0/request_id").asText();
        HttpClient operator = signedIn();
        assertThat(get(operator, "/").body()).contains(request);
        assertThat(get(operator, "/outbox").body()).contains(request);

        shop.sandbox().dodo().comeUp();
        await().atMost(PATIENCE).until(() -> api("/outbox").path("outbox").isEmpty());
        assertThat(get(operator, "/outbox").body()).doesNotContain(request).contains("None.");
    }

    @Test
    void whatDodoRefusesIsSeenInQuarantineAndSentAgain() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        await().atMost(PATIENCE).until(() -> shop.credits(key).path("available").asLong() == 10_000_000);
        shop.sandbox().dodo().failNext(100, 422);
        shop.chat(key, "tokens=5");
        await().atMost(PATIENCE)
                .until(() -> api("/quarantine").at("/quarantine").size() == 1);
        HttpClient operator = signedIn();
        String page = get(operator, "/").body();
        assertThat(page).contains("Send all of them again", "Mend at Dodo what its answer names");
        assertThat(api("/quarantine").at("/quarantine/0/reason").asText()).startsWith("422");
        assertThat(api("/quarantine?after=1").at("/quarantine")).isEmpty();
        shop.sandbox().dodo().failNext(0, 422);

        form(
                operator,
                "/quarantine",
                Map.of(
                        "form", hidden(page, "form"),
                        "request_id",
                                api("/quarantine")
                                        .at("/quarantine/0/request_id")
                                        .asText()),
                shop.adminHome());

        await().atMost(PATIENCE).until(() -> shop.sandbox().dodo().eventCount() == 1);
        assertThat(api("/quarantine").at("/quarantine")).isEmpty();
    }

    @Test
    void keysAreListedAndRevokedOnTheCommandLine() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        String customer = api("/customers").at("/customers/0/customer").asText();
        Path config = folder.resolve("admin.yaml");
        Files.writeString(
                config,
                "server: { admin: \"" + shop.adminHome().replace("http://", "") + "\", admin_token: \""
                        + SetUpShop.ADMIN_TOKEN + "\" }\n");
        String[] which = {"--customer", customer, "--config", config.toString()};

        Commands.Ended list = Commands.run("keys", "list", which[0], which[1], which[2], which[3]);
        assertThat(list.out()).contains("first key", "works").doesNotContain(key);
        String id = api("/customers/" + customer + "/keys").at("/keys/0/id").asText();
        Commands.Ended revoked = Commands.run("keys", "revoke", id, which[0], which[1], which[2], which[3]);

        assertThat(revoked.exitCode()).as(revoked.errors()).isZero();
        assertThat(shop.chatStatus(key)).isEqualTo(401);
        Commands.Ended unknown = Commands.run("keys", "revoke", "key_x", which[0], which[1], which[2], which[3]);
        assertThat(unknown.exitCode()).isEqualTo(1);
        assertThat(unknown.errors()).contains("no key of this id");
    }

    @Test
    void nothingInAPageIsTakenForMarkup() throws Exception {
        HttpClient ann = shop.browser();
        shop.subscribe(ann, "ann@example.com", "starter");
        shop.post(ann, "/keys", "{\"name\":\"<script>alert(1)</script>\"}");
        String path =
                "/customers/" + api("/customers").at("/customers/0/customer").asText();

        HttpClient operator = signedIn();
        assertThat(get(operator, path).body()).contains("&lt;script&gt;").doesNotContain("<script");
        assertThat(get(operator, "/customers/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
                        .body())
                .doesNotContain("<script");
    }

    private static Map<String, String> with(Map<String, String> wish, String form) {
        Map<String, String> fields = new HashMap<>(wish);
        fields.put("form", form);
        return fields;
    }

    private HttpResponse<String> adjust(String path, String type, String amount, String key) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.adminHome() + "/api" + path))
                .header("authorization", "Bearer " + SetUpShop.ADMIN_TOKEN)
                .POST(BodyPublishers.ofString("{\"entry_type\":\"" + type + "\",\"amount\":\"" + amount
                        + "\",\"reason\":\"test\",\"idempotency_key\":\"" + key + "\"}"))
                .build();
        return shop.browser().send(request, BodyHandlers.ofString());
    }

    private HttpClient signedIn() throws Exception {
        HttpClient operator = shop.browser();
        HttpResponse<String> answer =
                form(operator, "/sign-in", Map.of("token", SetUpShop.ADMIN_TOKEN), shop.adminHome());
        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("set-cookie").orElseThrow()).contains("HttpOnly; SameSite=Strict");
        return operator;
    }

    private JsonNode api(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.adminHome() + "/api" + path))
                .header("authorization", "Bearer " + SetUpShop.ADMIN_TOKEN)
                .build();
        return SetUpShop.reply(shop.browser().send(request, BodyHandlers.ofString()))
                .json();
    }

    private HttpResponse<String> get(HttpClient browser, String path) throws Exception {
        return shop.get(browser, shop.adminHome() + path).whole();
    }

    private HttpResponse<String> form(
            HttpClient browser, String path, Map<String, String> fields, @Nullable String origin) throws Exception {
        String body = fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return shop.send(browser, "POST", shop.adminHome() + path, body, origin).whole();
    }

    private static String hidden(String page, String name) {
        Matcher matcher =
                Pattern.compile("name=\"" + name + "\" value=\"([^\"]*)\"").matcher(page);
        assertThat(matcher.find()).as(page).isTrue();
        return matcher.group(1);
    }
}
