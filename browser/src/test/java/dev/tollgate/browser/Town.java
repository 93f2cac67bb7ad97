package dev.tollgate.browser;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import dev.tollgate.demo.Shop;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The demo's shop, and a Chromium to visit it with. */
record Town(Shop shop, String home, String adminHome, Playwright playwright, Browser chromium)
        implements AutoCloseable {
    private static final Path CONFIG = Path.of("..", "config");

    static Town open() throws Exception {
        int port = freePort();
        int adminPort = freePort();
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Shop shop = Shop.open(
                new Shop.Options(port, adminPort, 20_000, 6, CONFIG.resolve("demo.yaml"), CONFIG.resolve("plans.yaml")),
                nowhere);
        Playwright playwright = Playwright.create();
        Browser chromium = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(Path.of(System.getProperty("tollgate.chromium", "/usr/bin/chromium")))
                        .setArgs(List.of("--no-sandbox")));
        return new Town(
                shop, "http://127.0.0.1:" + port + "/", "http://127.0.0.1:" + adminPort + "/", playwright, chromium);
    }

    Visit visit(String name, int width, int height, ColorScheme scheme) {
        return new Visit(chromium, name, width, height, scheme);
    }

    @Override
    public void close() {
        playwright.close();
        shop.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
