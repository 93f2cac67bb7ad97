package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.dodo.DodoStandIn;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Purchases of one browser, and of one person, do not mix, and none is made twice by accident. */
class PurchasesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ATTEMPT = "0123456789abcdef0123456789abcdef";

    @TempDir
    static Path folder;

    private static SetUpShop shop;
    private static DodoStandIn dodo;

    @BeforeAll
    static void openShop() throws Exception {
        shop = new SetUpShop(folder, "");
        dodo = shop.sandbox().dodo();
    }

    @AfterAll
    static void closeShop() {
        shop.close();
    }

    @Test
    void purchasesInTwoWindowsEachReachTheirOwnAccount() throws Exception {
        HttpClient browser = shop.browser();
        SetUpShop.Reply small = begin(browser, "starter", "ann@example.com");
        SetUpShop.Reply large = begin(browser, "pro", "ann@example.com");
        shop.pay(url(small));
        assertThat(claim(browser, large).status()).isEqualTo(202);
        shop.pay(url(large));

        String smallKey = claim(browser, small).json().path("key").asText();
        String largeKey = claim(browser, large).json().path("key").asText();

        awaitBalance(smallKey, 10_000_000);
        awaitBalance(largeKey, 40_000_000);
        assertThat(claim(browser, small).status()).isEqualTo(409);
        assertThat(claim(browser, large).status()).isEqualTo(409);
    }

    @Test
    void twoTopUpsOfOnePersonAtOnceBothArrive() throws Exception {
        HttpClient browser = shop.browser();
        String key = shop.subscribe(browser, "bob@example.com", "starter");
        SetUpShop.Reply first = shop.post(browser, "/checkout/topup", "{}");
        SetUpShop.Reply second = shop.post(browser, "/checkout/topup", "{}");
        assertThat(url(first)).isNotEqualTo(url(second));

        shop.pay(url(second));
        assertThat(claim(browser, first).status()).isEqualTo(202);
        assertThat(claim(browser, second).json().path("state").asText()).isEqualTo("done");
        shop.pay(url(first));

        assertThat(claim(browser, first).json().path("state").asText()).isEqualTo("done");
        awaitBalance(key, 20_000_000);
    }

    @Test
    void twoPlansThatOnePersonPaysForInTwoWindowsAreBothTheirsAndAreSeen() throws Exception {
        HttpClient browser = shop.browser();
        String key = shop.subscribe(browser, "gus@example.com", "starter");
        Subscriber gus = new Subscriber(shop, dodo.customerIds().getLast(), key);
        gus.change("{\"status\":\"cancelled\"}");
        gus.awaitStanding("ended");
        SetUpShop.Reply small = begin(browser, "starter", "gus@example.com");
        SetUpShop.Reply large = begin(browser, "pro", "gus@example.com");
        shop.pay(url(small));
        shop.pay(url(large));

        assertThat(claim(browser, small).status()).isEqualTo(201);
        assertThat(claim(browser, large).status()).isEqualTo(201);
        gus.awaitBalance(60_000_000);
        await().atMost(PATIENCE)
                .until(() -> shop.credits(key).path("deducting_subscriptions").asInt() == 2);
        assertThat(shop.post(browser, "/checkout/subscribe", "{\"plan\":\"pro\"}")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void aDoubleClickOpensOnePaymentPage() throws Exception {
        HttpClient browser = shop.browser();
        String body =
                "{\"plan\":\"starter\",\"email\":\"cy@example.com\",\"name\":\"Cy\",\"attempt\":\"" + ATTEMPT + "\"}";
        int customersBefore = dodo.customerIds().size();

        Set<String> urls = Stream.generate(() -> sendAsync(browser, body)).limit(5).toList().stream()
                .map(CompletableFuture::join)
                .map(HttpResponse::body)
                .collect(Collectors.toSet());

        assertThat(urls).hasSize(1);
        assertThat(dodo.customerIds()).hasSize(customersBefore + 1);
        String other = body.replace(ATTEMPT, "another-" + ATTEMPT);
        assertThat(Set.of(sendAsync(browser, other).join().body())).isNotEqualTo(urls);
        assertThat(sendAsync(browser, body.replace("starter", "pro")).join().body())
                .isNotIn(urls);
    }

    @Test
    void aPaymentPageThatCouldNotBeOpenedCanBeAskedForAgain() throws Exception {
        HttpClient browser = shop.browser();
        String body = "{\"plan\":\"starter\",\"email\":\"di@example.com\",\"name\":\"Di\",\"attempt\":\"di-" + ATTEMPT
                + "\"}";
        dodo.goUnavailable();
        SetUpShop.Reply down = shop.post(browser, "/checkout/subscribe", body);
        dodo.comeUp();

        assertThat(down.status()).isEqualTo(503);
        assertThat(down.json().at("/error/code").asText()).isEqualTo("payments_unavailable");
        assertThat(shop.post(browser, "/checkout/subscribe", body).status()).isEqualTo(200);
    }

    @Test
    void aPurchaseBelongsToTheBrowserThatBeganIt() throws Exception {
        HttpClient browser = shop.browser();
        SetUpShop.Reply begun = begin(browser, "starter", "eve@example.com");
        shop.pay(url(begun));
        HttpClient thief = shop.browser();
        begin(thief, "starter", "thief@example.com");

        assertThat(claim(thief, begun).json().at("/error/code").asText()).isEqualTo("nothing_bought");
        HttpRequest forged = HttpRequest.newBuilder(URI.create(shop.home() + "/checkout/claim"))
                .header("origin", shop.home())
                .header(
                        "cookie",
                        "tollgate_checkout_" + begun.json().path("purchase").asText() + "=e30.AAAA")
                .POST(BodyPublishers.ofString("{}"))
                .build();
        assertThat(shop.browser().send(forged, BodyHandlers.ofString()).statusCode())
                .isEqualTo(404);
        assertThat(claim(browser, begun).status()).isEqualTo(201);
    }

    @Test
    void aBrowserThatNeverPaysKeepsItsNewestPurchases() throws Exception {
        HttpClient browser = shop.browser();
        SetUpShop.Reply oldest = begin(browser, "starter", "fay@example.com");
        List<SetUpShop.Reply> more = Stream.iterate(1, i -> i + 1)
                .limit(8)
                .map(i -> uncheckedBegin(browser, "fay" + i + "@example.com"))
                .toList();

        assertThat(claim(browser, oldest).status()).isEqualTo(404);
        for (SetUpShop.Reply kept : more) {
            assertThat(claim(browser, kept).status()).isEqualTo(202);
        }
    }

    private static SetUpShop.Reply uncheckedBegin(HttpClient browser, String email) {
        try {
            return begin(browser, "starter", email);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static SetUpShop.Reply begin(HttpClient browser, String plan, String email) throws Exception {
        SetUpShop.Reply begun = shop.post(
                browser,
                "/checkout/subscribe",
                "{\"plan\":\"" + plan + "\",\"email\":\"" + email + "\",\"name\":\"Ann\"}");
        assertThat(begun.status()).as(begun.whole().body()).isEqualTo(200);
        return begun;
    }

    private static String url(SetUpShop.Reply begun) {
        return begun.json().path("checkout_url").asText();
    }

    private static SetUpShop.Reply claim(HttpClient browser, SetUpShop.Reply begun) throws Exception {
        String purchase = begun.json().path("purchase").asText();
        return shop.post(browser, "/checkout/claim", "{\"purchase\":\"" + purchase + "\"}");
    }

    private static CompletableFuture<HttpResponse<String>> sendAsync(HttpClient browser, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.home() + "/checkout/subscribe"))
                .header("origin", shop.home())
                .POST(BodyPublishers.ofString(body))
                .build();
        return browser.sendAsync(request, BodyHandlers.ofString());
    }

    private static void awaitBalance(String key, long units) {
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("balance").asLong()).isEqualTo(units));
    }
}
