package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.mail.Letter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A customer hears in time that credits run low or out, from the service as it is set up. */
class CustomerAlertsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private SetUpShop shop;

    @BeforeEach
    void openShop() throws Exception {
        shop = new SetUpShop(
                folder, "mail: { smtp: \"${SANDBOX_MAIL}\", tls: none, from: \"Shop <shop@example.com>\" }");
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @Test
    void dodosWarningAndTheForecastReachTheCustomerOnceEach() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        await().atMost(PATIENCE).until(() -> shop.credits(key).path("available").asLong() == 10_000_000);
        String customerId = shop.sandbox().dodo().customerIds().getFirst();

        shop.sandbox().dodo().debit(customerId, 9_000_000);

        await().atMost(PATIENCE).until(() -> subjects().contains("Your credits run low"));
        assertThat(letters().getFirst().to()).containsExactly("ann@example.com");
        assertThat(letters().getFirst().text()).contains("1,000,000 left");

        shop.sandbox().dodo().debit(customerId, 999_500);
        await().atMost(PATIENCE).until(() -> shop.credits(key).path("available").asLong() == 500);
        shop.chat(key, "tokens=80");

        await().atMost(PATIENCE).until(() -> subjects().contains("Your credits run out soon"));
        assertThat(subjects()).hasSize(2);
    }

    @Test
    void aForecastRemembersWhatWasUsedBeforeARestart() throws Exception {
        String key = shop.subscribe(shop.browser(), "ann@example.com", "starter");
        await().atMost(PATIENCE).until(() -> shop.credits(key).path("available").asLong() == 10_000_000);
        long usedUnits = shop.chat(key, "tokens=80");

        shop.restart();
        shop.sandbox().dodo().debit(shop.sandbox().dodo().customerIds().getFirst(), 10_000_000 - 2 * usedUnits);

        await().atMost(PATIENCE).until(() -> subjects().contains("Your credits run out soon"));
    }

    private List<Letter> letters() {
        return shop.sandbox().mail().letters();
    }

    private List<String> subjects() {
        return letters().stream().map(Letter::subject).toList();
    }
}
