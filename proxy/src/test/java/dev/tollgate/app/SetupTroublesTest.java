package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.tollgate.app.settings.DotEnv;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Setting up an account that is not empty, by a way that is not smooth. */
class SetupTroublesTest {
    private static final String URL = "https://ai.example.com";

    @TempDir
    Path folder;

    private final HttpClient merchant = HttpClient.newHttpClient();
    private Sandbox dodo;

    @BeforeEach
    void openAccount() throws IOException {
        open(SandboxOptions.defaults());
    }

    private void open(SandboxOptions options) throws IOException {
        dodo = Sandbox.start(options.withStartWorker(false));
        Files.writeString(folder.resolve("tollgate.yaml"), "server: { listen: \"127.0.0.1:0\" }\n");
        writeEnv(options.dodoApiKey(), dodo.dodoBaseUrl(), "test_mode");
    }

    @AfterEach
    void closeAccount() {
        merchant.shutdownNow();
        dodo.close();
    }

    /** Whichever write it is whose answer is lost, or that finds Dodo down: the next run makes what is missing, once. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void whatStoppedAnywhereIsCompletedWithoutASecondOfAnything(int write) throws Exception {
        try (Relay relay = new Relay()) {
            writeEnv(SandboxOptions.defaults().dodoApiKey(), relay.url(), "test_mode");
            relay.loseAnswerOfWrite(write);

            Commands.Ended stopped = setup();

            assertThat(stopped.exitCode()).isEqualTo(1);
            assertThat(stopped.errors()).contains("Run setup again");
            assertThat(DotEnv.read(folder.resolve(".env")).variables()).doesNotContainKey("CREDIT_ENTITLEMENT_ID");

            Commands.Ended again = setup();

            assertThat(again.exitCode()).as(again.errors()).isZero();
            assertThat(count("/products", "product_id")).isEqualTo(3);
            assertThat(count("/credit-entitlements", "precision")).isEqualTo(1);
            assertThat(count("/meters", "event_name")).isEqualTo(1);
            assertThat(count("/webhooks", "url")).isEqualTo(1);
        }
    }

    @Test
    void moneyThatDodoUnderstoodOtherwiseIsSaidLoudly() throws Exception {
        try (Relay relay = new Relay()) {
            writeEnv(SandboxOptions.defaults().dodoApiKey(), relay.url(), "test_mode");
            relay.replacing = "\"price_per_unit\":\"0.0005\"";
            relay.by = "\"price_per_unit\":\"0.05\"";

            Commands.Ended ended = setup();

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.out()).contains("price_per_unit: 0.0005 is wanted, Dodo has 0.05");
            assertThat(ended.errors()).contains("***", "otherwise than it was asked");
        }
    }

    @Test
    void whatIsOnALaterPageIsFound() throws Exception {
        for (int i = 0; i < 110; i++) {
            post("/webhooks", "{\"url\":\"https://other" + i + ".example.com/\"}");
            post(
                    "/credit-entitlements",
                    "{\"name\":\"C" + i + "\",\"unit\":\"t\",\"precision\":0,\"rollover_enabled\":false,"
                            + "\"overage_enabled\":false}");
            post(
                    "/products",
                    "{\"name\":\"P" + i + "\",\"tax_category\":\"saas\",\"price\":{\"type\":\"one_time_price\","
                            + "\"currency\":\"USD\",\"price\":1,\"discount\":0,\"purchasing_power_parity\":false}}");
        }
        assertThat(setup().exitCode()).isZero();

        Commands.Ended again = setup();

        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).doesNotContain("to make").contains("needs no change");
    }

    @Test
    void anEndpointThatWouldHearNothingIsNamed() throws Exception {
        post(
                "/webhooks",
                "{\"url\":\"" + URL + "/webhooks/dodo\",\"description\":\"mine\",\"disabled\":true,"
                        + "\"filter_types\":[\"payment.succeeded\"]}");

        Commands.Ended ended = setup();

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .contains("DIFFERS   webhooks to", "disabled: Dodo sends nothing")
                .contains("filter_types: leaves out credit.added")
                .doesNotContain("description");
        assertThat(count("/webhooks", "url")).isEqualTo(1);
    }

    @Test
    void anEndpointThatHearsEnoughIsTaken() throws Exception {
        post("/webhooks", "{\"url\":\"" + URL + "/webhooks/dodo\",\"description\":\"mine\"}");

        Commands.Ended ended = setup();

        assertThat(ended.out()).contains("exists    webhooks to").doesNotContain("DIFFERS");
        assertThat(DotEnv.read(folder.resolve(".env")).variables().get("DODO_PAYMENTS_WEBHOOK_KEY"))
                .startsWith("whsec_");
    }

    @Test
    void liveModeIsNamedLoudly() throws Exception {
        dodo.close();
        open(SandboxOptions.defaults().withDodoApiKey("dodo_live_sandbox"));
        writeEnv("dodo_live_sandbox", dodo.dodoBaseUrl(), "live_mode");

        assertThat(setup("--dry-run").out()).contains("LIVE MODE", "real money");
    }

    @Test
    void oneModesKeyIsNotTriedInTheOther() throws Exception {
        writeEnv("dodo_live_1234", dodo.dodoBaseUrl(), "test_mode");
        Commands.Ended liveKey = setup();
        assertThat(liveKey.exitCode()).isEqualTo(2);
        assertThat(liveKey.errors()).contains("a key of LIVE MODE", "test_mode").doesNotContain("1234");

        writeEnv("dodo_test_1234", URI.create("https://test.dodopayments.com"), "live_mode");
        assertThat(setup().errors()).contains("a key of TEST MODE", "live_mode");

        writeEnv("plain", URI.create("https://live.dodopayments.com"), "test_mode");
        assertThat(setup().errors()).contains("https://live.dodopayments.com is the address of LIVE MODE");
    }

    private Commands.Ended setup(String... more) {
        String[] all = {
            "setup",
            "--yes",
            "--url",
            URL,
            "--config",
            folder.resolve("tollgate.yaml").toString(),
            "--env-file",
            folder.resolve(".env").toString(),
            "--plans",
            Path.of("..", "config", "plans.yaml").toString()
        };
        return Commands.run(Stream.of(all, more).flatMap(Arrays::stream).toArray(String[]::new));
    }

    private void writeEnv(String key, URI url, String mode) throws IOException {
        Files.writeString(
                folder.resolve(".env"),
                "DODO_PAYMENTS_API_KEY=" + key + "\nDODO_PAYMENTS_BASE_URL=" + url + "\nDODO_ENVIRONMENT=" + mode
                        + "\n");
    }

    private long count(String path, String member) throws Exception {
        HttpRequest request = request(path).GET().build();
        String body = merchant.send(request, BodyHandlers.ofString()).body();
        String name = "\"" + member + "\":";
        return body.split(Pattern.quote(name), -1).length - 1L;
    }

    private void post(String path, String body) throws Exception {
        HttpRequest request = request(path).POST(BodyPublishers.ofString(body)).build();
        assertThat(merchant.send(request, BodyHandlers.ofString()).statusCode()).isBetween(200, 201);
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(dodo.dodoBaseUrl() + path))
                .header("authorization", "Bearer " + SandboxOptions.defaults().dodoApiKey());
    }

    /** Between setup and Dodo: loses an answer, or tells another one. */
    private final class Relay implements AutoCloseable {
        private final HttpServer server;
        private int lost;
        private String replacing = "nothing";
        private String by = "";
        private int writes;

        Relay() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                try (exchange) {
                    String method = exchange.getRequestMethod();
                    int write = method.equals("POST") ? ++writes : 0;
                    HttpResponse<String> answer = pass(
                            method,
                            exchange.getRequestURI().toString(),
                            exchange.getRequestBody().readAllBytes());
                    if (write > 0 && write == lost) {
                        return; // closing the exchange without an answer ends the connection
                    }
                    byte[] body = answer.body().replace(replacing, by).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                }
            });
            server.start();
        }

        private HttpResponse<String> pass(String method, String path, byte[] body) throws IOException {
            try {
                HttpRequest request = request(path)
                        .header("user-agent", "tollgate")
                        .method(method, BodyPublishers.ofByteArray(body))
                        .build();
                return merchant.send(request, BodyHandlers.ofString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }

        URI url() {
            return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        }

        void loseAnswerOfWrite(int number) {
            lost = number;
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
