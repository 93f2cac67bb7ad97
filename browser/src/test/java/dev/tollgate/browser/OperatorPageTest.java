package dev.tollgate.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An operator looks after customers, in Chromium, against the demo. */
class OperatorPageTest {
    private static Town town;

    @BeforeAll
    static void open() throws Exception {
        town = Town.open();
    }

    @AfterAll
    static void close() {
        town.close();
    }

    @Test
    void anOperatorSignsInLooksAndAddsCredits() {
        for (String way : List.of("desk-light", "phone-dark")) {
            boolean phone = way.startsWith("phone");
            ColorScheme scheme = phone ? ColorScheme.DARK : ColorScheme.LIGHT;
            try (Visit visit = town.visit("operator-" + way, phone ? 390 : 1280, phone ? 844 : 900, scheme)) {
                Page page = visit.page();
                page.navigate(town.adminHome());
                visit.labelled("Operator's token (server.admin_token)").fill("not-it");
                visit.button("Sign in").click();
                visit.look("1-refused");
                page.waitForTimeout(600);
                visit.labelled("Operator's token (server.admin_token)")
                        .fill(town.shop().adminToken());
                visit.button("Sign in").click();
                assertThat(page.getByText("Customers").first()).isVisible();
                visit.look("2-overview");

                page.getByText("cus_demo").first().click();
                visit.labelled("Credits").fill("1000");
                visit.labelled("Reason").fill("<i>thanks</i>");
                visit.look("3-customer");
                visit.button("Do it").click();
                assertThat(page.locator(".note")).containsText("Added 1000");
                visit.look("4-done");
                visit.button("Sign out").click();
                assertThat(visit.button("Sign in")).isVisible();
            }
        }
    }
}
