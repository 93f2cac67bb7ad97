package dev.tollgate.bench.load;

import com.google.errorprone.annotations.FormatMethod;
import dev.tollgate.bench.load.Provider.Pace;
import dev.tollgate.bench.load.Runner.Window;
import dev.tollgate.bench.load.Scenario.Arriving;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;

/** What becomes of Tollgate when more is asked than it can do, and when clients do not take what they asked for. */
@CommandLine.Command(
        name = "bench/run overload",
        description = "Five times the capacity, clients that stop reading, and slow clients beside others.",
        mixinStandardHelpOptions = true)
final class Overload implements Callable<Integer> {
    private static final ProcessFigures OWN =
            new ProcessFigures(ProcessHandle.current().pid());
    private static final int FACTOR = 5;
    private static final int STALLED_TEXT_BYTES = 16 * 1024;
    private static final int SLOW_TEXT_BYTES = 1024;
    private static final int FAST_PER_SECOND = 300;

    @CommandLine.Option(names = "--seconds", description = "Seconds of each window (${DEFAULT-VALUE}).")
    private double seconds = 5;

    @CommandLine.Option(names = "--connections", description = "Of the overload (${DEFAULT-VALUE}).")
    private int connections = 4_000;

    @CommandLine.Option(names = "--stalled", description = "Clients that stop reading (${DEFAULT-VALUE}).")
    private int stalled = 500;

    @CommandLine.Option(names = "--slow", description = "Slow clients (${DEFAULT-VALUE}).")
    private int slow = 5_000;

    @CommandLine.Option(names = "--results", description = "The folder for the account (${DEFAULT-VALUE}).")
    private Path results = Path.of("bench/results");

    private final StringBuilder account = new StringBuilder();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Overload()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        Stand.checkFiles(Math.max(connections, slow + 64));
        Map<String, String> machine = Machine.describe();
        account.append(Report.head(machine));
        Books books;
        try (Stand stand = Stand.open("overload", 100)) {
            try (Candidate tollgate = stand.launcher().tollgate("tollgate", stand.keys())) {
                Runner runner = stand.runner();
                runner.measure(Scenarios.SATURATED, tollgate, new Window(6, 0.5));
                double peak = runner.measure(Scenarios.SATURATED, tollgate, new Window(1, seconds))
                        .answersPerSecond();
                tollgate.resume();
                exceed(stand, tollgate, peak);
                stall(stand, tollgate);
                beside(stand, tollgate);
            }
            books = Books.of(Launcher.journal(stand.folder(), "tollgate"));
            say(
                    "journal      %d settlements, %d of them estimates, %d holds still open",
                    books.settlements(), books.estimates(), books.open());
        } finally {
            Path table = Files.createDirectories(results).resolve(Report.name("overload", machine) + ".txt");
            System.out.println("The account is in " + Files.writeString(table, account));
        }
        return books.open() == 0 ? 0 : 1;
    }

    private void exceed(Stand stand, Candidate tollgate, double peak) throws IOException, InterruptedException {
        Arriving offered = new Arriving("overload", (int) (FACTOR * peak), connections, Scenarios.KIB);
        Load load = offered.load(stand.loop());
        load.expectRefusals();
        begin(stand, tollgate, load, connections);
        Thread.sleep(1_000);
        load.take();
        double loadBefore = OWN.cpuMicros();
        Thread.sleep((long) (1_000 * seconds));
        Tally tally = load.take();
        double loadBusy = (OWN.cpuMicros() - loadBefore) / 1e4 / seconds;
        long residentKib = tollgate.figures().residentPeakKib();
        load.stop();
        stand.loop().call(stand.provider()::disconnect);
        double goodput = tally.answers / seconds;
        say("peak         %.0f answers/s", peak);
        say(
                "overload     %d/s offered on %d connections: %.0f answers/s (%.2f of the peak), %.0f refusals/s, %d broken",
                offered.perSecond(), connections, goodput, goodput / peak, tally.refusals / seconds, tally.failures);
        say(
                "             answers p50 %.0f ms, p99 %.0f ms; refusals p50 %.0f ms, p99 %.0f ms, from the sending",
                millis(tally.sentToEnd, 50),
                millis(tally.sentToEnd, 99),
                millis(tally.refusal, 50),
                millis(tally.refusal, 99));
        say("             peak memory %d MiB, load core %.0f %% used", residentKib / 1024, loadBusy);
    }

    private void stall(Stand stand, Candidate tollgate) throws IOException, InterruptedException {
        Thread.sleep(1_000);
        Jvm jvm = new Jvm(tollgate.pid());
        jvm.collect();
        long before = tollgate.figures().residentKib();
        Load load = new Reluctant(stand.loop(), 0);
        stand.provider().pace(new Pace(stalled, 1_000_000, 50_000_000, STALLED_TEXT_BYTES));
        begin(stand, tollgate, load, stalled);
        Thread.sleep((long) (3_000 * seconds));
        jvm.collect();
        long after = tollgate.figures().residentKib();
        load.abandon();
        stand.provider().pace(null);
        stand.loop().call(stand.provider()::disconnect);
        say(
                "stalled      %d clients stop reading: resident memory from %d to %d MiB, %d KiB each",
                stalled, before / 1024, after / 1024, (after - before) / stalled);
    }

    private void beside(Stand stand, Candidate tollgate) throws IOException, InterruptedException {
        Thread.sleep(1_000);
        Histogram alone = fast(stand, tollgate);
        Load load = new Reluctant(stand.loop(), 1_000);
        stand.provider().pace(new Pace(slow, 1_000_000, 1_000_000_000, SLOW_TEXT_BYTES));
        begin(stand, tollgate, load, slow);
        Thread.sleep(5_000);
        Histogram together = fast(stand, tollgate);
        load.abandon();
        stand.provider().pace(null);
        stand.loop().call(stand.provider()::disconnect);
        say(
                "slow         %d/s beside %d slow clients: p50 %.1f ms, p99 %.1f ms; without them p50 %.1f ms, p99 %.1f ms",
                FAST_PER_SECOND,
                slow,
                millis(together, 50),
                millis(together, 99),
                millis(alone, 50),
                millis(alone, 99));
    }

    private Histogram fast(Stand stand, Candidate tollgate) throws InterruptedException {
        Load load = new Arriving("fast", FAST_PER_SECOND, 64, Scenarios.KIB).load(stand.loop());
        begin(stand, tollgate, load, 64);
        Thread.sleep(1_000);
        load.take();
        Thread.sleep((long) (1_000 * seconds));
        Histogram latency = load.take().latency;
        load.stop();
        return latency;
    }

    private static void begin(Stand stand, Candidate tollgate, Load load, int clients) throws InterruptedException {
        List<ByteBuf> requests = stand.keys().stream()
                .map(key -> Traffic.request(key, Scenarios.KIB, load.streamed()))
                .toList();
        load.connect(tollgate.port(), clients, requests);
        load.start();
    }

    private static double millis(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    @FormatMethod
    private void say(String form, Object... values) {
        String line = String.format(Locale.ROOT, form, values);
        System.out.println(line);
        account.append(line).append('\n');
    }
}
