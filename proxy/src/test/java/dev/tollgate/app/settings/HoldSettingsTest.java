package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.CONFIG;
import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.settings;
import static dev.tollgate.app.settings.Loading.shipped;
import static dev.tollgate.app.settings.Loading.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tollgate.admission.Caller.HoldPolicy;
import dev.tollgate.metering.UnitWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hold policies, weights and what belongs to them, as an operator writes them. */
class HoldSettingsTest {

    @Test
    void aPlanSaysHowItsRequestsAreHeld() {
        assertThat(hold("{ overage: off }")).isEqualTo(new HoldPolicy.Strict());
        assertThat(hold("{ hold: clamp }")).isEqualTo(new HoldPolicy.Clamp(16));
        assertThat(hold("{ hold: clamp, clamp_min_tokens: 64 }")).isEqualTo(new HoldPolicy.Clamp(64));
        assertThat(hold("{ hold: estimate, overshoot_max: 5_000 }"))
                .isEqualTo(new HoldPolicy.Estimate(Long.MAX_VALUE, 250, 5_000));
        assertThat(hold("{ hold: estimate, estimate_output: 12.5%, overshoot_max: 1 }"))
                .isEqualTo(new HoldPolicy.Estimate(Long.MAX_VALUE, 125, 1));
        assertThat(hold("{ hold: estimate, estimate_output: 512, overshoot_max: 1 }"))
                .isEqualTo(new HoldPolicy.Estimate(512, 1000, 1));
    }

    @Test
    void aKeyOverridesItsPlan() {
        Settings settings = settings(SMALLEST + "    hold: clamp\n");

        assertThat(settings.keys().getFirst().hold()).isEqualTo(new HoldPolicy.Clamp(16));
        assertThat(settings(SMALLEST).keys().getFirst().hold()).isNull();
    }

    @Test
    void whatIsWrongWithAHoldIsSaid() {
        assertThat(problems(SMALLEST + "plans:\n  a: { hold: estimate }\n  b: { hold: clam }\n"))
                .containsExactly(
                        "7:14: plans.a.hold: estimate needs `overshoot_max`; the units that a customer may go below zero",
                        "8:14: plans.b.hold: expected one of strict, clamp, estimate, found `clam`; did you mean `clamp`?");
        assertThat(warnings(SMALLEST + "plans:\n  a: { clamp_min_tokens: 5 }\n"))
                .singleElement()
                .asString()
                .contains("has no effect without `hold: clamp`");
        assertThat(problems(SMALLEST + "gate: { estimate_share: 101%, tokenizer: on }\n"))
                .hasSize(2);
    }

    @Test
    void aWeightFileIsReadExactlyAndFillsWhatIsLeftOut(@TempDir Path folder) throws IOException {
        UnitWeights.Table weights =
                settings(SMALLEST + "weights: " + file(folder, """
                version: v7
                default: { input: 2, call: 1 }
                models:
                  a: { output: 10.125, cached_input: 0.075 }
                  b: { input: 3, reasoning: 0 }
                """)).weights();

        assertThat(weights)
                .isEqualTo(new UnitWeights.Table(
                        "v7",
                        new UnitWeights(2_000, 2_000, 2_000, 1_000, 1_000, 0, 1_000, 1_000, 1_000),
                        Map.of(
                                "a", new UnitWeights(2_000, 75, 2_000, 10_125, 10_125, 0, 1_000, 1_000, 1_000),
                                "b", new UnitWeights(3_000, 3_000, 3_000, 1_000, 0, 0, 1_000, 1_000, 1_000))));
        assertThat(settings(SMALLEST).weights()).isEqualTo(UnitWeights.Table.TOKENS);
    }

    @Test
    void problemsOfAWeightFileBearItsNameAndPlace(@TempDir Path folder) throws IOException {
        Path file = file(folder, "models:\n  a: { input: 0.0001, outptu: 1 }\n  b: { call: 1000001 }\n");

        assertThat(problems(SMALLEST + "weights: " + file + "\n"))
                .containsExactly(
                        file + ":1:1: version: is required; a name that changes whenever a weight does",
                        file + ":2:15: models.a.input: expected a weight such as 1, 2.5 or 0.075, found `0.0001`;"
                                + " it has at most three decimals",
                        file + ":2:23: models.a.outptu: unknown key; did you mean `output`?",
                        file + ":3:14: models.b.call: must be from 0 to 1000000, found `1000001`");
    }

    @Test
    void theShippedWeightsFollowTheirSchemaAndLoad() {
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(shipped("weights.schema.json"))
                        .validate(shipped("weights.yaml"), InputFormat.YAML))
                .isEmpty();
        UnitWeights.Table weights = settings(SMALLEST + "weights: " + CONFIG.resolve("weights.yaml") + "\n")
                .weights();
        assertThat(weights.models()).hasSizeGreaterThan(50);
        assertThat(weights.of("gpt-4o-mini", null).outputMillis()).isEqualTo(600);
    }

    private static HoldPolicy hold(String plan) {
        return Objects.requireNonNull(settings(SMALLEST + "plans: { a: " + plan + " }\n")
                        .plans()
                        .get("a"))
                .hold();
    }

    private static Path file(Path folder, String yaml) throws IOException {
        return Files.writeString(folder.resolve("weights.yaml"), yaml);
    }
}
