package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.SandboxOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** A shop's customer with a subscription, who uses it, buys, waits and looks, and for whom the merchant acts at Dodo. */
record Subscriber(SetUpShop shop, String id, String key) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(10);

    /** So far apart are readings of an account at least. */
    private static final Duration APART = Duration.ofSeconds(2);

    long use(int tokens) throws Exception {
        shop.sandbox().clock().advance(APART);
        return shop.chat(key, "tokens=" + tokens, tokens);
    }

    /** Lets Dodo know of all usage, and deduct it. */
    void deduct(long usedUnits) {
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .until(() -> shop.sandbox().dodo().ingestedTokens(id) == usedUnits);
        shop.sandbox().dodo().runWorker();
    }

    void assertRefused(int tokens, String code) throws Exception {
        shop.sandbox().clock().advance(APART);
        HttpResponse<String> response = shop.chatResponse(key, "tokens=" + tokens, tokens);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(402);
        assertThat(response.body()).contains("\"code\":\"" + code + "\"");
        assertThat(response.headers().firstValue("x-should-retry")).hasValue("false");
    }

    void topUp() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.home() + "/checkout/topup"))
                .header("authorization", "Bearer " + key)
                .POST(BodyPublishers.ofString("{}"))
                .build();
        shop.pay(SetUpShop.reply(shop.browser().send(request, BodyHandlers.ofString()))
                .json()
                .path("checkout_url")
                .asText());
    }

    void awaitAvailable(long units) {
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(available()).isEqualTo(units));
    }

    /** What is available without overage, asked for without the page, which would have Dodo read. */
    long look() throws Exception {
        return shop.tollgate().look(id).get().availableUnits();
    }

    /** {@link Long#MAX_VALUE} where nothing bounds it. */
    long available() throws Exception {
        JsonNode credits = shop.credits(key);
        assertThat(credits.path("known").asBoolean()).as(credits.toString()).isTrue();
        return credits.path("available").isNull()
                ? Long.MAX_VALUE
                : credits.path("available").asLong();
    }

    /** Waits until the gate knows of credits that will last for the most of a month. */
    void awaitFreshCredits(long units) {
        Instant late = shop.sandbox().clock().instant().plus(Duration.ofDays(29));
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .until(() -> shop.credits(key).path("expiring").findParents("at").stream()
                        .anyMatch(grant -> grant.path("credits").asLong() == units
                                && Instant.parse(grant.path("at").asText()).isAfter(late)));
    }

    void awaitBalance(long units) {
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(shop.credits(key).path("balance").asLong()).isEqualTo(units));
    }

    void awaitStanding(String standing) {
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(shop.credits(key).path("subscription").asText())
                                .isEqualTo(standing));
    }

    void change(String body) throws Exception {
        ask("PATCH", "/subscriptions/" + subscription().path("subscription_id").asText(), body);
    }

    /** Moves to another plan, under Dodo's id of it. */
    void changePlan(String product) throws Exception {
        String body =
                "{\"product_id\":\"" + product + "\",\"quantity\":1,\"proration_billing_mode\":\"full_immediately\"}";
        ask("POST", "/subscriptions/" + subscription().path("subscription_id").asText() + "/change-plan", body);
    }

    /** A new subscription after the last one has ended. */
    void subscribeAgain(String plan) throws Exception {
        HttpClient browser = shop.browser();
        assertThat(shop.post(browser, "/session", "{\"key\":\"" + key + "\"}").status())
                .isEqualTo(200);
        SetUpShop.Reply begun = shop.post(browser, "/checkout/subscribe", "{\"plan\":\"" + plan + "\"}");
        shop.pay(begun.json().path("checkout_url").asText());
    }

    String lastPayment() throws Exception {
        return ask("GET", "/payments?customer_id=" + id, "")
                .at("/items/0/payment_id")
                .asText();
    }

    List<Integer> paidCents() throws Exception {
        return ask("GET", "/payments?page_size=100&customer_id=" + id, "")
                .path("items")
                .findValues("total_amount")
                .stream()
                .map(JsonNode::asInt)
                .toList();
    }

    JsonNode subscription() throws Exception {
        return ask("GET", "/subscriptions?customer_id=" + id, "").at("/items/0");
    }

    Instant nextBilling() throws Exception {
        return Instant.parse(subscription().path("next_billing_date").asText());
    }

    /** As the merchant does in Dodo's dashboard. */
    JsonNode ask(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.sandbox().dodoBaseUrl() + path))
                .header("authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey())
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = shop.browser().send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return SetUpShop.reply(response).json();
    }
}
