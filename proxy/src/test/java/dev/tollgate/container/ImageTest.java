package dev.tollgate.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;

/** The image that the repository's Dockerfile makes, in front of a sandbox that runs in this process. */
class ImageTest {
    private static final Path DOCKERFILE =
            Path.of("..", "Dockerfile").toAbsolutePath().normalize();
    private static final int PORT = 8080;
    private static final int ADMIN_PORT = 9090;
    private static final int TERMINATED_STATUS = 128 + 15;
    private static final String CUSTOMER_KEY = "key-of-the-image-test";
    private static final String DATA = "/tollgate/data";
    private static final String SETTINGS = """
            server:
              admin: "0.0.0.0:9090"
            dodo:
              meter:
                event: llm.tokens
            keys:
              - id: test
                key: "${CUSTOMER_KEY}"
                customer: "${CUSTOMER}"
            """;

    private static ImageFromDockerfile image;
    private static Sandbox sandbox;
    private static String customerId;

    private final HttpClient client = HttpClient.newHttpClient();
    private GenericContainer<?> tollgate;

    @BeforeAll
    static void startSandbox() throws IOException {
        image = new ImageFromDockerfile("localhost/tollgate-image-test", true).withDockerfile(DOCKERFILE);
        sandbox = Sandbox.start(SandboxOptions.defaults());
        customerId = sandbox.dodo().demoWorld().customerId();
        Testcontainers.exposeHostPorts(
                sandbox.openaiBaseUrl().getPort(), sandbox.dodoBaseUrl().getPort());
    }

    @AfterAll
    static void stopSandbox() {
        sandbox.close();
    }

    @BeforeEach
    void startContainer() {
        SandboxOptions options = SandboxOptions.defaults();
        tollgate = new GenericContainer<>(image)
                .withAccessToHost(true)
                .withExposedPorts(PORT, ADMIN_PORT)
                .withCopyToContainer(Transferable.of(SETTINGS), "/tollgate/config/tollgate.yaml")
                .withEnv("OPENAI_BASE_URL", seenFromInside(sandbox.openaiBaseUrl()))
                .withEnv("OPENAI_API_KEY", options.openaiApiKey())
                .withEnv("DODO_PAYMENTS_BASE_URL", seenFromInside(sandbox.dodoBaseUrl()))
                .withEnv("DODO_PAYMENTS_API_KEY", options.dodoApiKey())
                .withEnv("DODO_PAYMENTS_WEBHOOK_KEY", options.webhookSecret())
                .withEnv("CUSTOMER_KEY", CUSTOMER_KEY)
                .withEnv("CUSTOMER", customerId)
                .waitingFor(Wait.forHealthcheck().withStartupTimeout(Duration.ofMinutes(2)));
        tollgate.start();
    }

    @AfterEach
    void stopContainer() {
        tollgate.stop();
    }

    @Test
    void healthyContainerIsReady() throws IOException, InterruptedException {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(at(ADMIN_PORT, "/readyz")));

        assertThat(tollgate.isHealthy()).isTrue();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ok\n");
    }

    @Test
    void processIsNotRoot() throws IOException, InterruptedException {
        assertThat(inside("stat", "-c", "%u:%g", "/proc/1")).isEqualTo("10001:10001");
    }

    @Test
    void requestIsServedAndBookedInTheVolume() throws IOException, InterruptedException {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(at(PORT, "/v1/chat/completions"))
                .header("authorization", "Bearer " + CUSTOMER_KEY)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("""
                        {"model":"gpt-4o-mini","max_tokens":20,"messages":[{"role":"user","content":"Hello!"}]}""")));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(inside("grep", "-rl", customerId, DATA)).startsWith(DATA + "/journal.db");
        assertThat(inside("stat", "-c", "%u", DATA + "/journal.db")).isEqualTo("10001");
        assertThat(tollgate.getCurrentContainerInfo().getMounts())
                .extracting(mount -> String.valueOf(mount.getDestination()))
                .contains(DATA);
    }

    @Test
    void terminationEndsItInOrder() {
        tollgate.getDockerClient()
                .stopContainerCmd(tollgate.getContainerId())
                .withTimeout(60)
                .exec();

        assertThat(tollgate.getCurrentContainerInfo().getState().getExitCodeLong())
                .isEqualTo(TERMINATED_STATUS);
        assertThat(tollgate.getLogs()).contains("shutting down: 0 requests running", "Tollgate stopped");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI at(int port, String path) {
        return URI.create("http://" + tollgate.getHost() + ":" + tollgate.getMappedPort(port) + path);
    }

    private String inside(String... command) throws IOException, InterruptedException {
        var result = tollgate.execInContainer(command);
        assertThat(result.getExitCode()).as(result.getStderr()).isZero();
        return result.getStdout().strip();
    }

    /** The sandbox's ports are the same on the host as the container sees it. */
    private static String seenFromInside(URI url) {
        return "http://host.testcontainers.internal:" + url.getPort() + url.getPath();
    }
}
