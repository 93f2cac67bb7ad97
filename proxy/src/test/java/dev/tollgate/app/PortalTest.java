package dev.tollgate.app;

import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a stranger to a paying customer, over HTTP, against an account that `setup` made. */
class PortalTest {
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
    void aStrangerSubscribesGetsAKeyUsesItAndTopsUp() throws Exception {
        HttpClient browser = shop.browser();
        assertThat(shop.get(browser, "/offers").json().at("/offers/0/price").asText())
                .isEqualTo("29.00 USD");

        String key = shop.subscribe(browser, "ann@example.com", "starter");

        long used = shop.chat(key, "tokens=40 hello");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("available").asLong()).isEqualTo(10_000_000 - used));
        assertThat(shop.get(browser, "/credits").json().path("not_yet_deducted").asLong())
                .isEqualTo(used);

        shop.pay(shop.post(browser, "/checkout/topup", "{}")
                .json()
                .path("checkout_url")
                .asText());

        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("available").asLong()).isEqualTo(15_000_000 - used));
        assertThat(shop.post(browser, "/checkout/claim", "{}")
                        .json()
                        .path("state")
                        .asText())
                .isEqualTo("done");
        assertThat(shop.get(browser, "/usage?by=day")
                        .json()
                        .at("/usage/0/units")
                        .asLong())
                .isEqualTo(used);
        JsonNode request = shop.get(browser, "/requests").json().at("/requests/0");
        assertThat(request.at("/settled/units").asLong()).isEqualTo(used);
        String id = request.path("request_id").asText();
        assertThat(shop.get(browser, "/requests/" + id).json()).isEqualTo(request);
    }

    @Test
    void creditsSayWhenTheyExpire() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "pro");

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                shop.credits(key).at("/expiring/0/credits").asLong())
                        .isEqualTo(40_000_000));
        JsonNode credits = shop.credits(key);
        Instant expiry = Instant.parse(credits.at("/expiring/0/at").asText());
        assertThat(expiry).isBetween(Instant.now().plus(29, DAYS), Instant.now().plus(31, DAYS));
        assertThat(credits.path("subscription").asText()).isEqualTo("live");
        assertThat(credits.path("overage_limit").isNull()).isTrue();
    }

    @Test
    void theFirstKeyIsShownOnceAndOnlyToWhoPaid() throws Exception {
        HttpClient browser = shop.browser();
        shop.subscribe(browser, "ann@example.com", "starter");

        SetUpShop.Reply again = shop.post(browser, "/checkout/claim", "{}");
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.whole().body()).doesNotContain("tg_");
        assertThat(shop.post(shop.browser(), "/checkout/claim", "{}").status()).isEqualTo(404);
    }

    @Test
    void anAddressThatIsTakenBringsNobodysCreditsAlong() throws Exception {
        HttpClient ann = shop.browser();
        String annsKey = shop.subscribe(ann, "ann@example.com", "pro");

        String strangersKey = shop.subscribe(shop.browser(), "ann@example.com", "starter");

        assertThat(shop.credits(strangersKey).path("balance").asLong()).isEqualTo(10_000_000);
        assertThat(shop.credits(annsKey).path("balance").asLong()).isEqualTo(40_000_000);
    }

    @Test
    void customersMakeAndRevokeTheirOwnKeysAndNobodyElses() throws Exception {
        HttpClient ann = shop.browser();
        shop.subscribe(ann, "ann@example.com", "starter");
        HttpClient bob = shop.browser();
        shop.subscribe(bob, "bob@example.com", "starter");

        SetUpShop.Reply made = shop.post(ann, "/keys", "{\"name\":\"laptop <script>\"}");
        String key = made.json().path("key").asText();
        String id = made.json().path("id").asText();
        assertThat(shop.chat(key, "tokens=5")).isPositive();
        assertThat(shop.get(ann, "/keys").whole().body())
                .contains("laptop <script>")
                .doesNotContain(key);

        assertThat(shop.send(bob, "DELETE", "/keys?id=" + id, null, shop.home()).status())
                .isEqualTo(404);
        assertThat(shop.chat(key, "tokens=5")).isPositive();

        assertThat(shop.send(ann, "DELETE", "/keys?id=" + id, null, shop.home()).status())
                .isEqualTo(200);
        assertThat(shop.chatStatus(key)).isEqualTo(401);
        assertThat(shop.getWith(key, "/credits").status()).isEqualTo(401);
        String requestId =
                shop.get(ann, "/requests").json().at("/requests/0/request_id").asText();
        assertThat(shop.get(bob, "/requests/" + requestId).status()).isEqualTo(404);
        assertThat(shop.get(bob, "/requests").json().path("requests")).isEmpty();
    }

    @Test
    void keysOutliveARestart() throws Exception {
        HttpClient ann = shop.browser();
        String kept = shop.subscribe(ann, "ann@example.com", "starter");
        SetUpShop.Reply made = shop.post(ann, "/keys", "{\"name\":\"old\"}");
        shop.send(ann, "DELETE", "/keys?id=" + made.json().path("id").asText(), null, shop.home());

        shop.restart();

        assertThat(shop.chat(kept, "tokens=5")).isPositive();
        assertThat(shop.chatStatus(made.json().path("key").asText())).isEqualTo(401);
        assertThat(shop.get(ann, "/session").status()).isEqualTo(200);
        assertThat(shop.post(ann, "/checkout/claim", "{}").status()).isEqualTo(409);
    }

    @Test
    void aSessionBeginsWithAKeyAndEndsWithIt() throws Exception {
        HttpClient ann = shop.browser();
        shop.subscribe(ann, "ann@example.com", "starter");
        SetUpShop.Reply made = shop.post(ann, "/keys", "{\"name\":\"phone\"}");
        HttpClient phone = shop.browser();
        assertThat(shop.post(phone, "/session", "{\"key\":\"tg_wrong\"}").status())
                .isEqualTo(401);

        assertThat(shop.post(
                                phone,
                                "/session",
                                "{\"key\":\"" + made.json().path("key").asText() + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(shop.get(phone, "/credits").status()).isEqualTo(200);

        shop.send(ann, "DELETE", "/keys?id=" + made.json().path("id").asText(), null, shop.home());
        assertThat(shop.get(phone, "/credits").status()).isEqualTo(401);
        shop.send(ann, "DELETE", "/session", null, shop.home());
        assertThat(shop.get(ann, "/credits").status()).isEqualTo(401);
    }

    @Test
    void otherSitesAndForgedSessionsGetNothing() throws Exception {
        HttpClient ann = shop.browser();
        shop.subscribe(ann, "ann@example.com", "starter");

        assertThat(shop.send(ann, "POST", "/keys", "{\"name\":\"x\"}", "https://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(shop.send(ann, "POST", "/keys", "{\"name\":\"x\"}", "null").status())
                .isEqualTo(403);
        assertThat(shop.send(ann, "POST", "/keys", "{\"name\":\"x\"}", null).status())
                .isEqualTo(403);
        for (String cookie : List.of("", "x", "x.y", "e30.e30", "eyJjdXN0b21lciI6ImN1c18xIn0.AAAA")) {
            HttpRequest forged = HttpRequest.newBuilder(URI.create(shop.home() + "/credits"))
                    .header("cookie", "tollgate_session=" + cookie)
                    .build();
            assertThat(shop.browser().send(forged, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void whatCannotBeIsAnsweredClearly() throws Exception {
        HttpClient browser = shop.browser();
        assertThat(shop.post(browser, "/checkout/subscribe", "{\"plan\":\"gold\",\"email\":\"a@b.co\",\"name\":\"A\"}")
                        .json()
                        .at("/error/message")
                        .asText())
                .contains("starter, pro");
        assertThat(shop.post(browser, "/checkout/subscribe", "{\"plan\":\"starter\",\"email\":\"ann\",\"name\":\"A\"}")
                        .json()
                        .at("/error/code")
                        .asText())
                .isEqualTo("bad_email");
        assertThat(shop.post(browser, "/checkout/subscribe", "not json").status())
                .isEqualTo(400);
        assertThat(shop.post(browser, "/checkout/topup", "{}").status()).isEqualTo(401);
        assertThat(shop.send(browser, "PUT", "/keys", "{}", shop.home())
                        .whole()
                        .headers()
                        .firstValue("allow"))
                .hasValue("DELETE, GET, POST");
        shop.subscribe(browser, "ann@example.com", "starter");
        assertThat(shop.post(browser, "/checkout/subscribe", "{\"plan\":\"pro\"}")
                        .json()
                        .at("/error/code")
                        .asText())
                .isEqualTo("already_subscribed");
        assertThat(shop.get(browser, "/usage?by=customer").status()).isEqualTo(400);
        assertThat(shop.get(browser, "/usage?from=yesterday").status()).isEqualTo(400);
        assertThat(shop.get(browser, "/usage?format=csv").whole().body()).startsWith("day,key,model,requests");
    }

    @Test
    void thePageLoadsNothingFromElsewhereAndIsServedWithItsPolicy() throws Exception {
        HttpResponse<String> page = shop.get(shop.browser(), "/").whole();

        assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'");
        assertThat(page.body()).doesNotContain("http://", "https://", "onclick", "<style", "javascript:");
        for (String asset : List.of("/assets/page.css", "/assets/page.js", "/assets/icon.svg")) {
            assertThat(shop.get(shop.browser(), asset).status()).isEqualTo(200);
        }
    }

    @Test
    void theBalanceIsToldAsItMoves() throws Exception {
        HttpClient ann = shop.browser();
        String key = shop.subscribe(ann, "ann@example.com", "starter");
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.home() + "/credits/events"))
                .build();
        List<String> lines = new java.util.concurrent.CopyOnWriteArrayList<>();
        var listening = ann.sendAsync(request, BodyHandlers.ofLines())
                .thenAccept(response -> response.body().forEach(lines::add));
        await().atMost(PATIENCE).until(() -> lines.stream().anyMatch(line -> line.contains("\"available\":10000000")));

        long used = shop.chat(key, "tokens=30");

        await().atMost(PATIENCE)
                .until(() -> lines.stream().anyMatch(line -> line.contains("\"available\":" + (10_000_000 - used))));
        listening.cancel(true);
    }

    @Test
    void anOpenPageDoesNotHoldUpTheEnd() throws Exception {
        HttpClient ann = shop.browser();
        shop.subscribe(ann, "ann@example.com", "starter");
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.home() + "/credits/events"))
                .build();
        var ended = ann.sendAsync(request, BodyHandlers.ofString());
        await().atMost(PATIENCE).until(() -> shop.getWith(null, "/offers").status() == 200);

        shop.tollgate().close();

        assertThat(ended.handle((response, failure) -> true).get(2, TimeUnit.SECONDS))
                .isTrue();
    }
}
