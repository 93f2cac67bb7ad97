package dev.tollgate.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DotEnvTest {
    @TempDir
    private Path folder;

    private DotEnv read(String text) throws IOException {
        return DotEnv.read(Files.writeString(folder.resolve(".env"), text));
    }

    @Test
    void valuesQuotesCommentsAndExportAreRead() throws IOException {
        DotEnv file = read("""
                # a comment
                PLAIN=value
                  export EXPORTED = with spaces   # a comment
                HASH=a#b
                EMPTY=
                ONLY_COMMENT= # nothing
                SINGLE='as $it \\n is' # a comment
                DOUBLE="line\\nnext \\"quoted\\" \\$x \\\\ # kept"
                SHELL=$(rm -rf /) `id` ${PLAIN}
                """);

        assertThat(file.problems()).isEmpty();
        assertThat(file.variables())
                .isEqualTo(Map.of(
                        "PLAIN", "value",
                        "EXPORTED", "with spaces",
                        "HASH", "a#b",
                        "EMPTY", "",
                        "ONLY_COMMENT", "",
                        "SINGLE", "as $it \\n is",
                        "DOUBLE", "line\nnext \"quoted\" $x \\ # kept",
                        "SHELL", "$(rm -rf /) `id` ${PLAIN}"));
    }

    @Test
    void linesWithProblemsAreNamedWithoutTheirValues() throws IOException {
        DotEnv file = read("""
                GOOD=1
                no equals hidden
                  1BAD=hidden
                OPEN="hidden
                AFTER='hidden' hidden
                ESCAPE="hidden\\q"
                GOOD=2
                """);

        String name = folder.resolve(".env").toString();
        assertThat(Problem.report(file.problems()))
                .isEqualTo(String.join(
                        "\n",
                        name + ":2:1: expected NAME=value; begin comments with #",
                        name + ":3:3: expected NAME=value; begin comments with #",
                        name + ":4:1: OPEN: the quote is not closed; a value ends in its line",
                        name + ":5:1: AFTER: something follows the closing quote; begin comments with #",
                        name + ":6:1: ESCAPE: unknown escape; known are \\n \\t \\\\ \\\" \\$; or use single quotes",
                        name + ":7:1: GOOD: is given twice",
                        ""));
        assertThat(file.variables()).isEqualTo(Map.of("GOOD", "1"));
    }

    @Test
    void theRealEnvironmentWins() throws IOException {
        assertThat(read("A=file\nB=file\n").under(Map.of("B", "real", "C", "real")))
                .isEqualTo(Map.of("A", "file", "B", "real", "C", "real"));
    }

    @Test
    void aFileThatDoesNotExistHasNoVariables() {
        DotEnv file = DotEnv.read(folder.resolve("none"));

        assertThat(file.variables()).isEmpty();
        assertThat(file.problems()).isEmpty();
    }

    @Test
    void aFileThatCannotBeReadIsAProblem() {
        assertThat(DotEnv.read(folder).problems()).hasSize(1);
    }

    @Test
    void printingShowsNoValues() throws IOException {
        assertThat(read("A=hidden").toString()).isEqualTo("DotEnv[1 variables, 0 problems]");
    }

    @Test
    void theShippedExampleIsReadAndNamesEveryVariable() {
        DotEnv file = DotEnv.read(Path.of("..", ".env.example"));

        assertThat(file.problems()).isEmpty();
        assertThat(file.variables())
                .containsOnlyKeys(
                        "DODO_PAYMENTS_API_KEY",
                        "DODO_PAYMENTS_WEBHOOK_KEY",
                        "DODO_ENVIRONMENT",
                        "OPENAI_API_KEY",
                        "CREDIT_ENTITLEMENT_ID",
                        "BASE_URL",
                        "OPENAI_BASE_URL",
                        "DODO_PAYMENTS_BASE_URL",
                        "TOLLGATE_ADMIN_TOKEN",
                        "TOLLGATE_CATALOGUE",
                        "SMTP",
                        "SMTP_USER",
                        "SMTP_PASSWORD",
                        "MAIL_FROM",
                        "ALERTS_WEBHOOK_URL",
                        "ALERTS_WEBHOOK_SECRET");
    }

    @Test
    void theShippedSettingsLoadWithTheShippedExampleFilledIn() {
        Map<String, String> filled = DotEnv.read(Path.of("..", ".env.example"))
                .under(Map.of(
                        "DODO_PAYMENTS_API_KEY", "k",
                        "DODO_PAYMENTS_WEBHOOK_KEY", Loading.WEBHOOK_KEY,
                        "OPENAI_API_KEY", "k"));

        assertThat(Loading.loaded(Loading.load(Loading.shipped("tollgate.yaml"), filled))
                        .warnings())
                .isEmpty();
    }
}
