package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Runner.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** Measures Tollgate, nginx and the floor in one run. */
@CommandLine.Command(
        name = "bench/run load",
        description = "Tollgate, nginx and a bare relay under the same load, in interleaved rounds.",
        mixinStandardHelpOptions = true)
final class Main implements Callable<Integer> {
    private static final int KEYS = 100;
    private static final double WARM_UP_SECONDS = 45;
    private static final double QUICK_WARM_UP_SECONDS = 6;
    private static final double ALLOCATION_SECONDS = 2;

    @CommandLine.Option(names = "--quick", description = "Only saturated and streams-100, in shorter windows.")
    private boolean quick;

    @CommandLine.Option(
            names = "--only",
            paramLabel = "SCENARIO",
            split = ",",
            description = "Only these: saturated, arriving-500, arriving-2000, streams-100, streams-1000, streams-5000,"
                    + " chunks-100000, prompts-100k, prompts-1m, connections-1, connections-1000, connections-8000.")
    private List<String> only = List.of();

    @CommandLine.Option(
            names = "--curve",
            description =
                    "Instead of these, requests that arrive at rates from 250 to 16,000 a second, for bench/run plot.")
    private boolean curve;

    @CommandLine.Option(names = "--rounds", description = "Rounds of each scenario (${DEFAULT-VALUE}).")
    private int rounds = 5;

    @CommandLine.Option(names = "--seconds", description = "Seconds of each window; without it 4, or 2 if quick.")
    private @Nullable Double seconds;

    @CommandLine.Option(
            names = "--warm",
            description =
                    "Seconds under load before anything is measured, for a JVM to compile what it runs; without it"
                            + " 45, or 6 if quick.")
    private @Nullable Double warmSeconds;

    @CommandLine.Option(
            names = "--behind",
            description =
                    "Also Tollgate with journal.holds: behind, whose requests do not wait for the commit of their hold.")
    private boolean behind;

    @CommandLine.Option(names = "--results", description = "The folder for the table (${DEFAULT-VALUE}).")
    private Path results = Path.of("bench/results");

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        List<Scenario> scenarios = scenarios();
        Stand.checkFiles(
                scenarios.stream().mapToInt(Scenario::connections).max().orElse(0));
        Report report = new Report(Machine.describe(), List.of("nginx", "floor"));
        try {
            return run(scenarios, report);
        } finally {
            if (!quick) {
                System.out.println("The table is in " + report.write("load", Files.createDirectories(results)));
            }
        }
    }

    private List<Scenario> scenarios() {
        if (curve) {
            return Scenarios.curve();
        }
        if (!only.isEmpty()) {
            return Scenarios.named(only);
        }
        return quick ? List.of(Scenarios.SATURATED, Scenarios.STREAMS_100) : Scenarios.ALL;
    }

    private int run(List<Scenario> scenarios, Report report) throws IOException, InterruptedException, SQLException {
        try (Stand stand = Stand.open("load", KEYS)) {
            Launcher launcher = stand.launcher();
            Runner runner = stand.runner();
            List<Candidate> candidates = new ArrayList<>();
            try {
                candidates.add(launcher.nginx());
                candidates.add(launcher.floor());
                candidates.add(launcher.tollgate("tollgate", stand.keys()));
                if (behind) {
                    candidates.add(launcher.tollgate("behind", stand.keys(), "behind"));
                }
                measure(runner, scenarios, candidates, report);
            } finally {
                for (Candidate candidate : candidates) {
                    candidate.close();
                }
            }
            int status = check(stand, runner, "tollgate", report);
            return behind ? Math.max(status, check(stand, runner, "behind", report)) : status;
        }
    }

    private void measure(Runner runner, List<Scenario> scenarios, List<Candidate> candidates, Report report)
            throws IOException, InterruptedException {
        double warm = warmSeconds != null ? warmSeconds : quick ? QUICK_WARM_UP_SECONDS : WARM_UP_SECONDS;
        for (Candidate candidate : candidates) {
            boolean compiles = candidate.isJava();
            runner.measure(Scenarios.SATURATED, candidate, new Window(compiles ? warm : 1, 0.5));
        }
        double windowSeconds = seconds != null ? seconds : quick ? 2 : 4;
        for (Scenario scenario : scenarios) {
            if (!scenario.equals(Scenarios.SATURATED)) {
                for (Candidate candidate : candidates) {
                    runner.measure(scenario, candidate, new Window(scenario.settleSeconds(), 0.5));
                }
            }
            Window window = new Window(quick ? 0.3 : scenario.settleSeconds(), windowSeconds);
            Map<String, List<Figures>> figures = runner.run(scenario, candidates, rounds, window);
            System.out.print(report.add(scenario, figures, allocated(runner, scenario, candidates)));
        }
    }

    private static Map<String, Double> allocated(Runner runner, Scenario scenario, List<Candidate> candidates)
            throws IOException, InterruptedException {
        Map<String, Double> bytes = new HashMap<>();
        for (Candidate candidate : candidates) {
            if (candidate.isJava()) {
                bytes.put(candidate.name(), runner.allocatedBytes(scenario, candidate, ALLOCATION_SECONDS));
            }
        }
        return bytes;
    }

    private static int check(Stand stand, Runner runner, String name, Report report) throws SQLException {
        Books books = Books.of(Launcher.journal(stand.folder(), name));
        long answers = runner.answers(name);
        System.out.println(report.addBooks(books, answers));
        return books.agreeWith(answers) ? 0 : 1;
    }
}
