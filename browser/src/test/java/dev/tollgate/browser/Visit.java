package dev.tollgate.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One person's browser window. It notes whatever the browser complains of, and can be asked about the page's manners. */
final class Visit implements AutoCloseable {
    private static final Path PICTURES = Path.of("target", "pictures");

    private final BrowserContext context;
    private final Page page;
    private final String name;
    private final List<String> complaints = new ArrayList<>();

    Visit(Browser browser, String name, int width, int height, ColorScheme scheme) {
        this.name = name;
        context = browser.newContext(new Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(scheme)
                .setLocale("en-GB")
                .setTimezoneId("UTC"));
        context.setDefaultTimeout(20_000);
        page = context.newPage();
        page.onConsoleMessage(message -> {
            // A refused sign-in is no mistake of the page; browsers report every answer that is no success.
            if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(error -> complaints.add(error));
        page.onDialog(dialog -> dialog.accept());
    }

    Page page() {
        return page;
    }

    Locator button(String label) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(label).setExact(true));
    }

    Locator labelled(String label) {
        return page.getByLabel(label, new Page.GetByLabelOptions().setExact(true));
    }

    /** Takes a picture of the whole page, and checks what every page owes to everybody. */
    void look(String what) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + "-" + what + ".png"))
                .setFullPage(true)
                .setTimeout(60_000));
        assertThat(page.evaluate("() => document.documentElement.scrollWidth - innerWidth"))
                .as("%s, %s: wider than the window", name, what)
                .isEqualTo(0);
        assertThat((List<?>) page.evaluate(Manners.FAULTS))
                .as("%s, %s", name, what)
                .isEmpty();
        assertThat(complaints)
                .as("%s, %s: what the browser complains of", name, what)
                .isEmpty();
    }

    @Override
    public void close() {
        context.close();
    }
}
