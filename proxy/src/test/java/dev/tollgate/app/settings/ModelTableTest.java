package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.settings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.models.ModelTable;
import dev.tollgate.models.ModelTable.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTableTest {
    private static final ModelTable TABLE = new ModelTable(Map.of(
            "gpt-4o", new Model(128_000, 16_384),
            "gpt-4o-2024-05-13", new Model(128_000, 4096),
            "gpt-4o-mini", new Model(64_000, 8192)));

    @Test
    void aNameIsFoundByItsLongestPrefixThatEndsBeforeADash() {
        assertThat(TABLE.maxOutputTokens("gpt-4o")).hasValue(16_384);
        assertThat(TABLE.maxOutputTokens("gpt-4o-2024-08-06")).hasValue(16_384);
        assertThat(TABLE.maxOutputTokens("gpt-4o-2024-05-13")).hasValue(4096);
        assertThat(TABLE.maxOutputTokens("gpt-4o-mini-2024-07-18")).hasValue(8192);
        assertThat(TABLE.maxInputTokens("gpt-4o-mini-2024-07-18")).hasValue(64_000);
    }

    @Test
    void aFineTunedModelHasTheLimitsOfItsOrigin() {
        assertThat(TABLE.maxOutputTokens("ft:gpt-4o-mini-2024-07-18:my-org::abc-1"))
                .hasValue(8192);
        assertThat(TABLE.maxOutputTokens("ft:")).isEmpty();
    }

    @Test
    void otherNamesAreUnknown() {
        assertThat(TABLE.maxOutputTokens("gpt-4")).isEmpty();
        assertThat(TABLE.maxOutputTokens("gpt-4omni")).isEmpty();
        assertThat(TABLE.maxOutputTokens("xgpt-4o")).isEmpty();
        assertThat(TABLE.maxOutputTokens("")).isEmpty();
        assertThat(TABLE.maxInputTokens("-")).isEmpty();
        assertThat(TABLE.maxInputTokens("gpt-4o" + "-x".repeat(1_000_000))).isEmpty();
    }

    @Test
    void theTableThatComesWithTheProgramKnowsCurrentModels() {
        ModelTable models = settings(SMALLEST).models();

        assertThat(models.maxOutputTokens("gpt-6-sol")).hasValue(128_000);
        assertThat(models.maxInputTokens("gpt-6.1-sol-2026-09-29")).hasValue(922_000);
        assertThat(models.maxOutputTokens("gpt-5-pro-2025-10-06")).hasValue(272_000);
        assertThat(models.maxOutputTokens("gpt-4o-2024-08-06")).hasValue(16_384);
        assertThat(models.maxOutputTokens("gpt-4o-2024-05-13")).hasValue(4096);
        assertThat(models.maxOutputTokens("text-embedding-3-small")).hasValue(0);
        assertThat(models.maxInputTokens("text-embedding-3-small")).hasValue(300_000);
        assertThat(models.maxOutputTokens("my-own-model")).isEmpty();
    }

    @Test
    void anOperatorsTableReplacesTheOneThatComesWithTheProgram(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("models.yaml"), "models:\n  my-model: { context: 1000, max_output: 100 }\n");

        ModelTable models = settings(SMALLEST + "models: " + file + "\n").models();

        assertThat(models).isEqualTo(new ModelTable(Map.of("my-model", new Model(1000, 100))));
    }

    @Test
    void problemsOfAModelFileBearItsName(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("models.yaml"), "models:\n  m: { context: 0, max_outptu: 1 }\n  \"x y\": {}\n");

        assertThat(problems("journal: 5\nmodels: " + file + "\n"))
                .containsExactly(
                        "1:10: journal: expected a mapping, found a whole number",
                        file + ":2:6: models.m.max_output: is required; the most tokens of one answer",
                        file + ":2:17: models.m.context: must be from 1 to 100000000, found `0`",
                        file + ":2:20: models.m.max_outptu: unknown key; did you mean `max_output`?",
                        file + ":3:3: models.x y: expected a model name of letters, digits and . _ / : -");
    }
}
