package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Scenario.Saturated;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** Starts Tollgate and the floor anew, time and again, and counts how fast they are until they are warm. */
@CommandLine.Command(
        name = "bench/run cold",
        description = "Start to first answer, and requests a second in the first 10 s against those of a warm process.",
        mixinStandardHelpOptions = true)
final class ColdStart implements Callable<Integer> {
    private static final int COLD_SECONDS = 10;
    private static final int WARM_SECONDS = 4;
    private static final Saturated LOAD = new Saturated("cold", 64, 1024);

    @CommandLine.Option(names = "--rounds", description = "Starts of each (${DEFAULT-VALUE}).")
    private int rounds = 3;

    @CommandLine.Option(names = "--between", description = "Seconds under load from cold to warm (${DEFAULT-VALUE}).")
    private int betweenSeconds = 15;

    @CommandLine.Option(names = "--results", description = "The folder for the table (${DEFAULT-VALUE}).")
    private Path results = Path.of("bench/results");

    /** What one start showed; {@code perSecond} has the answers of each second from the first answer on. */
    private record Start(double firstAnswerMillis, List<Long> perSecond, double warmPerSecond) {
        double cold() {
            return perSecond.stream().mapToLong(Long::longValue).average().orElse(0);
        }
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ColdStart()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<String, String> machine = Machine.describe();
        Map<String, List<Start>> starts = new LinkedHashMap<>();
        try (Stand stand = Stand.open("cold", 100)) {
            // The first start after a build prepares the quick start of all others.
            stand.launcher().tollgate("prepare", stand.keys()).close();
            for (int round = 0; round < rounds; round++) {
                String number = "-" + round;
                System.err.printf("start %d of %d of each, about a minute …%n", round + 1, rounds);
                starts.computeIfAbsent("floor", name -> new ArrayList<>())
                        .add(start(stand, launcher -> launcher.floor()));
                starts.computeIfAbsent("tollgate", name -> new ArrayList<>())
                        .add(start(stand, launcher -> launcher.tollgate("tollgate" + number, stand.keys())));
            }
        }
        String text = Report.head(machine) + table(starts);
        System.out.print(text);
        System.out.println("The table is in "
                + Files.writeString(
                        Files.createDirectories(results).resolve(Report.name("cold", machine) + ".txt"), text));
        return 0;
    }

    /** How a candidate is started. */
    private interface Starting {
        Candidate by(Launcher launcher) throws IOException, InterruptedException;
    }

    private Start start(Stand stand, Starting starting) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        try (Candidate candidate = starting.by(stand.launcher())) {
            firstAnswer(candidate.port(), stand.keys().getFirst());
            double firstAnswerMillis = (System.nanoTime() - begun) / 1e6;
            Load load = LOAD.load(stand.loop());
            load.connect(candidate.port(), LOAD.connections(), stand.runner().requests(LOAD, load.streamed()));
            load.start();
            List<Long> perSecond = new ArrayList<>();
            long next = System.nanoTime();
            for (int second = 0; second < COLD_SECONDS; second++) {
                next += 1_000_000_000L;
                Thread.sleep(Math.max(0, (next - System.nanoTime()) / 1_000_000));
                perSecond.add(load.take().answers);
            }
            Thread.sleep(betweenSeconds * 1000L);
            load.take();
            Thread.sleep(WARM_SECONDS * 1000L);
            double warm = (double) load.take().answers / WARM_SECONDS;
            load.stop();
            stand.loop().call(stand.provider()::disconnect);
            if (load.complaint() != null) {
                throw new IllegalStateException(candidate.name() + " answered:\n" + load.complaint());
            }
            return new Start(firstAnswerMillis, perSecond, warm);
        }
    }

    /** Asks until it answers with 200: a service that just started may not know its customers' balances yet. */
    private static void firstAnswer(int port, String key) throws IOException, InterruptedException {
        ByteBuf request = Traffic.request(key, 100, false);
        byte[] bytes = new byte[request.readableBytes()];
        request.getBytes(0, bytes);
        request.unwrap().release();
        String head = "";
        for (int asked = 0; asked < 1_000; asked++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write(bytes);
                head = line(socket.getInputStream());
            }
            if (head.contains(" 200 ")) {
                return;
            }
            Thread.sleep(2);
        }
        throw new IOException("no answer but " + head);
    }

    private static String line(InputStream input) throws IOException {
        return new String(input.readNBytes(15), StandardCharsets.US_ASCII);
    }

    private static String table(Map<String, List<Start>> starts) {
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-10s%18s%18s%14s%14s  %s%n",
                "",
                "first answer ms",
                "first 10 s req/s",
                "warm req/s",
                "cold / warm",
                "answers in each second"));
        starts.forEach((name, all) -> all.forEach(start -> row(table, name, start)));
        starts.forEach((name, all) -> table.append(String.format(
                Locale.ROOT,
                "%-10s median: %.0f ms to the first answer, cold / warm %.2f%n",
                name,
                Report.middle(all.stream().mapToDouble(Start::firstAnswerMillis)),
                Report.middle(all.stream().mapToDouble(start -> start.cold() / start.warmPerSecond())))));
        return table.toString();
    }

    private static void row(StringBuilder table, String name, Start start) {
        table.append(String.format(
                Locale.ROOT,
                "%-10s%18.0f%18.0f%14.0f%14.2f  %s%n",
                name,
                start.firstAnswerMillis(),
                start.cold(),
                start.warmPerSecond(),
                start.cold() / start.warmPerSecond(),
                start.perSecond()));
    }
}
