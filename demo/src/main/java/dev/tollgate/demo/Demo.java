package dev.tollgate.demo;

import dev.tollgate.app.StartException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
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

    @CommandLine.Option(
            names = "--plans",
            defaultValue = "config/plans.yaml",
            description = "What is on sale (${DEFAULT-VALUE}).")
    private Path plans = Path.of("config/plans.yaml");

    private final PrintStream out = System.out;

    /** Runs until interrupted. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Demo()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException {
        Shop shop;
        try {
            shop = Shop.open(new Shop.Options(port, adminPort, credits, timeScale, config, plans), out);
        } catch (StartException | IOException e) {
            System.err.println("cannot start: " + e.getMessage() + " (another port: ./run --port 8081)");
            return 1;
        }
        explain(shop);
        awaitInterrupt(shop);
        return 0;
    }

    private void explain(Shop shop) {
        out.printf(
                """

                Tollgate runs. A sandbox stands in for OpenAI and Dodo: no account, no cost, nothing leaves this machine.
                The demo customer has %,d credits; one token costs one credit. A sandbox minute takes %d seconds.

                Your customers' page:  open http://127.0.0.1:%d/  to subscribe, or sign in there with the key below.
                The letters that it sends:  %s/mails

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

                """,
                credits,
                Math.max(1, 60 / timeScale),
                port,
                shop.sandbox().controlUrl(),
                port,
                shop.key(),
                adminPort,
                adminPort);
        out.flush();
    }

    private static void awaitInterrupt(Shop shop) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            shop.close();
            ended.countDown();
        }));
        ended.await();
    }
}
