package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Runner.Window;
import dev.tollgate.journal.JournalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** What a request costs Tollgate as one thing grows and all else stays. */
@CommandLine.Command(
        name = "bench/run series",
        description = "The cost of a request by connections, by known keys and by the length of the journal.",
        mixinStandardHelpOptions = true)
final class Series implements Callable<Integer> {
    private static final int ACCOUNTS_MAX = 10_000;
    private static final Window WARM_UP = new Window(4, 0.5);

    @CommandLine.Option(
            names = "--full",
            description = "To 10,000 connections, 1,000,000 keys and 10,000,000 rows; takes some GB of disk.")
    private boolean full;

    @CommandLine.Option(names = "--only", paramLabel = "WHAT", split = ",", description = "${DEFAULT-VALUE}")
    private List<String> only = List.of("connections", "keys", "rows");

    @CommandLine.Option(names = "--rounds", description = "Rounds of each (${DEFAULT-VALUE}).")
    private int rounds = 5;

    @CommandLine.Option(names = "--seconds", description = "Seconds of each window (${DEFAULT-VALUE}).")
    private double seconds = 4;

    @CommandLine.Option(names = "--results", description = "The folder for the table (${DEFAULT-VALUE}).")
    private Path results = Path.of("bench/results");

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Series()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, JournalException {
        List<Integer> connections = full ? List.of(1, 10, 100, 1_000, 10_000) : List.of(1, 10, 100, 1_000);
        List<Integer> keys = full ? List.of(10, 1_000, 100_000, 1_000_000) : List.of(10, 1_000, 100_000);
        List<Integer> rows = full ? List.of(0, 100_000, 1_000_000, 10_000_000) : List.of(0, 100_000, 1_000_000);
        Map<String, String> machine = Machine.describe();
        StringBuilder text = new StringBuilder(Report.head(machine));
        try {
            if (only.contains("connections")) {
                Stand.checkFiles(connections.getLast());
                text.append(byConnections(connections));
            }
            if (only.contains("keys")) {
                text.append(byJournal("keys", keys));
            }
            if (only.contains("rows")) {
                text.append(byJournal("rows", rows));
            }
        } finally {
            Path table = Files.createDirectories(results).resolve(Report.name("series", machine) + ".txt");
            System.out.println("The table is in " + Files.writeString(table, text));
        }
        return 0;
    }

    private String byConnections(List<Integer> sizes) throws IOException, InterruptedException {
        List<List<Figures>> figures = empty(sizes.size());
        try (Stand stand = Stand.open("series", 100);
                Candidate tollgate = stand.launcher().tollgate("tollgate", stand.keys())) {
            Runner runner = stand.runner();
            runner.measure(Scenarios.SATURATED, tollgate, WARM_UP);
            for (int turn = 0; turn < rounds * sizes.size(); turn++) {
                int which = turn % sizes.size();
                Scenario scenario = Scenarios.connections(sizes.get(which));
                figures.get(which)
                        .add(runner.measure(scenario, tollgate, new Window(scenario.settleSeconds(), seconds)));
            }
        }
        return table("connections", sizes, figures, List.of());
    }

    /** Processes of their own, each with a journal that holds so many keys or other rows before it starts. */
    private String byJournal(String what, List<Integer> sizes)
            throws IOException, InterruptedException, JournalException {
        List<List<Figures>> figures = empty(sizes.size());
        List<Double> startSeconds = new ArrayList<>();
        List<Candidate> candidates = new ArrayList<>();
        try (Stand stand = Stand.open("series", 100)) {
            for (int size : sizes) {
                fill(stand.folder().resolve(what + size).resolve("data"), what, size);
                long begun = System.nanoTime();
                Candidate tollgate = stand.launcher().tollgate(what + size, stand.keys());
                startSeconds.add((System.nanoTime() - begun) / 1e9);
                candidates.add(tollgate);
                stand.runner().measure(Scenarios.SATURATED, tollgate, WARM_UP);
            }
            Runner runner = stand.runner();
            for (int turn = 0; turn < rounds * sizes.size(); turn++) {
                int which = turn % sizes.size();
                Candidate candidate = candidates.get(which);
                figures.get(which).add(runner.measure(Scenarios.SATURATED, candidate, new Window(1, seconds)));
            }
        } finally {
            for (Candidate candidate : candidates) {
                candidate.close();
            }
        }
        return table(what, sizes, figures, startSeconds);
    }

    private static void fill(Path data, String what, int size) throws IOException, JournalException {
        Files.createDirectories(data);
        if (size > 0) {
            boolean isKeys = what.equals("keys");
            int accounts = Math.min(size, ACCOUNTS_MAX);
            int rows = isKeys ? size + 2 * accounts : size;
            JournalGenerator.write(data, rows, accounts, isKeys ? size : 0, Instant.now(), Duration.ofDays(20));
        }
    }

    private static List<List<Figures>> empty(int size) {
        List<List<Figures>> lists = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            lists.add(new ArrayList<>());
        }
        return lists;
    }

    private static String table(
            String what, List<Integer> sizes, List<List<Figures>> figures, List<Double> startSeconds) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-14s%14s%12s%14s%12s%12s%12s%12s%n",
                what,
                "CPU us/req",
                "x first",
                "req/s",
                "p50 us",
                "p99 us",
                "RSS MiB",
                startSeconds.isEmpty() ? "" : "start s"));
        double first = Report.median(figures.getFirst(), Figures::cpuPerAnswer);
        for (int i = 0; i < sizes.size(); i++) {
            List<Figures> of = figures.get(i);
            double cost = Report.median(of, Figures::cpuPerAnswer);
            table.append(String.format(
                    Locale.ROOT,
                    "%-14d%14.1f%12.2f%14.0f%12.0f%12.0f%12.0f%12s%n",
                    sizes.get(i),
                    cost,
                    cost / first,
                    Report.median(of, Figures::answersPerSecond),
                    Report.median(of, figure -> figure.tally().latency.getValueAtPercentile(50) / 1e3),
                    Report.median(of, figure -> figure.tally().latency.getValueAtPercentile(99) / 1e3),
                    Report.median(of, figure -> figure.residentKib() / 1024.0),
                    startSeconds.isEmpty() ? "" : String.format(Locale.ROOT, "%.1f", startSeconds.get(i))));
        }
        String text = table.append('\n').toString();
        System.out.print(text);
        return text;
    }
}
