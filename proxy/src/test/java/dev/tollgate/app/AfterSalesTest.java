package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens beside paying: money goes back, cards are declined, customers look after their own subscription. */
class AfterSalesTest {
    /** Well below the interval in which balances are read anyway. */
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private SetUpShop shop;

    @BeforeEach
    void open() throws Exception {
        shop = new SetUpShop(folder, "");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    /** Dodo has no credit event for a refund, so its own event must do. */
    @Test
    void creditsThatWerePaidBackAreGoneAtOnce() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        long used = shop.chat(key, "tokens=500");
        await().atMost(SOON).until(() -> shop.sandbox().dodo().eventCount() == 1);
        shop.sandbox().dodo().runWorker();
        await().atMost(SOON).until(() -> shop.credits(key).path("balance").asLong() == 10_000_000 - used);
        String payment =
                shop.merchant("GET", "/payments", "").at("/items/0/payment_id").asText();
        String item = shop.merchant("GET", "/payments/" + payment + "/line-items", "")
                .at("/items/0/items_id")
                .asText();

        shop.merchant(
                "POST",
                "/refunds",
                "{\"payment_id\":\"" + payment + "\",\"items\":[{\"item_id\":\"" + item + "\",\"amount\":1450}]}");
        await().atMost(SOON).until(() -> shop.credits(key).path("balance").asLong() == 5_000_000 - used);
        assertThat(shop.chatStatus(key)).isEqualTo(200);

        shop.merchant("POST", "/refunds", "{\"payment_id\":\"" + payment + "\"}");
        await().atMost(SOON).until(() -> shop.credits(key).path("available").asLong() <= 0);
        assertThat(shop.chatResponse(key, "tokens=5").body()).contains("insufficient_quota");
    }

    @Test
    void aDeclinedCardIsSaidAndTheNextOneBuys() throws Exception {
        HttpClient browser = shop.browser();
        SetUpShop.Reply begun = shop.post(
                browser,
                "/checkout/subscribe",
                "{\"plan\":\"starter\",\"email\":\"ann@example.com\",\"name\":\"Ann\"}");
        String page = begun.json().path("checkout_url").asText();

        assertThat(visit("POST", page + "/decline").statusCode()).isEqualTo(303);
        SetUpShop.Reply declined = shop.post(browser, "/checkout/claim", "{}");
        assertThat(declined.status()).isEqualTo(402);
        assertThat(declined.json().at("/error/code").asText()).isEqualTo("payment_failed");

        shop.pay(page);
        assertThat(shop.post(browser, "/checkout/claim", "{}").status()).isEqualTo(201);
    }

    @Test
    void customersCancelOnPagesThatLeadBack() throws Exception {
        HttpClient browser = shop.browser();
        String key = shop.subscribe(browser, "ann@example.com", "starter");
        String link = shop.post(browser, "/billing", "{}").json().path("url").asText();
        String page = visit("GET", link).body();
        assertThat(page).contains("href=\"" + shop.home() + "/\"");

        String action = page.replaceAll("(?s).*action=\"([^\"]*/end/[^\"]*)\".*", "$1");
        assertThat(visit("POST", shop.sandbox().dodoBaseUrl() + action).statusCode())
                .isEqualTo(303);

        JsonNode ending = shop.merchant("GET", "/subscriptions?cancel_at_next_billing_date=true", "");
        assertThat(ending.path("items")).hasSize(1);
        assertThat(shop.chatStatus(key)).isEqualTo(200); // paid until the end of the period
    }

    private HttpResponse<String> visit(String method, String url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .method(method, BodyPublishers.noBody())
                .build();
        return shop.browser().send(request, BodyHandlers.ofString());
    }
}
