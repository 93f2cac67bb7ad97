package dev.tollgate.metering;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.metering.UnitWeights.Pieces;
import dev.tollgate.metering.UnitWeights.Table;
import dev.tollgate.openai.Usage;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightTableTest {
    private static final Table TABLE = new Table(
            "v1",
            input(1),
            Map.of(
                    "gpt-4o", input(2),
                    "gpt-4o-2024-05-13", input(3),
                    "gpt-4o-mini", input(4),
                    "ft:gpt-4o", input(5),
                    "o3", input(6)));

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, , 2",
        "gpt-4o, gpt-4o, 2",
        "gpt-4o, gpt-4o-2024-05-13, 3",
        "gpt-4o, gpt-4o-2024-08-06, 2",
        "gpt-4o-2024-08-06, gpt-4o-2024-08-06, 2",
        "gpt-4o-2024-05-13, gpt-4o-2024-05-13, 3",
        "gpt-4o, gpt-4o-mini, 2",
        "gpt-4o, o3, 2",
        "gpt-4o-mini-2024-07-18, , 4",
        "ft:gpt-4o-mini:org::id, , 5",
        "ft:o3:org::id, , 6",
        "ft:gpt-4:org::id, , 1",
        "gpt-4, , 1",
        "gpt-4ofoo, , 1",
        "o3-2025-04-16, o3-2025-04-16, 6",
        "unknown, gpt-4o, 1",
    })
    void findsTheWeightsOfTheModelThatAnsweredAndElseOfTheOneAskedFor(
            String asked, @Nullable String answered, long millis) {
        assertThat(TABLE.of(asked, answered).inputMillis()).isEqualTo(millis);
    }

    @Test
    void theDearestBoundsWhateverModelAnswers() {
        long seed = 5;
        Random random = new Random(seed);
        List<String> names = List.of(
                "gpt-4o", "gpt-4o-2024-05-13", "gpt-4o-2024-08-06", "gpt-4o-mini", "gpt-4", "gpt-4-0613", "o3", "x");
        for (int round = 0; round < 2_000; round++) {
            Table table = new Table(
                    "v",
                    random(random),
                    Map.of(
                            names.get(random.nextInt(4)), random(random),
                            names.get(4 + random.nextInt(4)), random(random)));
            String asked = names.get(random.nextInt(names.size()));
            String answered = names.get(random.nextInt(names.size()));
            Usage usage = new Usage(
                    random.nextInt(900),
                    random.nextInt(900),
                    random.nextInt(1_800),
                    random.nextInt(900),
                    random.nextInt(900),
                    random.nextInt(900),
                    0,
                    0,
                    0);
            Pieces pieces = new Pieces(random.nextInt(3), random.nextInt(9));
            long prompt = usage.inputTokens();
            TokenBound bound = new TokenBound(prompt, usage.billableTokens() - prompt);
            assertThat(table.of(asked, answered).units(usage, pieces))
                    .as("seed %d: %s asked, %s answered", seed, asked, answered)
                    .isLessThanOrEqualTo(table.dearest(asked).units(bound, pieces));
        }
    }

    @Test
    void weighsReasoningImagesCharactersAndTheCallItself() {
        UnitWeights weights = new UnitWeights(1_000, 500, 1_250, 8_000, 4_000, 50_000, 0, 100, 7_000);
        Usage usage = new Usage(100, 50, 150, 0, 0, 30, 0, 0, 0);

        assertThat(weights.units(usage, new Pieces(2, 15)))
                .isEqualTo(100 + 20 * 8 + 30 * 4 + 2 * 50 + 2 /* 1.5, rounded up */ + 7);
    }

    @Test
    void weighsAudioBySecondsAndRoundsUpOnce() {
        UnitWeights weights = new UnitWeights(0, 0, 0, 0, 0, 0, 100_001, 0, 0);

        assertThat(UnitWeights.TOKENS.units(Usage.ofAudio(8_001), Pieces.NONE)).isEqualTo(9);
        assertThat(weights.units(Usage.ofAudio(8_470), Pieces.NONE)).isEqualTo(848);
        assertThat(weights.units(Usage.ofAudio(1), Pieces.NONE)).isEqualTo(1);
        assertThat(UnitWeights.Table.TOKENS.of("dall-e-3", null).units(Usage.NONE, new Pieces(2, 0)))
                .isEqualTo(12_480);
    }

    private static UnitWeights input(long millis) {
        return new UnitWeights(millis, 0, 0, 0);
    }

    private static UnitWeights random(Random random) {
        return new UnitWeights(
                random.nextInt(3_000),
                random.nextInt(3_000),
                random.nextInt(3_000),
                random.nextInt(9_000),
                random.nextInt(9_000),
                random.nextInt(9_000),
                random.nextInt(9_000),
                random.nextInt(9_000),
                random.nextInt(9_000));
    }
}
