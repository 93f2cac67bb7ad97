package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Runner.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Puts two built trees of the repository under the same load. */
@CommandLine.Command(
        name = "bench/run compare",
        description = "Two commits under the same load, in interleaved rounds.",
        mixinStandardHelpOptions = true)
final class Comparison implements Callable<Integer> {
    @CommandLine.Parameters(arity = "2", paramLabel = "COMMIT=TREE", description = "What is compared, the older first.")
    private Map<String, Path> trees = Map.of();

    @CommandLine.Option(names = "--only", paramLabel = "SCENARIO", split = ",", description = "${DEFAULT-VALUE}")
    private List<String> only = List.of("saturated", "arriving-2000", "streams-100");

    @CommandLine.Option(names = "--rounds", description = "Rounds of each scenario (${DEFAULT-VALUE}).")
    private int rounds = 5;

    @CommandLine.Option(names = "--seconds", description = "Seconds of each window (${DEFAULT-VALUE}).")
    private double seconds = 4;

    @CommandLine.Option(names = "--results", description = "The folder for the table (${DEFAULT-VALUE}).")
    private Path results = Path.of("bench/results");

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Comparison()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Report report =
                new Report(Machine.describe(), List.of(trees.keySet().iterator().next()));
        List<Candidate> candidates = new ArrayList<>();
        try (Stand stand = Stand.open("comparison", 100)) {
            for (Map.Entry<String, Path> tree : trees.entrySet()) {
                candidates.add(stand.launcher(tree.getValue()).tollgate(tree.getKey(), stand.keys()));
            }
            measure(stand.runner(), candidates, report);
        } finally {
            for (Candidate candidate : candidates) {
                candidate.close();
            }
        }
        System.out.println("The table is in " + report.write("compare", Files.createDirectories(results)));
        return 0;
    }

    private void measure(Runner runner, List<Candidate> candidates, Report report)
            throws IOException, InterruptedException {
        for (Candidate candidate : candidates) {
            runner.measure(Scenarios.SATURATED, candidate, new Window(6, 0.5));
        }
        for (Scenario scenario : Scenarios.named(only)) {
            Window window = new Window(scenario.settleSeconds(), seconds);
            System.out.print(report.add(scenario, runner.run(scenario, candidates, rounds, window), Map.of()));
        }
    }
}
