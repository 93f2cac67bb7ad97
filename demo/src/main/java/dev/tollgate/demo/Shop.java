package dev.tollgate.demo;

import dev.tollgate.app.StartException;
import dev.tollgate.app.Tollgate;
import dev.tollgate.app.settings.ApiKeys;
import dev.tollgate.app.settings.Settings;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tollgate with a sandbox behind it in one process, open for business: plans are on sale, and one customer has a key and
 * credits. What it writes is in a temporary folder, which is gone when it is closed. For one thread.
 */
public final class Shop implements AutoCloseable {
    private final Sandbox sandbox;
    private final Tollgate tollgate;
    private final Path folder;
    private final String key;
    private final String adminToken;

    /**
     * How to open one.
     *
     * @param credits the demo customer's
     * @param timeScale how many times faster than real time the sandbox's clock runs
     * @param settings the settings file, and {@code plans} what is on sale
     */
    public record Options(int port, int adminPort, long credits, long timeScale, Path settings, Path plans) {}

    private Shop(Sandbox sandbox, Tollgate tollgate, Path folder, String key, String adminToken) {
        this.sandbox = sandbox;
        this.tollgate = tollgate;
        this.folder = folder;
        this.key = key;
        this.adminToken = adminToken;
    }

    /**
     * @param out hears what becomes of the demo customer's requests
     * @throws StartException, IOException in words for a person; nothing is left running
     */
    public static Shop open(Options options, PrintStream out) throws StartException, IOException {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withTimeScale(options.timeScale()));
        try {
            return open(options, sandbox, out);
        } catch (StartException | IOException | RuntimeException e) {
            sandbox.close();
            throw e;
        }
    }

    private static Shop open(Options options, Sandbox sandbox, PrintStream out) throws StartException, IOException {
        SecureRandom random = new SecureRandom();
        String key = ApiKeys.generate(random, Settings.Environment.TEST_MODE);
        String adminToken = ApiKeys.generate(random, Settings.Environment.TEST_MODE);
        Path folder = Files.createTempDirectory("tollgate-demo");
        Map<String, String> environment = environment(options, sandbox);
        environment.put("DEMO_KEY", key);
        environment.put("DEMO_JOURNAL", folder.toString());
        environment.put("TOLLGATE_ADMIN_TOKEN", adminToken);
        environment.put("DEMO_CUSTOMER", "");
        World world = World.create(sandbox.dodo(), options.credits(), options.settings(), options.plans(), environment);
        Map<String, String> variables = new HashMap<>(world.variables());
        variables.put("DEMO_CUSTOMER", world.customerId());
        Storyteller storyteller = new Storyteller(out, world.customerId());
        Tollgate tollgate = Tollgate.start(settings(options.settings(), variables), sandbox.clock(), storyteller::tell);
        storyteller.follow(tollgate);
        sandbox.dodo().addEndpoint(URI.create("http://127.0.0.1:" + options.port() + "/webhooks/dodo"));
        return new Shop(sandbox, tollgate, folder, key, adminToken);
    }

    private static Settings settings(Path file, Map<String, String> variables) throws IOException {
        return switch (SettingsLoader.load(file, variables)) {
            case SettingsLoader.Loaded loaded -> loaded.settings();
            case SettingsLoader.Rejected rejected ->
                throw new IOException(
                        rejected.problems().stream().map(Object::toString).collect(Collectors.joining("\n")));
        };
    }

    private static Map<String, String> environment(Options options, Sandbox sandbox) {
        SandboxOptions keys = SandboxOptions.defaults();
        Map<String, String> environment = new HashMap<>();
        environment.put("OPENAI_API_KEY", keys.openaiApiKey());
        environment.put("OPENAI_BASE_URL", sandbox.openaiBaseUrl().toString());
        environment.put("DODO_PAYMENTS_API_KEY", keys.dodoApiKey());
        environment.put("DODO_PAYMENTS_WEBHOOK_KEY", keys.webhookSecret());
        environment.put("DODO_PAYMENTS_BASE_URL", sandbox.dodoBaseUrl().toString());
        environment.put("DEMO_SMTP", "127.0.0.1:" + sandbox.mail().port());
        environment.put("DEMO_PORT", Integer.toString(options.port()));
        environment.put("DEMO_ADMIN_PORT", Integer.toString(options.adminPort()));
        environment.put("DEMO_PLANS", options.plans().toString());
        return environment;
    }

    /** The demo customer's API key. */
    public String key() {
        return key;
    }

    /** What the operator's page asks for. */
    public String adminToken() {
        return adminToken;
    }

    /** The stand-ins behind it. */
    public Sandbox sandbox() {
        return sandbox;
    }

    @Override
    public void close() {
        tollgate.close();
        sandbox.close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            System.err.println("left behind: " + folder);
        }
    }
}
