package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.dodo.DodoStandIn;
import java.net.http.HttpClient;
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

    /** Keys of people whose subscriptions begin elsewhere than on the page, such as in Dodo's own shop. */
    private static final String TRIAL_KEY = "tg_test_key_of_somebody_on_trial";

    private static final String ROLL_KEY = "tg_test_key_of_somebody_who_saves";

    @TempDir
    static Path folder;

    private static SetUpShop shop;
    private static DodoStandIn dodo;

    /** What Dodo calls each plan. */
    private static final Map<String, String> products = new HashMap<>();

    @BeforeAll
    static void openShop() throws Exception {
        Path plans = Files.writeString(folder.resolve("plans.yaml"), PLANS);
        String settings = """
                dodo: { ship: { linger: 0s } }
                gate: { stale_after: 90d }
                keys:
                  - { id: trial, key: %s, customer: cus_trial }
                  - { id: roll, key: %s, customer: cus_roll }
                """.formatted(TRIAL_KEY, ROLL_KEY);
        shop = new SetUpShop(folder, settings, "license_keys: false", plans);
        dodo = shop.sandbox().dodo();
        for (JsonNode product : merchant().ask("GET", "/products", "").path("items")) {
            products.put(
                    product.path("metadata").path("tollgate_product").asText(),
                    product.path("product_id").asText());
        }
    }

    /** Nobody in particular, to ask Dodo for what concerns nobody. */
    private static Subscriber merchant() {
        return new Subscriber(shop, "", "");
    }

    @AfterAll
    static void closeShop() {
        shop.close();
    }

    @Test
    void twelveRenewalsBringNewCreditsAndThirtyDaysTakeTheOldOnesAway() throws Exception {
        Subscriber ann = subscribe("starter");
        long usedUnits = 0;
        for (int month = 1; month <= 12; month++) {
            usedUnits += ann.use(100);
            ann.deduct(usedUnits);
            passUntil(ann.nextBilling());
            ann.awaitFreshCredits(1_000);
            assertThat(ann.paidCents()).hasSize(month + 1).containsOnly(2900);
            pass(DAY.multipliedBy(3)); // a month may be two days shorter than the credits last
            await().pollInterval(POLL).atMost(PATIENCE).until(() -> ann.look() == 1_000);
        }
        assertThat(dodo.deductedTokens(ann.id())).isEqualTo(usedUnits);
        assertThat(dodo.droppedTokens(ann.id())).isZero();
    }

    @Test
    void starterIsBlockedAtZeroAndATopUpHelpsAtOnce() throws Exception {
        Subscriber ann = subscribe("starter");
        long usedUnits = ann.use(800);
        ann.assertRefused(500, "request_exceeds_balance");
        ann.deduct(usedUnits);

        ann.topUp();

        ann.awaitAvailable(1_500 - usedUnits);
        usedUnits += ann.use(500);
        ann.deduct(usedUnits);
        passUntil(ann.nextBilling());
        pass(DAY.multipliedBy(3));
        ann.awaitAvailable(1_000 + 1_500 - usedUnits);
    }

    @Test
    void proGoesOnBeyondZeroIsBilledForItAndBeginsAnew() throws Exception {
        Subscriber ann = subscribe("pro");
        long usedUnits = ann.use(1_700) + ann.use(600);
        ann.deduct(usedUnits);
        long overUnits = usedUnits - 2_000;
        ann.awaitBalance(-overUnits);
        assertThat(ann.use(10)).isPositive();
        ann.deduct(dodo.deductedTokens(ann.id()) + 17);

        passUntil(ann.nextBilling());

        long overageCents = (overUnits + 17 + 1) / 2; // half a cent each
        assertThat(ann.paidCents()).containsExactly(9_900 + (int) overageCents, 9_900);
        ann.awaitBalance(2_000);
        assertThat(ann.use(100)).isPositive();
    }

    @Test
    void aTopUpOutlivesACancelledSubscriptionUntilItExpires() throws Exception {
        Subscriber ann = subscribe("starter");
        ann.topUp();
        ann.awaitAvailable(1_500);
        ann.change("{\"cancel_at_next_billing_date\":true}");
        pass(DAY.multipliedBy(20));
        assertThat(ann.use(10)).isPositive();
        ann.deduct(17);

        passUntil(ann.nextBilling());
        pass(DAY.multipliedBy(3));
        ann.awaitStanding("ended");
        assertThat(ann.paidCents()).containsExactly(1_900, 2_900);
        ann.awaitAvailable(500);
        long usedUnits = ann.use(100);
        ann.awaitAvailable(500 - usedUnits);

        pass(DAY.multipliedBy(365));
        ann.awaitBalance(0);

        ann.subscribeAgain("starter");
        ann.awaitAvailable(1_000);
    }

    @Test
    void aRefundTakesWhatIsLeftAndWhatWasUsedIsForgottenOnceDodoDropsIt() throws Exception {
        Subscriber ann = subscribe("starter");
        long usedUnits = ann.use(300);

        merchant().ask("POST", "/refunds", "{\"payment_id\":\"" + ann.lastPayment() + "\"}");

        ann.awaitAvailable(-usedUnits);
        ann.assertRefused(5, "credit_balance_exhausted");
        ann.deduct(usedUnits);
        assertThat(dodo.droppedTokens(ann.id())).isEqualTo(usedUnits);
        pass(Duration.ofMinutes(31));
        ann.assertRefused(5, "credit_balance_exhausted");
        ann.awaitAvailable(0);

        ann.topUp();
        ann.awaitAvailable(500);
    }

    @Test
    void aChangeOfPlanCountsAtOnceUpAndDown() throws Exception {
        Subscriber ann = subscribe("starter");
        ann.changePlan(products.getOrDefault("pro", ""));
        ann.awaitAvailable(Long.MAX_VALUE);
        ann.awaitBalance(3_000);
        long usedUnits = ann.use(1_500) + ann.use(1_600);
        ann.deduct(usedUnits);
        ann.awaitBalance(3_000 - usedUnits);

        ann.changePlan(products.getOrDefault("starter", ""));
        ann.awaitAvailable(1_000 - (usedUnits - 3_000));
        assertThat(ann.paidCents()).containsExactly(2_900, 9_900, 2_900);

        passUntil(ann.nextBilling());
        pass(DAY.multipliedBy(3));
        ann.awaitAvailable(1_000);
    }

    @Test
    void everyStatusHasItsEffect() throws Exception {
        Subscriber ann = subscribe("starter");
        String id = ann.subscription().path("subscription_id").asText();

        assertStatus(ann, id, "past_due", "live", "");
        assertStatus(ann, id, "on_hold", "on_hold", "subscription_on_hold");
        assertStatus(ann, id, "active", "live", "");
        assertStatus(ann, id, "paused", "paused", "subscription_paused");
        assertStatus(ann, id, "active", "live", ""); // which Dodo tells as unpaused
        assertStatus(ann, id, "cancelled", "ended", "");
        assertStatus(ann, id, "failed", "ended", "");
        assertStatus(ann, id, "expired", "ended", "");
    }

    private static void assertStatus(Subscriber customer, String id, String status, String standing, String refusal)
            throws Exception {
        dodo.setSubscriptionStatus(id, status);
        customer.awaitStanding(standing);
        if (refusal.isEmpty()) {
            assertThat(customer.use(5)).isPositive();
        } else {
            customer.assertRefused(5, refusal);
        }
    }

    @Test
    void aPausedSubscriptionMissesItsRenewalAndGetsItWhenItGoesOn() throws Exception {
        Subscriber ann = subscribe("starter");
        ann.change("{\"status\":\"paused\"}");
        passUntil(ann.nextBilling());
        pass(DAY.multipliedBy(3));
        ann.awaitBalance(0);
        ann.assertRefused(5, "subscription_paused");
        assertThat(ann.paidCents()).hasSize(1);

        ann.change("{\"status\":\"active\"}");

        ann.awaitStanding("live");
        ann.awaitAvailable(1_000);
        assertThat(ann.use(5)).isPositive();
        assertThat(ann.paidCents()).hasSize(2);
    }

    @Test
    void aTrialHasItsOwnCreditsAndThenBecomesAPlan() throws Exception {
        Subscriber joe = new Subscriber(shop, "cus_trial", TRIAL_KEY);
        dodo.createCustomer(joe.id(), "joe@example.com");
        ObjectNode product = product("starter");
        ((ObjectNode) product.at("/credit_entitlements/0"))
                .put("trial_credits", "300")
                .put("trial_credits_expire_after_trial", true);
        buy(joe, product, 14);

        joe.awaitAvailable(300);
        joe.awaitStanding("trial");
        long usedUnits = joe.use(100);
        joe.deduct(usedUnits);
        assertThat(joe.paidCents()).containsExactly(0);

        passUntil(joe.nextBilling());

        joe.awaitAvailable(1_000);
        joe.awaitStanding("live");
        assertThat(joe.paidCents()).containsExactly(2_900, 0);
    }

    @Test
    void creditsRollOverOnceWherePlansSaySo() throws Exception {
        Subscriber joe = new Subscriber(shop, "cus_roll", ROLL_KEY);
        dodo.createCustomer(joe.id(), "roll@example.com");
        ObjectNode product = product("starter");
        ((ObjectNode) product.at("/credit_entitlements/0"))
                .put("rollover_enabled", true)
                .put("rollover_percentage", 50)
                .put("max_rollover_count", 1);
        buy(joe, product, 0);
        joe.awaitAvailable(1_000);
        long usedUnits = joe.use(193);
        joe.deduct(usedUnits);

        passUntil(joe.nextBilling());
        pass(DAY.multipliedBy(3));
        joe.awaitAvailable(1_000 + (1_000 - usedUnits) / 2);

        passUntil(joe.nextBilling());
        pass(DAY.multipliedBy(3));
        joe.awaitAvailable(1_000 + 500);
    }

    /** The body that would make another product of that kind. */
    private static ObjectNode product(String plan) throws Exception {
        ObjectNode product = (ObjectNode) merchant().ask("GET", "/products/" + products.get(plan), "");
        product.retain("name", "description", "tax_category", "price", "credit_entitlements");
        product.path("credit_entitlements")
                .forEach(attachment -> ((ObjectNode) attachment)
                        .remove(List.of("id", "credit_entitlement_name", "credit_entitlement_unit")));
        return product;
    }

    /** Sells somebody a product that is not on the page. A trial of a plan with meters is the checkout's to give. */
    private static void buy(Subscriber customer, ObjectNode product, int trialDays) throws Exception {
        String id = merchant()
                .ask("POST", "/products", product.toString())
                .path("product_id")
                .asText();
        JsonNode session = merchant().ask("POST", "/checkouts", """
                {"product_cart":[{"product_id":"%s","quantity":1}],"customer":{"customer_id":"%s"},
                 "subscription_data":{"trial_period_days":%d}}
                """.formatted(id, customer.id(), trialDays));
        dodo.payCheckout(session.path("session_id").asText());
    }

    private static Subscriber subscribe(String plan) throws Exception {
        HttpClient browser = shop.browser();
        String key = shop.subscribe(browser, plan + "@example.com", plan);
        Subscriber customer = new Subscriber(shop, dodo.customerIds().getLast(), key);
        customer.awaitAvailable(plan.equals("starter") ? 1_000 : Long.MAX_VALUE);
        return customer;
    }

    private static void pass(Duration time) {
        shop.sandbox().clock().advance(time);
    }

    private static void passUntil(Instant time) {
        shop.sandbox()
                .clock()
                .advance(
                        Duration.between(shop.sandbox().clock().instant(), time).plusSeconds(1));
    }
}
