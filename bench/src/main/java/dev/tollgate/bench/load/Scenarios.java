package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Scenario.Arriving;
import dev.tollgate.bench.load.Scenario.Saturated;
import dev.tollgate.bench.load.Scenario.Streaming;
import java.util.List;

/** The loads that can be asked for by name. */
final class Scenarios {
    static final int KIB = 1024;
    static final Saturated SATURATED = new Saturated("saturated", 64, KIB);
    static final Streaming STREAMS_100 = new Streaming("streams-100", 100, 50);

    static final List<Scenario> ALL = List.of(
            SATURATED,
            arriving(500),
            arriving(2_000),
            STREAMS_100,
            new Streaming("streams-1000", 1_000, 10),
            new Streaming("streams-5000", 5_000, 2),
            new Streaming("chunks-100000", 100, 1_000),
            new Saturated("prompts-100k", 16, 100 * KIB),
            new Saturated("prompts-1m", 8, KIB * KIB),
            connections(1),
            connections(1_000),
            connections(8_000));

    private static final List<Integer> RATES =
            List.of(250, 500, 1_000, 2_000, 4_000, 6_000, 8_000, 10_000, 12_000, 16_000);

    private Scenarios() {}

    /** Rising rates, for a curve. */
    static List<Scenario> curve() {
        return RATES.stream().<Scenario>map(Scenarios::arriving).toList();
    }

    static List<Scenario> named(List<String> names) {
        return names.stream().map(Scenarios::named).toList();
    }

    private static Scenario named(String name) {
        return ALL.stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no scenario " + name + "; there are "
                        + String.join(", ", ALL.stream().map(Scenario::name).toList())));
    }

    static Scenario connections(int count) {
        return new Saturated("connections-" + count, count, KIB);
    }

    static Scenario arriving(int perSecond) {
        return new Arriving("arriving-" + perSecond, perSecond, 512, KIB);
    }
}
