package dev.tollgate.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Takes samples of where Tollgate's processor time goes under a load. */
@CommandLine.Command(
        name = "bench/run flame",
        description = "A flame graph of Tollgate's processor time under load, as HTML.",
        mixinStandardHelpOptions = true)
final class Flame implements Callable<Integer> {
    @CommandLine.Parameters(arity = "0..1", paramLabel = "SECONDS", description = "How long (${DEFAULT-VALUE}).")
    private int seconds = 8;

    @CommandLine.Option(names = "--only", paramLabel = "SCENARIO", description = "Under this load (${DEFAULT-VALUE}).")
    private String only = "saturated";

    @CommandLine.Option(names = "--warm", description = "Seconds under load before it begins (${DEFAULT-VALUE}).")
    private int warmSeconds = 10;

    @CommandLine.Option(
            names = "--to",
            description =
                    "The file to write: a graph where it ends in .html, lines to count where it ends in .collapsed"
                            + " (${DEFAULT-VALUE}).")
    private Path to = Path.of("bench/target/flame.html");

    @CommandLine.Option(
            names = "--event",
            description = "What is counted: ctimer for processor time, alloc for allocated bytes (${DEFAULT-VALUE}).")
    private String event = "ctimer";

    @CommandLine.Option(names = "--profiler", hidden = true, required = true)
    private Path profiler = Path.of("");

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Flame()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Scenario scenario = Scenarios.named(List.of(only)).getFirst();
        try (Stand stand = Stand.open("flame", 100);
                Candidate tollgate = stand.launcher().tollgate("tollgate", stand.keys())) {
            Load load = scenario.load(stand.loop());
            stand.provider().pace(scenario.pace(warmSeconds + seconds + 2.0));
            load.connect(tollgate.port(), scenario.connections(), stand.runner().requests(scenario, load.streamed()));
            load.start();
            Thread.sleep(warmSeconds * 1000L);
            int status = sample(tollgate.pid());
            load.stop();
            if (status != 0 || !Files.exists(to)) {
                throw new IOException("the profiler ended with " + status);
            }
        }
        System.out.println(to);
        return 0;
    }

    private int sample(long pid) throws IOException, InterruptedException {
        Path absolute = to.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        return new ProcessBuilder(
                        profiler.resolve("bin/asprof").toString(),
                        "--libpath",
                        profiler.resolve("lib/libasyncProfiler.so").toString(),
                        "-d",
                        Integer.toString(seconds),
                        "-e",
                        event,
                        "--threads",
                        "-f",
                        absolute.toString(),
                        Long.toString(pid))
                .inheritIO()
                .start()
                .waitFor();
    }
}
