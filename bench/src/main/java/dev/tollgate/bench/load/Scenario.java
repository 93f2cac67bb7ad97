package dev.tollgate.bench.load;

import dev.tollgate.bench.load.Provider.Pace;
import org.jspecify.annotations.Nullable;

/** One kind of load. */
sealed interface Scenario {
    String name();

    int connections();

    int promptBytes();

    Load load(Loop loop);

    /** Seconds under load until all connections are open and their first requests are behind them. */
    default double settleSeconds() {
        return 1 + connections() / 1000.0;
    }

    /** How the provider streams; null when it answers in one piece. */
    default @Nullable Pace pace(double seconds) {
        return null;
    }

    /** Every connection always has a request running. */
    record Saturated(String name, int connections, int promptBytes) implements Scenario {
        @Override
        public Load load(Loop loop) {
            return new Saturation(loop);
        }
    }

    /** So many requests a second, whatever becomes of them. */
    record Arriving(String name, int perSecond, int connections, int promptBytes) implements Scenario {
        @Override
        public Load load(Loop loop) {
            return new Arrivals(loop, perSecond);
        }
    }

    /** So many streams at once, each with so many events a second. */
    record Streaming(String name, int connections, int eventsPerSecond) implements Scenario {
        @Override
        public int promptBytes() {
            return 1024;
        }

        @Override
        public Load load(Loop loop) {
            return new Streams(loop);
        }

        @Override
        public Pace pace(double seconds) {
            return new Pace(connections, (int) (seconds * eventsPerSecond), 1_000_000_000L / eventsPerSecond, 0);
        }
    }
}
