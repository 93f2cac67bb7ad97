package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tollgate.app.StartException;
import dev.tollgate.app.Tollgate;
import dev.tollgate.sandbox.Sandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails tells the operator which setting to look at, and leaves nothing behind. */
class StartFailureTest {
    @TempDir
    Path folder;

    private Sandbox sandbox;
    private Set<String> threadsBefore;

    @BeforeEach
    void startSandbox() throws IOException {
        sandbox = Stand.startSandbox(1_000);
        threadsBefore = threads();
    }

    @AfterEach
    void closeSandbox() {
        sandbox.close();
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertThat(failure(Stand.yaml(folder).replace("listen: \"127.0.0.1:0\"", "listen: \"" + address + "\"")))
                    .contains("server.listen", address);
        }
        assertNothingIsLeft();
    }

    @Test
    void anAdminPortInUseIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            assertThat(failure(Stand.yaml(folder).replace("admin: \"127.0.0.1:0\"", "admin: \"" + address + "\"")))
                    .contains("server.admin", address);
        }
        assertNothingIsLeft();
    }

    @Test
    void aJournalThatAnotherTollgateUsesIsNamedAndTheOtherGoesOn() throws Exception {
        Tollgate first = Tollgate.start(Stand.settings(folder, Stand.yaml(folder), Stand.environment(sandbox)));
        try {
            assertThat(failure(Stand.yaml(folder))).contains("journal.path", "another process");
            assertThat(Probe.admin(first, "/readyz").statusCode()).isEqualTo(200);
        } finally {
            first.close();
        }
        assertNothingIsLeft();
    }

    @Test
    void aJournalFolderThatIsAFileIsNamed() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(failure(Stand.yaml(folder).replace(folder.resolve("data").toString(), file.toString())))
                .contains("journal.path", file.toString());
        assertNothingIsLeft();
    }

    @Test
    void aJournalFolderThatCannotBeMadeIsNamed() throws Exception {
        Path below = Files.createFile(folder.resolve("file")).resolve("data");

        assertThat(failure(Stand.yaml(folder).replace(folder.resolve("data").toString(), below.toString())))
                .contains("journal.path", below.toString());
        assertNothingIsLeft();
    }

    @Test
    void aJournalThatIsNoneIsNamedAndLeftAsItIs() throws Exception {
        Path journal = Files.createDirectory(folder.resolve("data")).resolve("journal.db");
        Files.writeString(journal, "something else ".repeat(1_000));

        assertThat(failure(Stand.yaml(folder)))
                .contains("journal", folder.resolve("data").toString());

        assertThat(journal).content().startsWith("something else something else");
        Files.delete(journal);
        assertNothingIsLeft();
    }

    @Test
    void aCertificateFileThatHoldsNoneIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("trust.pem"), "no certificate");

        assertThat(failure(Stand.yaml(folder)
                        + "upstreams: [{ name: openai, base_url: \"https://127.0.0.1:1/v1\", api_key: x,"
                        + " trust_certificates: \"" + file + "\" }]\n"))
                .contains("trust_certificates", "openai");
        assertNothingIsLeft();
    }

    private String failure(String yaml) throws IOException {
        var settings = Stand.settings(folder, yaml, Stand.environment(sandbox));
        StartException failure = catchThrowableOfType(StartException.class, () -> Tollgate.start(settings));
        assertThat(failure).isNotNull();
        return String.valueOf(failure.getMessage());
    }

    /** No thread, no port and no lock: the same settings start as soon as the obstacle is gone. */
    private void assertNothingIsLeft() throws Exception {
        await().atMost(Stand.PATIENCE).untilAsserted(() -> assertThat(threads()).isSubsetOf(threadsBefore));
        Tollgate.start(Stand.settings(folder, Stand.yaml(folder), Stand.environment(sandbox)))
                .close();
        await().atMost(Stand.PATIENCE).untilAsserted(() -> assertThat(threads()).isSubsetOf(threadsBefore));
    }

    /** Platform threads that a Tollgate starts, or that are started for it. */
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("tollgate") || name.contains("HttpClient") || name.contains("HTTP-"))
                .collect(Collectors.toSet());
    }
}
