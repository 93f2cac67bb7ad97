package dev.tollgate.upstream;

import dev.tollgate.telemetry.Metrics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which providers there are and which of them is asked for a model. Shared by all event loops: the list never changes, and
 * circuits look after themselves.
 */
public final class UpstreamDirectory {
    private final List<Upstream> upstreams;

    /** One provider with what is known of its health. */
    record Upstream(UpstreamSettings settings, Circuit circuit) {}

    private record Match(Upstream upstream, int closeness) {}

    /** @param settings at least one */
    public UpstreamDirectory(List<UpstreamSettings> settings, LongSupplier nanoTime, Metrics metrics) {
        if (settings.isEmpty()) {
            throw new IllegalArgumentException("no upstream");
        }
        upstreams = settings.stream()
                .map(each -> upstream(each, nanoTime, metrics))
                .sorted(Comparator.comparingInt(each -> each.settings().priority()))
                .toList();
    }

    private static Upstream upstream(UpstreamSettings settings, LongSupplier nanoTime, Metrics metrics) {
        UpstreamSettings.Patience patience = settings.patience();
        Circuit circuit = new Circuit(settings.name(), patience.circuitFailures(), patience.circuitMillis(), nanoTime);
        metrics.upstreamCircuit(settings.name(), () -> circuit.closed() ? 0 : 1);
        return new Upstream(settings, circuit);
    }

    /** Whether any provider is meant for the model. */
    public boolean serves(String model) {
        return upstreams.stream().anyMatch(each -> each.settings().models().closeness(model) >= 0);
    }

    /** The most that the chat template of whichever provider takes the model adds to a prompt. */
    public long framingTokens(String model) {
        return candidates(model).stream()
                .mapToLong(each -> each.settings().dialect().framingTokens())
                .max()
                .orElse(0);
    }

    List<Upstream> all() {
        return upstreams;
    }

    /**
     * The providers to ask, the first choice first: by priority, then by how closely they name the model, then by the
     * order of the settings. All of them for requests without a model.
     */
    List<Upstream> candidates(@Nullable String model) {
        if (model == null) {
            return upstreams;
        }
        List<Match> matches = new ArrayList<>(upstreams.size());
        for (Upstream upstream : upstreams) {
            int closeness = upstream.settings().models().closeness(model);
            if (closeness != ModelPatterns.NOT_MEANT) {
                matches.add(new Match(upstream, closeness));
            }
        }
        matches.sort(Comparator.comparingInt(
                        (Match match) -> match.upstream().settings().priority())
                .thenComparing(Match::closeness, Comparator.reverseOrder()));
        return matches.stream().map(Match::upstream).toList();
    }
}
