package dev.tollgate.demo;

import dev.tollgate.app.settings.ApiKeys;
import dev.tollgate.app.settings.Settings;
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
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Lets the service do its daily work for some seconds in a process of its own, with a sandbox behind it, and ends it as an
 * operator does. A JVM that was told to leaves behind what it learnt, and later ones start with that.
 *
 * <p>Arguments: the command that starts the JVM, its options and the main class. Exits with 0 when the service did its work.
 */
public final class TrainingRun {
    private static final Path SETTINGS = Path.of("config/demo.yaml");
    private static final Path PLANS = Path.of("config/plans.yaml");
    private static final long CREDITS = 1_000_000_000_000L;
    private static final int CUSTOMERS = 8;
    private static final Duration WORK = Duration.ofSeconds(8);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration END = Duration.ofMinutes(3);
    private static final List<String> PATHS =
            List.of("/v1/chat/completions", "/v1/chat/completions", "/v1/responses", "/v1/responses", "/v1/embeddings");
    private static final List<String> BODIES = List.of(
            "{\"model\":\"gpt-4o-mini\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}",
            "{\"model\":\"gpt-4o-mini\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}",
            "{\"model\":\"gpt-4o-mini\",\"input\":\"Hello!\",\"max_output_tokens\":40}",
            "{\"model\":\"gpt-4o-mini\",\"input\":\"Hello!\",\"stream\":true}",
            "{\"model\":\"text-embedding-3-small\",\"input\":\"Hello!\"}");

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private final int port;
    private final int adminPort;
    private final String key;

    private TrainingRun(int port, int adminPort, String key) {
        this.port = port;
        this.adminPort = adminPort;
        this.key = key;
    }

    public static void main(String[] command) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("tollgate-training");
        String key = ApiKeys.generate(new SecureRandom(), Settings.Environment.TEST_MODE);
        TrainingRun run = new TrainingRun(freePort(), freePort(), key);
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults())) {
            run.train(List.of(command), sandbox, folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted((a, b) -> b.compareTo(a)).map(Path::toFile).forEach(java.io.File::delete);
            }
        }
        System.exit(0);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void train(List<String> command, Sandbox sandbox, Path folder) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of("serve", "--config", SETTINGS.toString(), "--env-file", folder.resolve("none").toString()));
        ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(variables(sandbox, folder));
        Process service = builder.start();
        try {
            awaitReady(service);
            work();
            service.destroy();
            if (!service.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the service did not end");
            }
        } finally {
            service.destroyForcibly();
        }
    }

    private Map<String, String> variables(Sandbox sandbox, Path folder) throws IOException {
        SandboxOptions keys = SandboxOptions.defaults();
        Map<String, String> variables = new HashMap<>();
        variables.put("OPENAI_API_KEY", keys.openaiApiKey());
        variables.put("OPENAI_BASE_URL", sandbox.openaiBaseUrl().toString());
        variables.put("DODO_PAYMENTS_API_KEY", keys.dodoApiKey());
        variables.put("DODO_PAYMENTS_WEBHOOK_KEY", keys.webhookSecret());
        variables.put("DODO_PAYMENTS_BASE_URL", sandbox.dodoBaseUrl().toString());
        variables.put("DEMO_SMTP", "127.0.0.1:" + sandbox.mail().port());
        variables.put("DEMO_PORT", Integer.toString(port));
        variables.put("DEMO_ADMIN_PORT", Integer.toString(adminPort));
        variables.put("DEMO_PLANS", PLANS.toString());
        variables.put("DEMO_KEY", key);
        variables.put("DEMO_JOURNAL", folder.resolve("journal").toString());
        variables.put("DEMO_CUSTOMER", "");
        World world = World.create(sandbox.dodo(), CREDITS, SETTINGS, PLANS, variables);
        Map<String, String> all = new HashMap<>(world.variables());
        all.put("DEMO_CUSTOMER", world.customerId());
        return all;
    }

    private void awaitReady(Process service) throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + PATIENCE.toNanos();
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + "/readyz"))
                .build();
        while (System.nanoTime() < deadlineNanos && service.isAlive()) {
            try {
                if (client.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
                    return;
                }
            } catch (IOException e) {
                Thread.sleep(50); // it does not listen yet
            }
        }
        throw new IOException("the service does not become ready");
    }

    private void work() throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + WORK.toNanos();
        CountDownLatch failed = new CountDownLatch(1);
        try (ExecutorService customers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int customer = 0; customer < CUSTOMERS; customer++) {
                customers.execute(() -> {
                    for (int i = 0; System.nanoTime() < deadlineNanos && failed.getCount() > 0; i++) {
                        if (!ask(i % PATHS.size())) {
                            failed.countDown();
                        }
                    }
                });
            }
        }
        if (failed.getCount() == 0) {
            throw new IOException("a request was refused");
        }
    }

    private boolean ask(int which) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + PATHS.get(which)))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofString(BODIES.get(which)))
                .build();
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
