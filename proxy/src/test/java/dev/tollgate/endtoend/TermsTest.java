package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact.Standing;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.Plan;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Dodo says beyond the balance decides about requests: expiry, pauses, ends. */
class TermsTest {
    @TempDir
    Path folder;

    private String subscriptionId = "";

    private Stand start(long credits, String gate) throws Exception {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        sandbox.dodo().createCustomer(Stand.CUSTOMER, "test@example.com");
        sandbox.dodo().createEntitlement(Stand.ENTITLEMENT);
        sandbox.dodo().createMeter("mtr_test", "api.tokens_used", "tokens");
        subscriptionId = sandbox.dodo().subscribe(Stand.CUSTOMER, Plan.of(Stand.ENTITLEMENT, "mtr_test", credits));
        return Stand.on(sandbox, folder, Stand.yaml(folder) + "gate: { " + gate + " }\n");
    }

    private static void assertServed(Stand stand) throws Exception {
        assertThat(stand.ask(stand.chat("Hi tokens=2", 100)).status()).isEqualTo(200);
    }

    private static void assertRefused(Stand stand, String code) throws Exception {
        RawAnswer answer = stand.ask(stand.chat("Hi tokens=2", 100));
        assertThat(answer.status()).isEqualTo(402);
        assertThat(answer.body())
                .contains("\"type\":\"insufficient_quota\"", "\"code\":\"" + code + "\"")
                .contains("https://billing.example/topup");
        assertThat(answer.header("x-should-retry")).isEqualTo("false");
    }

    private static void awaitStanding(Stand stand, Standing standing) {
        await().atMost(Stand.PATIENCE).until(() -> stand.account().terms().standing() == standing);
    }

    @Test
    void creditsOfAPausedSubscriptionRestUntilItGoesOn() throws Exception {
        try (Stand stand = start(1_000, "hold_wait: 1s")) {
            assertServed(stand);
            stand.sandbox.dodo().setSubscriptionStatus(subscriptionId, "paused");
            awaitStanding(stand, Standing.PAUSED);

            assertRefused(stand, "subscription_paused");

            stand.sandbox.dodo().setSubscriptionStatus(subscriptionId, "active");
            awaitStanding(stand, Standing.LIVE);
            assertServed(stand);
        }
    }

    @Test
    void creditsOutliveASubscriptionUnlessTheOperatorSaysOtherwise() throws Exception {
        try (Stand stand = start(1_000, "hold_wait: 1s")) {
            assertServed(stand);
            stand.sandbox.dodo().setSubscriptionStatus(subscriptionId, "cancelled");
            awaitStanding(stand, Standing.ENDED);

            assertServed(stand);
            assertThat(Probe.metric(stand.tollgate, "tollgate_terms_mismatches_total{kind=\"not_deducted\"}"))
                    .isEqualTo("1");
        }
    }

    @Test
    void anOperatorMayEndCreditsWithTheSubscription() throws Exception {
        try (Stand stand = start(1_000, "ended_subscription: refuse")) {
            assertServed(stand);
            stand.sandbox.dodo().setSubscriptionStatus(subscriptionId, "cancelled");
            awaitStanding(stand, Standing.ENDED);

            assertRefused(stand, "subscription_ended");
        }
    }

    @Test
    void creditsAreNotGivenOutShortlyBeforeTheyExpire() throws Exception {
        try (Stand stand = start(0, "expiry_guard: 1h")) {
            stand.sandbox.dodo().topUp(Stand.CUSTOMER, 500, Duration.ofMinutes(59));
            assertRefused(stand, "credit_balance_exhausted");

            stand.sandbox.dodo().topUp(Stand.CUSTOMER, 500, Duration.ofHours(2));
            await().atMost(Stand.PATIENCE).untilAsserted(() -> assertServed(stand));
            assertThat(stand.account().netUnits()).isEqualTo(1_000);

            stand.sandbox.clock().advance(Duration.ofMinutes(60));

            await().atMost(Stand.PATIENCE).until(() -> stand.account().netUnits() == 500);
            assertThat(stand.account().terms().expiringUnits(System.currentTimeMillis() + 3_600_000))
                    .isZero();
        }
    }
}
