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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Estimates are corrected by the service that runs, and every command that shows them knows it. */
class CorrectWhileRunningTest {
    private final String t = Instant.now().minusSeconds(60).toString();

    @TempDir
    Path folder;

    private Path settings(Sandbox sandbox, int adminPort) throws IOException {
        return Files.writeString(folder.resolve("tollgate.yaml"), """
                server: { listen: "127.0.0.1:0", admin: "127.0.0.1:%d", admin_token: "0123456789abcdef" }
                journal: { path: "%s" }
                upstreams: [ { name: openai, base_url: "%s", api_key: sk-none } ]
                dodo:
                  base_url: "%s"
                  api_key: "%s"
                  webhook_keys: [ "%s" ]
                  entitlement: cde_1
                keys: [ { id: a, key: tg_test_key_of_the_correct_tests, customer: cus_1 } ]
                """.formatted(
                        adminPort,
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

    private Commands.Ended run(Path file, String... arguments) {
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--config";
        all[arguments.length + 1] = file.toString();
        return Commands.run(all);
    }

    @Test
    void anEstimateIsCorrectedOnceAndDodoGivesBackWhatWasTooMuch() throws Exception {
        Facts.write(
                folder.resolve("data"),
                Facts.based(10_000, t),
                Facts.reserved("r1", t),
                Facts.estimated("r1", 1_000, t),
                Facts.reserved("r2", t),
                Facts.settled("r2", 200, t),
                new Fact.Ingested("r1", Facts.ACCOUNT, Facts.at(t)),
                new Fact.Ingested("r2", Facts.ACCOUNT, Facts.at(t)));
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false))) {
            sandbox.dodo().createCustomer("cus_1", "one@example.com");
            sandbox.dodo().createEntitlement("cde_1");
            sandbox.dodo().topUp("cus_1", "cde_1", 8_800, null);
            Path file = settings(sandbox, freePort());
            Settings settings =
                    ((SettingsLoader.Loaded) SettingsLoader.load(file, Map.of("TOLLGATE_ADMIN_TOKEN", ""))).settings();
            Tollgate tollgate = Tollgate.start(settings);
            try {
                Commands.Ended done = run(file, "correct", "r1", "--units", "300", "--reason", "the provider's log");
                assertThat(done.errors()).isEmpty();
                assertThat(done.out()).contains("request r1 used 300 units; Dodo is asked to give 700 units back");
                assertThat(run(file, "correct", "r1", "--units", "300", "--reason", "again")
                                .out())
                        .contains("known before");
                assertThat(run(file, "correct", "r1", "--units", "299", "--reason", "again")
                                .errors())
                        .contains("was corrected before, to 300 units");
                assertThat(run(file, "correct", "r2", "--units", "299", "--reason", "no")
                                .errors())
                        .contains("is no estimate: the provider reported 200 units");
                assertThat(run(file, "correct", "r9", "--units", "299", "--reason", "no")
                                .errors())
                        .contains("the journal has no request r9");
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() ->
                                assertThat(sandbox.dodo().balance("cus_1")).isEqualByComparingTo("9500"));
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(
                                () -> assertThat(run(file, "explain", "r1").out())
                                        .contains(
                                                "used 300 units, not what was estimated: the provider's log",
                                                "a credit of 700 units, acknowledged by Dodo"));
                assertThat(run(file, "explain", "--customer", "cus_1").out()).contains("r1-correction", "-700");
                assertThat(run(file, "usage", "--format", "csv").out()).contains("500");
                assertThat(run(file, "journal", "verify").exitCode()).isZero();
            } finally {
                tollgate.close();
            }
        }
    }

    @Test
    void itSaysWhatIsMissing() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false))) {
            Facts.write(folder.resolve("data"), Facts.reserved("r1", t));
            Path file = settings(sandbox, 1);
            assertThat(run(file, "correct", "r1", "--units", "-1", "--reason", "x")
                            .exitCode())
                    .isEqualTo(2);
            assertThat(run(file, "correct", "r1", "--units", "1", "--reason", " ")
                            .exitCode())
                    .isEqualTo(2);
            assertThat(run(file, "correct", "r1", "--units", "1", "--reason", "x")
                            .errors())
                    .contains("the service does not answer");
        }
    }
}
