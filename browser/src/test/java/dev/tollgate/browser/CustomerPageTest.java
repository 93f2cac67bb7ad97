package dev.tollgate.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.tollgate.sandbox.mail.Letter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A stranger becomes a customer, in Chromium, against the demo. */
class CustomerPageTest {
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
            try (Visit visit = town.visit(way, phone ? 390 : 1280, phone ? 844 : 900, scheme)) {
                visit.page().navigate(town.home());
                assertThat(visit.button("Continue to payment")).isVisible();
                visit.look("stranger");
                visit.labelled("API key").fill(town.shop().key());
                visit.button("Sign in").click();
                assertThat(visit.page().locator("#available")).hasText(Pattern.compile("[\\d,]+"));
                visit.look("customer");
            }
        }
    }

    @Test
    void everythingCanBeReachedByKeyboardAlone() {
        try (Visit visit = town.visit("keyboard", 1280, 900, ColorScheme.LIGHT)) {
            Page page = visit.page();
            page.navigate(town.home());
            assertThat(visit.button("Continue to payment")).isVisible();
            page.keyboard().press("Tab");
            assertThat(page.locator(":focus")).hasText("Skip to content");
            visit.look("skip");
            page.keyboard().press("Tab");
            page.keyboard().type(town.shop().key());
            page.keyboard().press("Enter");
            assertThat(page.locator("#available")).hasText(Pattern.compile("[\\d,]+"));
            assertThat(page.locator(":focus")).hasText("Balance");
        }
    }

    private void walk(String name, int width, int height, ColorScheme scheme) throws Exception {
        try (Visit visit = town.visit(name, width, height, scheme)) {
            Page page = visit.page();
            page.navigate(town.home());
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
            signInByMail(visit, name + "@example.com");
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

    private void signInByMail(Visit visit, String email) throws Exception {
        Page page = visit.page();
        visit.button("Sign out").click();
        visit.labelled("or by e-mail").fill(email);
        visit.button("Send me a link").click();
        assertThat(page.locator("#notice")).containsText("on its way");
        Letter letter = letter(email);
        Matcher link = Pattern.compile("http\\S+#sign-in=\\S+").matcher(letter.text());
        Assertions.assertThat(link.find()).isTrue();
        page.navigate(link.group());
        assertThat(page.locator("#available")).hasText(Pattern.compile("1[45],\\d{3},\\d{3}"));
        visit.button("Sign out").click();
        page.navigate("about:blank");
        page.navigate(link.group());
        assertThat(page.locator("#notice")).containsText("has been used");
    }

    private static Letter letter(String email) throws InterruptedException {
        for (int attempt = 0; attempt < 200; attempt++) {
            Optional<Letter> found = town.shop().sandbox().mail().letters().stream()
                    .filter(letter -> letter.to().contains(email))
                    .findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
        throw new AssertionError("no letter to " + email);
    }
}
