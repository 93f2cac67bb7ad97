package dev.tollgate.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.tollgate.demo.Shop;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A stranger becomes a customer, in Chromium, against the demo. */
class CustomerPageTest {
    private static final Path CONFIG = Path.of("..", "config");

    private static Shop shop;
    private static String home;
    private static Playwright playwright;
    private static Browser chromium;

    @BeforeAll
    static void open() throws Exception {
        int port = freePort();
        home = "http://127.0.0.1:" + port + "/";
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        shop = Shop.open(
                new Shop.Options(
                        port, freePort(), 20_000, 6, CONFIG.resolve("demo.yaml"), CONFIG.resolve("plans.yaml")),
                nowhere);
        playwright = Playwright.create();
        chromium = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of("/usr/bin/chromium"))
                        .setArgs(List.of("--no-sandbox")));
    }

    @AfterAll
    static void close() {
        playwright.close();
        shop.close();
    }

    @Test
    void aStrangerBecomesACustomerAtADesk() throws Exception {
        walk("desk-light", 1280, 900, ColorScheme.LIGHT);
    }

    @Test
    void aStrangerBecomesACustomerOnAPhoneAtNight() throws Exception {
        walk("phone-dark", 390, 844, ColorScheme.DARK);
    }

    @Test
    void thePageIsReadableInTheOtherTwoWaysToo() {
        for (String way : List.of("desk-dark", "phone-light")) {
            boolean phone = way.startsWith("phone");
            ColorScheme scheme = phone ? ColorScheme.LIGHT : ColorScheme.DARK;
            try (Visit visit = new Visit(chromium, way, phone ? 390 : 1280, phone ? 844 : 900, scheme)) {
                visit.page().navigate(home);
                assertThat(visit.button("Continue to payment")).isVisible();
                visit.look("stranger");
                visit.labelled("API key").fill(shop.key());
                visit.button("Sign in").click();
                assertThat(visit.page().locator("#available")).hasText(Pattern.compile("[\\d,]+"));
                visit.look("customer");
            }
        }
    }

    @Test
    void everythingCanBeReachedByKeyboardAlone() {
        try (Visit visit = new Visit(chromium, "keyboard", 1280, 900, ColorScheme.LIGHT)) {
            Page page = visit.page();
            page.navigate(home);
            assertThat(visit.button("Continue to payment")).isVisible();
            page.keyboard().press("Tab");
            assertThat(page.locator(":focus")).hasText("Skip to content");
            visit.look("skip");
            page.keyboard().press("Tab");
            page.keyboard().type(shop.key());
            page.keyboard().press("Enter");
            assertThat(page.locator("#available")).hasText(Pattern.compile("[\\d,]+"));
            assertThat(page.locator(":focus")).hasText("Balance");
        }
    }

    private void walk(String name, int width, int height, ColorScheme scheme) throws Exception {
        try (Visit visit = new Visit(chromium, name, width, height, scheme)) {
            Page page = visit.page();
            page.navigate(home);
            assertThat(page.getByText("29.00 USD a month")).isVisible();
            visit.look("1-stranger");

            visit.labelled("Name").fill("Ann <b>Example</b>");
            visit.labelled("E-mail").fill(name + "@example.com");
            visit.button("Continue to payment").click();
            visit.button("Pay").click();
            Locator shownKey = page.locator("#newkey-value");
            assertThat(shownKey).hasText(Pattern.compile("tg_.+"));
            String key = shownKey.textContent();
            assertThat(page.locator("#available")).hasText("10,000,000");
            visit.look("2-subscribed");

            tryPrompt(visit);
            visit.look("3-tried");

            visit.labelled("New key").fill("<script>alert(1)</script> laptop");
            visit.button("Make key").click();
            visit.button("Revoke <script>alert(1)</script> laptop").click();
            assertThat(page.locator("li.revoked")).hasText(Pattern.compile("laptop"));

            explain(visit);
            topUp(visit);

            visit.button("Sign out").click();
            assertThat(visit.button("Continue to payment")).isVisible();
            assertThat(page.locator("body")).not().containsText(key);
            visit.labelled("API key").fill("tg_wrong");
            visit.button("Sign in").click();
            assertThat(page.getByRole(AriaRole.STATUS)).containsText("not known");
            visit.look("6-refused");
            visit.labelled("API key").fill(key);
            visit.button("Sign in").click();
            assertThat(page.locator("#available")).hasText(Pattern.compile("1[45],\\d{3},\\d{3}"));
            visit.look("7-again");
        }
    }

    private static void tryPrompt(Visit visit) {
        Page page = visit.page();
        visit.labelled("Prompt").fill("tokens=60 Tell me about credits");
        visit.button("Send").click();
        assertThat(page.locator("#try-answer")).hasText(Pattern.compile("\\w+.*\\w+", Pattern.DOTALL));
        assertThat(page.locator("#available")).hasText(Pattern.compile("9,999,\\d{3}"));
        assertThat(page.locator("#requests tr")).hasCount(1);
        assertThat(visit.button("Stop")).isHidden();
    }

    private static void explain(Visit visit) {
        Page page = visit.page();
        page.locator("#requests button").first().click();
        assertThat(page.locator("#why-list")).containsText("the model's own count");
        visit.look("4-why");
        page.keyboard().press("Escape");
        assertThat(page.locator("#why")).isHidden();
    }

    private static void topUp(Visit visit) {
        visit.button("Add 5,000,000 credits for 19.00 USD").click();
        visit.button("Pay").click();
        assertThat(visit.page().locator("#notice")).containsText("Thank you");
        assertThat(visit.page().locator("#available")).hasText(Pattern.compile("14,999,\\d{3}"));
        visit.look("5-topped-up");
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
