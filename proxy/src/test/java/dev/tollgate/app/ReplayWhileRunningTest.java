package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events are put back by the service that runs, for whoever has its token. */
class ReplayWhileRunningTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final String T = "2026-03-01T10:00:00Z";

    @TempDir
    Path folder;

    private Path settings(Sandbox sandbox, int adminPort, String token) throws IOException {
        return Files.writeString(folder.resolve("tollgate.yaml"), """
                server: { listen: "127.0.0.1:0", admin: "127.0.0.1:%d", admin_token: "%s" }
                journal: { path: "%s" }
                upstreams: [ { name: openai, base_url: "%s", api_key: sk-none } ]
                dodo:
                  base_url: "%s"
                  api_key: "%s"
                  webhook_keys: [ "%s" ]
                  entitlement: cde_1
                keys: [ { id: a, key: tg_test_key_of_the_replay_tests, customer: cus_1 } ]
                """.formatted(
                        adminPort,
                        token,
                        folder.resolve("data"),
                        sandbox.openaiBaseUrl(),
                        sandbox.dodoBaseUrl(),
                        SandboxOptions.defaults().dodoApiKey(),
                        SandboxOptions.defaults().webhookSecret()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static Sandbox sandbox() throws IOException {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        sandbox.dodo().createCustomer("cus_1", "one@example.com");
        sandbox.dodo().createEntitlement("cde_1");
        return sandbox;
    }

    private static Tollgate start(Path file) throws StartException {
        Settings settings =
                ((SettingsLoader.Loaded) SettingsLoader.load(file, Map.of("TOLLGATE_ADMIN_TOKEN", ""))).settings();
        return Tollgate.start(settings);
    }

    private void quarantineTwo() throws Exception {
        Facts.write(
                folder.resolve("data"),
                Facts.reserved("r1", T),
                Facts.settled("r1", 300, T),
                Facts.reserved("r2", T),
                Facts.settled("r2", 200, T),
                new Fact.Quarantined("r1", Facts.ACCOUNT, "refused", Facts.at(T)),
                new Fact.Quarantined("r2", Facts.ACCOUNT, "refused", Facts.at(T)));
    }

    @Test
    void theServicePutsEventsBackAndSendsThem() throws Exception {
        quarantineTwo();
        try (Sandbox sandbox = sandbox()) {
            Path file = settings(sandbox, freePort(), TOKEN);
            Tollgate tollgate = start(file);
            try {
                Commands.Ended stranger = Commands.run("replay", "--config", file.toString(), "r1", "r9");
                assertThat(stranger.errors()).contains("request r9 is not in quarantine", "nothing was put back");
                assertThat(stranger.exitCode()).isEqualTo(1);

                Commands.Ended ended = Commands.run("replay", "--config", file.toString(), "r1");

                assertThat(ended.errors()).isEmpty();
                assertThat(ended.out()).startsWith("1 event put back; the service sends them now");
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> sandbox.dodo().eventCount() == 1);
                assertThat(Commands.run("replay", "--config", file.toString()).out())
                        .contains("r2")
                        .doesNotContain("r1");
            } finally {
                tollgate.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    POST | Bearer 0123456789abcdef | {"all":true}                       | 200
                    POST | Bearer 0123456789abcdef | {"request_ids":["r2"]}             | 200
                    POST | Bearer 0123456789abcdef | {"request_ids":["r9"]}             | 404
                    POST | Bearer 0123456789abcdef | {}                                 | 400
                    POST | Bearer 0123456789abcdef | {"all":true,"request_ids":["r1"]}  | 400
                    POST | Bearer 0123456789abcdef | nonsense                           | 400
                    POST | Bearer 0123456789abcdeF | {"all":true}                       | 401
                    POST | 0123456789abcdef        | {"all":true}                       | 401
                    POST |                         | {"all":true}                       | 401
                    GET  | Bearer 0123456789abcdef |                                    | 405
                    """)
    void onlyTheTokenOpensTheOperation(String method, String authorization, String body, int status) throws Exception {
        quarantineTwo();
        try (Sandbox sandbox = sandbox()) {
            Tollgate tollgate = start(settings(sandbox, 0, TOKEN));
            try {
                assertThat(ask(tollgate, method, authorization, body)).isEqualTo(status);
            } finally {
                tollgate.close();
            }
        }
    }

    @Test
    void withoutATokenInTheSettingsNobodyMay() throws Exception {
        quarantineTwo();
        try (Sandbox sandbox = sandbox()) {
            int port = freePort();
            Path file = settings(sandbox, port, "");
            Tollgate tollgate = start(file);
            try {
                assertThat(ask(tollgate, "POST", "Bearer ", "{\"all\":true}")).isEqualTo(403);
                assertThat(Commands.run("replay", "--config", file.toString(), "--all")
                                .errors())
                        .startsWith("nothing was put back; stop the service")
                        .contains("server.admin_token");
                assertThat(sandbox.dodo().eventCount()).isZero();
            } finally {
                tollgate.close();
            }
        }
    }

    private static int ask(Tollgate tollgate, String method, String authorization, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + tollgate.adminAddress().getPort() + "/quarantine/replay");
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .method(method, HttpRequest.BodyPublishers.ofString(body == null ? "" : body));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    @Test
    void aTokenThatCanBeGuessedIsRefused() throws Exception {
        try (Sandbox sandbox = sandbox()) {
            SettingsLoader.Result result = SettingsLoader.load(settings(sandbox, 0, "short"), Map.of());
            assertThat(List.of(result).toString())
                    .contains("server.admin_token", "16 or more")
                    .doesNotContain("short,");
        }
    }
}
