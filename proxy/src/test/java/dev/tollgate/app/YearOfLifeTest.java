package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of a subscription in the course of time, and what the gate makes of it: months pass on the sandbox's clock,
 * which the service follows too. Every test has a customer of its own.
 */
class YearOfLifeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(10);
    /** So far apart are readings of an account at least. */
    private static final Duration APART = Duration.ofSeconds(2);

    private static final Duration DAY = Duration.ofDays(1);

    private static final String PLANS = """
            credits: { name: "API tokens", unit: token }
            meter: { name: "Token usage" }
            plans:
              starter: { name: Starter, price: "29.00 USD", credits: 1_000, credits_expire_after: 30d }
              pro:
                name: Pro
                price: "99.00 USD"
                credits: 2_000
                credits_expire_after: 30d
                overage: { price_per_million: "5000.00 USD", behavior: invoice_at_billing }
            topups:
              topup: { name: Top-up, price: "19.00 USD", credits: 500, credits_expire_after: 365d }
            """;

    private static final String SETTINGS = """
            dodo: { ship: { linger: 0s } }
            keys:
              - { id: trial, key: %s, customer: cus_trial }
              - { id: roll, key: %s, customer: cus_roll }
            """;

    /** Keys of people whose subscriptions begin elsewhere than on the page, such as in Dodo's own shop. */
    private static final String TRIAL_KEY = "tg_test_key_of_somebody_on_trial";

    private static final String ROLL_KEY = "tg_test_key_of_somebody_who_saves";

    @TempDir
    static Path folder;

    private static SetUpShop shop;
    private static DodoStandIn dodo;

    /** What Dodo calls each plan. */
    private static final Map<String, String> products = new HashMap<>();

    private record Customer(String id, String key) {}

    @BeforeAll
    static void openShop() throws Exception {
        Path plans = Files.writeString(folder.resolve("plans.yaml"), PLANS);
        shop = new SetUpShop(folder, SETTINGS.formatted(TRIAL_KEY, ROLL_KEY), "license_keys: false", plans);
        dodo = shop.sandbox().dodo();
        for (JsonNode product : ask("GET", "/products", "").path("items")) {
            products.put(product.path("metadata").path("tollgate_product").asText(), product.path("product_id").asText());
        }
    }

    @AfterAll
    static void closeShop() {
        shop.close();
    }

    @Test
    void twelveRenewalsBringNewCreditsAndThirtyDaysTakeTheOldOnesAway() throws Exception {
        Customer ann = subscribe("starter");
        long usedUnits = 0;
        for (int month = 1; month <= 12; month++) {
            usedUnits += use(ann, 100);
            deduct(usedUnits, ann);
            passUntil(nextBilling(ann));
            awaitFreshCredits(ann, 1_000);
            assertThat(paidCents(ann)).hasSize(month + 1).containsOnly(2900);
            pass(DAY.multipliedBy(3)); // a month may be two days shorter than the credits last
            awaitAvailable(ann, 1_000);
        }
        assertThat(dodo.deductedTokens(ann.id())).isEqualTo(usedUnits);
        assertThat(dodo.droppedTokens(ann.id())).isZero();
    }

    @Test
    void starterIsBlockedAtZeroAndATopUpHelpsAtOnce() throws Exception {
        Customer ann = subscribe("starter");
        long usedUnits = use(ann, 800);
        assertRefused(ann, 500, "request_exceeds_balance");
        deduct(usedUnits, ann);

        topUp(ann);

        awaitAvailable(ann, 1_500 - usedUnits);
        usedUnits += use(ann, 500);
        deduct(usedUnits, ann);
        passUntil(nextBilling(ann));
        pass(DAY.multipliedBy(3));
        awaitAvailable(ann, 1_000 + 1_500 - usedUnits);
    }

    @Test
    void proGoesOnBeyondZeroIsBilledForItAndBeginsAnew() throws Exception {
        Customer ann = subscribe("pro");
        long usedUnits = use(ann, 1_700) + use(ann, 600);
        deduct(usedUnits, ann);
        long overUnits = usedUnits - 2_000;
        awaitBalance(ann, -overUnits);
        assertThat(use(ann, 10)).isPositive();
        deduct(dodo.deductedTokens(ann.id()) + 17, ann);

        passUntil(nextBilling(ann));

        long overageCents = (overUnits + 17 + 1) / 2; // half a cent each
        assertThat(paidCents(ann)).containsExactly(9_900 + (int) overageCents, 9_900);
        awaitBalance(ann, 2_000);
        assertThat(use(ann, 100)).isPositive();
    }

    @Test
    void aTopUpOutlivesACancelledSubscriptionUntilItExpires() throws Exception {
        Customer ann = subscribe("starter");
        topUp(ann);
        awaitAvailable(ann, 1_500);
        change(ann, "{\"cancel_at_next_billing_date\":true}");
        pass(DAY.multipliedBy(20));
        assertThat(use(ann, 10)).isPositive();
        deduct(17, ann);

        passUntil(nextBilling(ann));
        pass(DAY.multipliedBy(3));
        awaitStanding(ann, "ended");
        assertThat(paidCents(ann)).containsExactly(1_900, 2_900);
        awaitAvailable(ann, 500);
        long usedUnits = use(ann, 100);
        awaitAvailable(ann, 500 - usedUnits);

        pass(DAY.multipliedBy(365));
        awaitBalance(ann, 0);

        subscribeAgain(ann, "starter");
        awaitAvailable(ann, 1_000);
    }

    @Test
    void aRefundTakesWhatIsLeftAndWhatWasUsedIsForgottenOnceDodoDropsIt() throws Exception {
        Customer ann = subscribe("starter");
        long usedUnits = use(ann, 300);

        ask("POST", "/refunds", "{\"payment_id\":\"" + lastPayment(ann) + "\"}");

        awaitAvailable(ann, -usedUnits);
        assertRefused(ann, 5, "credit_balance_exhausted");
        deduct(usedUnits, ann);
        assertThat(dodo.droppedTokens(ann.id())).isEqualTo(usedUnits);
        pass(Duration.ofMinutes(31));
        assertRefused(ann, 5, "credit_balance_exhausted");
        awaitAvailable(ann, 0);

        topUp(ann);
        awaitAvailable(ann, 500);
    }

    @Test
    void aChangeOfPlanCountsAtOnceUpAndDown() throws Exception {
        Customer ann = subscribe("starter");
        changePlan(ann, "pro");
        awaitAvailable(ann, Long.MAX_VALUE);
        awaitBalance(ann, 3_000);
        long usedUnits = use(ann, 1_500) + use(ann, 1_600);
        deduct(usedUnits, ann);
        awaitBalance(ann, 3_000 - usedUnits);

        changePlan(ann, "starter");
        awaitAvailable(ann, 1_000 - (usedUnits - 3_000));
        assertThat(paidCents(ann)).containsExactly(2_900, 9_900, 2_900);

        passUntil(nextBilling(ann));
        pass(DAY.multipliedBy(3));
        awaitAvailable(ann, 1_000);
    }

    @Test
    void everyStatusHasItsEffect() throws Exception {
        Customer ann = subscribe("starter");
        String id = subscription(ann).path("subscription_id").asText();

        assertStatus(ann, id, "past_due", "live", "");
        assertStatus(ann, id, "on_hold", "on_hold", "subscription_on_hold");
        assertStatus(ann, id, "active", "live", "");
        assertStatus(ann, id, "paused", "paused", "subscription_paused");
        assertStatus(ann, id, "active", "live", ""); // which Dodo tells as unpaused
        assertStatus(ann, id, "cancelled", "ended", "");
        assertStatus(ann, id, "failed", "ended", "");
        assertStatus(ann, id, "expired", "ended", "");
        assertStatus(ann, id, "hibernating", "paused", "subscription_paused");
    }

    private static void assertStatus(Customer customer, String id, String status, String standing, String refusal)
            throws Exception {
        dodo.setSubscriptionStatus(id, status);
        awaitStanding(customer, standing);
        if (refusal.isEmpty()) {
            assertThat(use(customer, 5)).isPositive();
        } else {
            assertRefused(customer, 5, refusal);
        }
    }

    @Test
    void aPausedSubscriptionMissesItsRenewalAndGetsItWhenItGoesOn() throws Exception {
        Customer ann = subscribe("starter");
        change(ann, "{\"status\":\"paused\"}");
        passUntil(nextBilling(ann));
        pass(DAY.multipliedBy(3));
        awaitBalance(ann, 0);
        assertRefused(ann, 5, "subscription_paused");
        assertThat(paidCents(ann)).hasSize(1);

        change(ann, "{\"status\":\"active\"}");

        awaitStanding(ann, "live");
        awaitAvailable(ann, 1_000);
        assertThat(use(ann, 5)).isPositive();
        assertThat(paidCents(ann)).hasSize(2);
    }

    @Test
    void aTrialHasItsOwnCreditsAndThenBecomesAPlan() throws Exception {
        Customer joe = new Customer("cus_trial", TRIAL_KEY);
        dodo.createCustomer(joe.id(), "joe@example.com");
        ObjectNode product = product("starter");
        ((ObjectNode) product.path("price")).put("trial_period_days", 14);
        ((ObjectNode) product.at("/credit_entitlements/0"))
                .put("trial_credits", "300")
                .put("trial_credits_expire_after_trial", true);
        buy(joe, product);

        awaitAvailable(joe, 300);
        awaitStanding(joe, "trial");
        long usedUnits = use(joe, 100);
        deduct(usedUnits, joe);
        assertThat(paidCents(joe)).containsExactly(0);

        passUntil(nextBilling(joe));

        awaitAvailable(joe, 1_000);
        awaitStanding(joe, "live");
        assertThat(paidCents(joe)).containsExactly(2_900, 0);
    }

    @Test
    void creditsRollOverOnceWherePlansSaySo() throws Exception {
        Customer joe = new Customer("cus_roll", ROLL_KEY);
        dodo.createCustomer(joe.id(), "roll@example.com");
        ObjectNode product = product("starter");
        ((ObjectNode) product.at("/credit_entitlements/0"))
                .put("rollover_enabled", true)
                .put("rollover_percentage", 50)
                .put("max_rollover_count", 1);
        buy(joe, product);
        awaitAvailable(joe, 1_000);
        long usedUnits = use(joe, 193);
        deduct(usedUnits, joe);

        passUntil(nextBilling(joe));
        pass(DAY.multipliedBy(3));
        awaitAvailable(joe, 1_000 + (1_000 - usedUnits) / 2);

        passUntil(nextBilling(joe));
        pass(DAY.multipliedBy(3));
        awaitAvailable(joe, 1_000 + 500);
    }

    /** What Dodo has of a plan, to make a like one. */
    private static ObjectNode product(String plan) throws Exception {
        ObjectNode product = (ObjectNode) ask("GET", "/products/" + products.get(plan), "");
        product.remove("metadata");
        return product;
    }

    /** Sells somebody a product that is not on the page. */
    private static void buy(Customer customer, ObjectNode product) throws Exception {
        String id = ask("POST", "/products", product.toString()).path("product_id").asText();
        JsonNode session = ask("POST", "/checkouts", """
                {"product_cart":[{"product_id":"%s","quantity":1}],"customer":{"customer_id":"%s"}}
                """.formatted(id, customer.id()));
        dodo.payCheckout(session.path("session_id").asText());
    }

    private static Customer subscribe(String plan) throws Exception {
        HttpClient browser = shop.browser();
        String key = shop.subscribe(browser, plan + "@example.com", plan);
        Customer customer = new Customer(dodo.customerIds().getLast(), key);
        awaitAvailable(customer, plan.equals("starter") ? 1_000 : Long.MAX_VALUE);
        return customer;
    }

    private static long use(Customer customer, int tokens) throws Exception {
        pass(APART);
        return shop.chat(customer.key(), "tokens=" + tokens, tokens);
    }

    /** Lets Dodo know of all usage, and deduct it. */
    private static void deduct(long usedUnits, Customer customer) {
        await().pollInterval(POLL).atMost(PATIENCE).until(() -> dodo.ingestedTokens(customer.id()) == usedUnits);
        dodo.runWorker();
    }

    private static void assertRefused(Customer customer, int tokens, String code) throws Exception {
        pass(APART);
        HttpResponse<String> response = shop.chatResponse(customer.key(), "tokens=" + tokens, tokens);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(402);
        assertThat(response.body()).contains("\"code\":\"" + code + "\"");
        assertThat(response.headers().firstValue("x-should-retry")).hasValue("false");
    }

    private static void topUp(Customer customer) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.home() + "/checkout/topup"))
                .header("authorization", "Bearer " + customer.key())
                .POST(BodyPublishers.ofString("{}"))
                .build();
        shop.pay(SetUpShop.reply(shop.browser().send(request, BodyHandlers.ofString()))
                .json()
                .path("checkout_url")
                .asText());
    }

    private static void pass(Duration time) {
        shop.sandbox().clock().advance(time);
    }

    private static void passUntil(Instant time) {
        shop.sandbox().clock().advance(Duration.between(shop.sandbox().clock().instant(), time).plusSeconds(1));
    }

    private static void awaitAvailable(Customer customer, long units) {
        await().pollInterval(POLL).atMost(PATIENCE).untilAsserted(() -> assertThat(available(customer)).isEqualTo(units));
    }

    /** {@link Long#MAX_VALUE} where nothing bounds it. */
    private static long available(Customer customer) throws Exception {
        JsonNode credits = shop.credits(customer.key());
        assertThat(credits.path("known").asBoolean()).as(credits.toString()).isTrue();
        return credits.path("available").isNull()
                ? Long.MAX_VALUE
                : credits.path("available").asLong();
    }

    /** Waits until the gate knows of credits that will last for the most of a month. */
    private static void awaitFreshCredits(Customer customer, long units) {
        Instant late = shop.sandbox().clock().instant().plus(DAY.multipliedBy(29));
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .until(() -> shop.credits(customer.key()).path("expiring").findParents("at").stream().anyMatch(grant ->
                        grant.path("credits").asLong() == units
                                && Instant.parse(grant.path("at").asText()).isAfter(late)));
    }

    private static void awaitBalance(Customer customer, long units) {
        await().pollInterval(POLL).atMost(PATIENCE).untilAsserted(() -> assertThat(
                        shop.credits(customer.key()).path("balance").asLong())
                .isEqualTo(units));
    }

    private static void awaitStanding(Customer customer, String standing) {
        await().pollInterval(POLL).atMost(PATIENCE).untilAsserted(() -> assertThat(
                        shop.credits(customer.key()).path("subscription").asText())
                .isEqualTo(standing));
    }

    private static void change(Customer customer, String body) throws Exception {
        ask("PATCH", "/subscriptions/" + subscription(customer).path("subscription_id").asText(), body);
    }

    /** Moves a customer to a plan. */
    private static void changePlan(Customer customer, String plan) throws Exception {
        String body = "{\"product_id\":\"" + products.get(plan) + "\",\"quantity\":1,\"proration_billing_mode\":\"full_immediately\"}";
        ask("POST", "/subscriptions/" + subscription(customer).path("subscription_id").asText() + "/change-plan", body);
    }

    /** A new subscription of somebody whose last one has ended. */
    private static void subscribeAgain(Customer customer, String plan) throws Exception {
        HttpClient browser = shop.browser();
        assertThat(shop.post(browser, "/session", "{\"key\":\"" + customer.key() + "\"}").status()).isEqualTo(200);
        SetUpShop.Reply begun = shop.post(browser, "/checkout/subscribe", "{\"plan\":\"" + plan + "\"}");
        shop.pay(begun.json().path("checkout_url").asText());
    }

    private static String lastPayment(Customer customer) throws Exception {
        return ask("GET", "/payments?customer_id=" + customer.id(), "").at("/items/0/payment_id").asText();
    }

    private static List<Integer> paidCents(Customer customer) throws Exception {
        return ask("GET", "/payments?page_size=100&customer_id=" + customer.id(), "").path("items").findValues("total_amount")
                .stream().map(JsonNode::asInt).toList();
    }

    private static JsonNode subscription(Customer customer) throws Exception {
        return ask("GET", "/subscriptions?customer_id=" + customer.id(), "").at("/items/0");
    }

    private static Instant nextBilling(Customer customer) throws Exception {
        return Instant.parse(subscription(customer).path("next_billing_date").asText());
    }

    /** As the merchant does in Dodo's dashboard. */
    private static JsonNode ask(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(shop.sandbox().dodoBaseUrl() + path))
                .header("authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey())
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = shop.browser().send(request, BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return SetUpShop.reply(response).json();
    }
}
