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
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * Starts the sandbox and Tollgate in one process, with one customer who has credits, says what to paste, and then tells
 * what happens until it is interrupted. Everything it writes is in a temporary folder.
 */
@CommandLine.Command(
        name = "run",
        description = "Try Tollgate without any account: a sandbox stands in for OpenAI and Dodo.",
        mixinStandardHelpOptions = true)
public final class Demo implements Callable<Integer> {
    @CommandLine.Option(names = "--port", defaultValue = "8080", description = "Where to listen (${DEFAULT-VALUE}).")
    private int port;

    @CommandLine.Option(
            names = "--admin-port",
            defaultValue = "9090",
            description = "Where health and metrics are (${DEFAULT-VALUE}).")
    private int adminPort;

    @CommandLine.Option(
            names = "--credits",
            defaultValue = "20000",
            description = "The demo customer's credits (${DEFAULT-VALUE}).")
    private long credits;

    @CommandLine.Option(
            names = "--time-scale",
            defaultValue = "6",
            description =
                    "How many times faster the sandbox's clock runs (${DEFAULT-VALUE}): 6 makes a minute ten seconds.")
    private long timeScale;

    @CommandLine.Option(
            names = "--config",
            defaultValue = "config/demo.yaml",
            description = "The settings (${DEFAULT-VALUE}).")
    private Path config = Path.of("config/demo.yaml");

    private final PrintStream out = System.out;

    /** Runs until interrupted. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Demo()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withTimeScale(timeScale));
        World world = World.create(sandbox.dodo(), credits);
        String key = ApiKeys.generate(new SecureRandom(), Settings.Environment.TEST_MODE);
        SettingsLoader.Result result = SettingsLoader.load(config, environment(sandbox, world, key));
        if (!(result instanceof SettingsLoader.Loaded loaded)) {
            ((SettingsLoader.Rejected) result).problems().forEach(System.err::println);
            return 2;
        }
        Storyteller storyteller = new Storyteller(out, world.customerId());
        Tollgate tollgate;
        try {
            tollgate = Tollgate.start(loaded.settings(), sandbox.clock(), storyteller::tell);
        } catch (StartException e) {
            System.err.println("cannot start: " + e.getMessage() + " (another port: ./run --port 8081)");
            return 1;
        }
        storyteller.follow(tollgate);
        sandbox.dodo().addEndpoint(URI.create("http://127.0.0.1:" + port + "/webhooks/dodo"));
        explain(key);
        awaitInterrupt(tollgate, sandbox, loaded.settings().journal().directory());
        return 0;
    }

    private Map<String, String> environment(Sandbox sandbox, World world, String key) throws IOException {
        SandboxOptions keys = SandboxOptions.defaults();
        Map<String, String> environment = new HashMap<>();
        environment.put("OPENAI_API_KEY", keys.openaiApiKey());
        environment.put("OPENAI_BASE_URL", sandbox.openaiBaseUrl().toString());
        environment.put("DODO_PAYMENTS_API_KEY", keys.dodoApiKey());
        environment.put("DODO_PAYMENTS_WEBHOOK_KEY", keys.webhookSecret());
        environment.put("DODO_PAYMENTS_BASE_URL", sandbox.dodoBaseUrl().toString());
        environment.put("CREDIT_ENTITLEMENT_ID", world.entitlementId());
        environment.put("DEMO_CUSTOMER", world.customerId());
        environment.put("DEMO_KEY", key);
        environment.put("DEMO_PORT", Integer.toString(port));
        environment.put("DEMO_ADMIN_PORT", Integer.toString(adminPort));
        environment.put(
                "DEMO_JOURNAL", Files.createTempDirectory("tollgate-demo").toString());
        return environment;
    }

    private void explain(String key) {
        out.printf("""

                Tollgate runs. A sandbox stands in for OpenAI and Dodo: no account, no cost, nothing leaves this machine.
                The demo customer has %,d credits; one token costs one credit. A sandbox minute takes %d seconds.

                Paste this into another terminal; any OpenAI SDK works with it too:

                    export OPENAI_BASE_URL=http://127.0.0.1:%d/v1
                    export OPENAI_API_KEY=%s

                    curl -s $OPENAI_BASE_URL/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" \\
                      -H "Content-Type: application/json" \\
                      -d '{"model":"gpt-4o-mini","max_tokens":200,"messages":[{"role":"user","content":"Hello!"}]}'

                Streamed:          add  "stream":true  (and curl -N)
                Until it runs out: ask for  tokens=5000  in the message, with  "max_tokens":6000
                Health, metrics:   http://127.0.0.1:%d/readyz  http://127.0.0.1:%d/metrics

                What happens, as it happens (Ctrl-C ends it):

                """, credits, Math.max(1, 60 / timeScale), port, key, adminPort, adminPort);
        out.flush();
    }

    private static void awaitInterrupt(Tollgate tollgate, Sandbox sandbox, Path journal) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            tollgate.close();
            sandbox.close();
            delete(journal);
            ended.countDown();
        }));
        ended.await();
    }

    private static void delete(Path folder) {
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
