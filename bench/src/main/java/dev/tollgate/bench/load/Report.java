package dev.tollgate.bench.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** The table: of each figure the median of its rounds, and the ratio to nginx and to the floor. */
final class Report {
    private final Map<String, String> machine;
    private final List<String> bases;
    private final StringBuilder text = new StringBuilder();
    private final Map<String, Object> scenarios = new LinkedHashMap<>();

    private record Column(String title, ToDoubleFunction<Figures> figure, String format) {}

    private static final List<Column> ANSWERS = List.of(
            new Column("CPU us/req", Figures::cpuPerAnswer, "%.1f"),
            new Column("req/s", Figures::answersPerSecond, "%.0f"),
            new Column("core %", figures -> 100 * figures.busy(), "%.0f"),
            new Column("load core %", figures -> 100 * figures.loadBusy(), "%.0f"),
            new Column("p50 us", figures -> micros(figures.tally().latency, 50), "%.0f"),
            new Column("p99 us", figures -> micros(figures.tally().latency, 99), "%.0f"),
            new Column("p99.9 us", figures -> micros(figures.tally().latency, 99.9), "%.0f"),
            new Column("first p50", figures -> micros(figures.tally().firstByte, 50), "%.0f"),
            new Column("shipped/s", figures -> figures.shippedEvents() / figures.seconds(), "%.0f"),
            new Column("RSS MiB", figures -> figures.residentKib() / 1024.0, "%.0f"),
            new Column("peak MiB", figures -> figures.peakKib() / 1024.0, "%.0f"));

    private static final List<Column> EVENTS = List.of(
            new Column("CPU us/chunk", Figures::cpuPerEvent, "%.1f"),
            new Column("chunks/s", Figures::eventsPerSecond, "%.0f"),
            new Column("core %", figures -> 100 * figures.busy(), "%.0f"),
            new Column("load core %", figures -> 100 * figures.loadBusy(), "%.0f"),
            new Column("delay p50 us", figures -> micros(figures.tally().delay, 50), "%.0f"),
            new Column("p99 us", figures -> micros(figures.tally().delay, 99), "%.0f"),
            new Column("p99.9 us", figures -> micros(figures.tally().delay, 99.9), "%.0f"),
            new Column("RSS MiB", figures -> figures.residentKib() / 1024.0, "%.0f"),
            new Column("peak MiB", figures -> figures.peakKib() / 1024.0, "%.0f"));

    /**
     * @param machine what stands above the tables
     * @param bases the candidates that the others are compared with
     */
    Report(Map<String, String> machine, List<String> bases) {
        this.machine = machine;
        this.bases = bases;
        text.append(head(machine));
    }

    /**
     * Adds a scenario, and returns its table.
     *
     * @param allocated bytes for each answer or event, of those candidates of which it is known
     */
    String add(Scenario scenario, Map<String, List<Figures>> figures, Map<String, Double> allocated) {
        List<Column> columns = scenario instanceof Scenario.Streaming ? EVENTS : ANSWERS;
        StringBuilder table = new StringBuilder();
        List<String> titles =
                new ArrayList<>(columns.stream().map(Column::title).toList());
        titles.addAll(1, bases.stream().map(base -> "x " + base).toList());
        if (!allocated.isEmpty()) {
            titles.add("allocated B");
        }
        row(table, scenario.name(), titles);
        Map<String, Object> values = new LinkedHashMap<>();
        figures.forEach((candidate, rounds) -> {
            Map<String, List<Double>> ofCandidate = new LinkedHashMap<>();
            List<String> cells = new ArrayList<>();
            for (Column column : columns) {
                cells.add(String.format(Locale.ROOT, column.format(), median(rounds, column.figure())));
                ofCandidate.put(
                        column.title(),
                        rounds.stream().map(column.figure()::applyAsDouble).toList());
            }
            ToDoubleFunction<Figures> cost = columns.getFirst().figure();
            for (int i = 0; i < bases.size(); i++) {
                cells.add(1 + i, ratio(rounds, figures.get(bases.get(i)), cost));
            }
            Double bytes = allocated.get(candidate);
            if (!allocated.isEmpty()) {
                cells.add(bytes == null ? "-" : String.format(Locale.ROOT, "%.0f", bytes));
            }
            if (bytes != null) {
                ofCandidate.put("allocated B", List.of(bytes));
            }
            row(table, "  " + candidate, cells);
            values.put(candidate, ofCandidate);
        });
        table.append('\n');
        text.append(table);
        scenarios.put(scenario.name(), values);
        return table.toString();
    }

    /** Adds what the journal says after so many answers, and returns it. */
    String addBooks(Books books, long answers) {
        String line = String.format(
                Locale.ROOT,
                "%d answers through Tollgate; its journal: %d settlements, %d units, %d estimates, %d open: %s",
                answers,
                books.settlements(),
                books.units(),
                books.estimates(),
                books.open(),
                books.agreeWith(answers) ? "exact" : "WRONG, " + answers * Traffic.UNITS + " units expected");
        text.append(line).append('\n');
        return line;
    }

    /** Writes the tables, and every round's figures beside them as JSON. */
    Path write(String kind, Path folder) throws IOException {
        String name = name(kind, machine);
        Files.writeString(
                folder.resolve(name + ".json"),
                new ObjectMapper()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(Map.of("machine", machine, "scenarios", scenarios)));
        return Files.writeString(folder.resolve(name + ".txt"), text);
    }

    private static void row(StringBuilder table, String name, List<String> cells) {
        table.append(String.format(Locale.ROOT, "%-18s", name));
        cells.forEach(cell -> table.append(String.format(Locale.ROOT, "%13s", cell)));
        table.append('\n');
    }

    private static String ratio(List<Figures> of, @Nullable List<Figures> to, ToDoubleFunction<Figures> figure) {
        double divisor = to == null ? 0 : median(to, figure);
        return divisor == 0 ? "-" : String.format(Locale.ROOT, "%.2f", median(of, figure) / divisor);
    }

    /** The facts of the machine, as they stand above every table. */
    static String head(Map<String, String> machine) {
        StringBuilder head = new StringBuilder();
        machine.forEach((name, fact) -> head.append(String.format(Locale.ROOT, "%-12s %s%n", name, fact)));
        return head.append('\n').toString();
    }

    /** What the files of a run are called, without their endings. */
    static String name(String kind, Map<String, String> machine) {
        return kind + "-" + machine.getOrDefault("time", "").substring(0, 16).replace(':', '-');
    }

    static double median(List<Figures> rounds, ToDoubleFunction<Figures> figure) {
        return middle(rounds.stream().mapToDouble(figure));
    }

    /** The median, or 0 of nothing. */
    static double middle(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        if (sorted.length == 0) {
            return 0;
        }
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double micros(Histogram histogram, double percentile) {
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1e3;
    }
}
