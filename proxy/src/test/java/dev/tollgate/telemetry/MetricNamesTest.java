package dev.tollgate.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Whatever operators are told to look at is there, under exactly that name. */
class MetricNamesTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern NAME = Pattern.compile("\\btollgate_[a-z_]*[a-z]\\b");

    /** The names that the service shows once everything that it counts has happened. */
    private static Set<String> shown() {
        Metrics metrics = new Metrics();
        for (GaugeName name : GaugeName.values()) {
            metrics.gauge(name, () -> 0);
        }
        metrics.requestEnded("chat", "served", 200, 1);
        metrics.admitted(1);
        metrics.refused("x");
        metrics.upstreamAnswered(1);
        metrics.upstreamFailed("x", "y");
        metrics.upstreamFailedOver("x");
        metrics.upstreamCircuit("x", () -> 0);
        metrics.callerGone("x");
        metrics.termsMismatched("x");
        metrics.settled(1, 1, 0, false);
        metrics.corrected(1);
        metrics.batch("x");
        metrics.webhook("x", "y");
        metrics.balanceRead("x");
        metrics.settingsReloaded("x");
        Set<String> names = metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("tollgate_"))
                .map(line -> line.split("[ {]", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
        List.copyOf(names).forEach(name -> names.add(name.replaceAll("_(bucket|count|sum|max)$", "")));
        return names;
    }

    private static Set<String> named(Path file) throws IOException {
        return named(Files.readString(file));
    }

    private static Set<String> named(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(text);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    @ParameterizedTest
    @ValueSource(strings = {"config/alerts.yaml", "config/dashboard.json", "docs/operations.md"})
    void everyNameExists(String file) throws IOException {
        assertThat(named(ROOT.resolve(file))).hasSizeGreaterThan(8);
        assertThat(shown()).containsAll(named(ROOT.resolve(file)));
    }

    @Test
    void everyValueIsOnTheDashboardAndInTheHandbook() throws IOException {
        Set<String> dashboard = named(ROOT.resolve("config/dashboard.json"));
        Set<String> handbook = named(ROOT.resolve("docs/operations.md"));
        for (GaugeName name : GaugeName.values()) {
            assertThat(dashboard).contains(name.text.replace('.', '_'));
            assertThat(handbook).contains(name.text.replace('.', '_'));
        }
    }

    @Test
    void theRulesAreYamlWithWhatPrometheusAsksFor() throws IOException {
        Object rules = new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(ROOT.resolve("config/alerts.yaml")));
        JsonNode group = new ObjectMapper().valueToTree(rules).path("groups").path(0);
        assertThat(group.path("name").textValue()).isEqualTo("tollgate");
        assertThat(group.path("rules")).hasSizeGreaterThan(10).allSatisfy(rule -> {
            assertThat(rule.path("alert").textValue()).matches("Tollgate[A-Za-z]+");
            assertThat(rule.path("expr").textValue()).isNotBlank();
            assertThat(rule.at("/labels/severity").textValue()).isIn("warning", "critical");
            assertThat(rule.at("/annotations/summary").textValue()).isNotBlank();
            assertThat(rule.path("for").asText("1m")).matches("\\d+[mh]");
        });
    }

    @Test
    void everyPanelAsksSomethingOfItsSource() throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(ROOT.resolve("config/dashboard.json").toFile());
        assertThat(dashboard.path("panels")).hasSizeGreaterThan(10).allSatisfy(panel -> {
            assertThat(panel.path("title").textValue()).isNotBlank();
            assertThat(panel.path("targets"))
                    .isNotEmpty()
                    .allSatisfy(target ->
                            assertThat(named(target.path("expr").textValue())).isNotEmpty());
        });
        assertThat(List.of(dashboard.path("uid").textValue())).containsExactly("tollgate");
    }

    @Test
    void nothingIsCountedForSingleCustomers() {
        assertThat(shown()).noneMatch(name -> name.contains("customer"));
    }

    @Test
    void whatMustBeZeroIsShownFromTheStart() {
        assertThat(new Metrics().scrape())
                .contains("tollgate_uncharged_total{reason=\"journal_failed\"} 0.0")
                .contains("tollgate_uncharged_total{reason=\"ledger_refused\"} 0.0")
                .contains("tollgate_uncharged_total{reason=\"no_hold\"} 0.0");
    }
}
