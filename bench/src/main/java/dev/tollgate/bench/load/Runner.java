package dev.tollgate.bench.load;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts candidates under load, one at a time; the others are stopped meanwhile. Belongs to the main thread. */
final class Runner {
    private static final long CLOSING_MILLIS = 100;
    private static final ProcessFigures OWN =
            new ProcessFigures(ProcessHandle.current().pid());

    private final Loop loop;
    private final Provider provider;
    private final Dodo dodo;
    private final List<String> keys;
    private final Map<String, Long> answers = new HashMap<>();

    Runner(Loop loop, Provider provider, Dodo dodo, List<String> keys) {
        this.loop = loop;
        this.provider = provider;
        this.dodo = dodo;
        this.keys = keys;
    }

    /** Windows of all candidates in turn, round after round, each round beginning with another one. */
    Map<String, List<Figures>> run(Scenario scenario, List<Candidate> candidates, int rounds, Window window)
            throws IOException, InterruptedException {
        Map<String, List<Figures>> figures = new LinkedHashMap<>();
        for (Candidate candidate : candidates) {
            figures.put(candidate.name(), new ArrayList<>(rounds));
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < candidates.size(); i++) {
                Candidate candidate = candidates.get((round + i) % candidates.size());
                figures.computeIfAbsent(candidate.name(), name -> new ArrayList<>())
                        .add(measure(scenario, candidate, window));
            }
        }
        return figures;
    }

    /**
     * How long to measure.
     *
     * @param settleSeconds under load before it begins
     */
    record Window(double settleSeconds, double seconds) {}

    Figures measure(Scenario scenario, Candidate candidate, Window window) throws IOException, InterruptedException {
        candidate.resume();
        candidate.figures().resetPeak();
        Load load = scenario.load(loop);
        provider.pace(scenario.pace(window.settleSeconds() + window.seconds() + 0.4));
        load.connect(candidate.port(), scenario.connections(), requests(scenario, load.streamed()));
        load.start();
        sleep(window.settleSeconds());

        long shippedBefore = loop.call(dodo::events);
        double cpuBefore = candidate.figures().cpuMicros();
        double loadBefore = OWN.cpuMicros();
        long begun = System.nanoTime();
        load.take();
        sleep(window.seconds());
        Tally tally = load.take();
        double seconds = (System.nanoTime() - begun) / 1e9;
        double cpuMicros = candidate.figures().cpuMicros() - cpuBefore;
        double loadMicros = OWN.cpuMicros() - loadBefore;
        long shipped = loop.call(dodo::events) - shippedBefore;
        long residentKib = candidate.figures().residentKib();
        long peakKib = candidate.figures().residentPeakKib();

        answers.merge(candidate.name(), load.stop(), Long::sum);
        loop.call(provider::disconnect);
        Thread.sleep(CLOSING_MILLIS);
        candidate.pause();
        String complaint = load.complaint();
        if (complaint != null) {
            throw new IllegalStateException(candidate.name() + " in " + scenario.name() + " answered:\n" + complaint);
        }
        return new Figures(tally, seconds, cpuMicros, loadMicros, residentKib, peakKib, shipped);
    }

    /**
     * Bytes that a JVM allocates for one answer, or for one event of a stream with its share of the request: counted from
     * before the first request until after the last answer, when nothing runs.
     */
    double allocatedBytes(Scenario scenario, Candidate candidate, double seconds)
            throws IOException, InterruptedException {
        candidate.resume();
        Jvm jvm = new Jvm(candidate.pid());
        Load load = scenario.load(loop);
        provider.pace(scenario.pace(seconds));
        load.connect(candidate.port(), scenario.connections(), requests(scenario, load.streamed()));
        Jvm.Count before = jvm.count();
        load.start();
        sleep(seconds);
        long ended = load.stop();
        long events = load.events();
        double bytes = jvm.count().since(before);
        answers.merge(candidate.name(), ended, Long::sum);
        loop.call(provider::disconnect);
        Thread.sleep(CLOSING_MILLIS);
        candidate.pause();
        return bytes / Math.max(1, load.streamed() ? events : ended);
    }

    /** One for each key that this scenario needs. */
    List<ByteBuf> requests(Scenario scenario, boolean streamed) {
        return keys.stream()
                .limit(scenario.connections())
                .map(key -> Traffic.request(key, scenario.promptBytes(), streamed))
                .toList();
    }

    /** How many answers this candidate gave in all. */
    long answers(String candidate) {
        return answers.getOrDefault(candidate, 0L);
    }

    private static void sleep(double seconds) throws InterruptedException {
        Thread.sleep((long) (1000 * seconds));
    }
}
