package dev.tollgate.upstream;

import dev.tollgate.telemetry.Metrics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
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

    /** Whether callers see exactly the models that the provider lists: there is one, and it is asked for everything. */
    public boolean isTransparent() {
        UpstreamSettings first = upstreams.getFirst().settings();
        return upstreams.size() == 1
                && first.models().patterns().isEmpty()
                && first.dialect().modelNames().isEmpty();
    }

    /** The names under which callers get a model of this provider, whose own name it is; none where they do not. */
    public List<String> callerNames(String provider, String own) {
        UpstreamSettings settings = settings(provider);
        Map<String, String> names = settings.dialect().modelNames();
        return Stream.concat(Stream.of(own), names.keySet().stream())
                .distinct()
                .filter(name -> settings.dialect().nameOf(name).equals(own))
                .filter(name -> settings.models().closeness(name) != ModelPatterns.NOT_MEANT)
                .sorted()
                .toList();
    }

    /** Which of these providers is asked first for the model; empty when none of them is. */
    public Optional<String> choice(String model, Set<String> among) {
        return candidates(model).stream()
                .map(each -> each.settings().name())
                .filter(among::contains)
                .findFirst();
    }

    private UpstreamSettings settings(String provider) {
        return upstreams.stream()
                .map(Upstream::settings)
                .filter(each -> each.name().equals(provider))
                .findFirst()
                .orElseThrow();
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
        if (upstreams.size() == 1) {
            boolean meant = upstreams.getFirst().settings().models().closeness(model) != ModelPatterns.NOT_MEANT;
            return meant ? upstreams : List.of();
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
