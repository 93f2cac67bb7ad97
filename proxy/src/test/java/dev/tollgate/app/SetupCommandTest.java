package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.settings.DotEnv;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetupCommandTest {
    private static final Path PLANS = Path.of("..", "config", "plans.yaml");

    @TempDir
    Path folder;

    private Sandbox dodo;

    @BeforeEach
    void openAccount() throws IOException {
        dodo = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
        Files.writeString(folder.resolve("tollgate.yaml"), "server: { listen: \"127.0.0.1:0\" }\n");
        writeEnv("");
    }

    @AfterEach
    void closeAccount() {
        dodo.close();
    }

    @Test
    void anEmptyAccountGetsEverythingAndASecondRunChangesNothing() throws Exception {
        Commands.Ended first = setup("--yes", "--url", "https://ai.example.com/");

        assertThat(first.exitCode()).as(first.errors()).isZero();
        assertThat(first.out()).contains("TEST MODE").doesNotContain("DIFFERS");
        Map<String, String> noted = env();
        assertThat(noted)
                .containsKeys("CREDIT_ENTITLEMENT_ID", "DODO_PRODUCT_STARTER", "DODO_PRODUCT_PRO", "DODO_PRODUCT_TOPUP")
                .containsEntry("BASE_URL", "https://ai.example.com");
        assertThat(noted.get("DODO_PAYMENTS_WEBHOOK_KEY")).startsWith("whsec_");
        assertThat(noted.get("TOLLGATE_CATALOGUE")).isEqualTo(PLANS.toString());
        assertThat(noted.get("TOLLGATE_ADMIN_TOKEN")).matches("[0-9a-f]{48}");
        assertThat(product("STARTER") + product("PRO") + product("TOPUP"))
                .contains("\"fixed_price\":2900", "\"fixed_price\":9900", "\"price\":1900")
                .contains("\"price_per_unit\":\"0.0005\"")
                .contains("\"credits_amount\":\"10000000\"", "\"credits_amount\":\"40000000\"")
                .contains("\"expires_after_days\":365");
        assertThat(dodo("/webhooks")).contains("https://ai.example.com/webhooks/dodo");

        String before = Files.readString(folder.resolve(".env"));
        Commands.Ended second = setup("--yes", "--url", "https://ai.example.com");

        assertThat(second.exitCode()).isZero();
        assertThat(second.out()).doesNotContain("to make", "DIFFERS").contains("needs no change");
        assertThat(Files.readString(folder.resolve(".env"))).isEqualTo(before);
        assertThat(dodo("/products").split("product_id", -1)).hasSize(4);
    }

    @Test
    void aDryRunSaysWhatIsMissingAndMakesNothing() throws Exception {
        Commands.Ended ended = setup("--dry-run", "--url", "https://ai.example.com");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .contains("29.00 USD a month", "10,000,000 credits for 30 days", "Nothing was changed", "6 to make");
        assertThat(dodo("/products")).contains("\"items\":[]");
        assertThat(env()).doesNotContainKey("CREDIT_ENTITLEMENT_ID");
    }

    @Test
    void nothingIsMadeWithoutAYes() throws Exception {
        assertThat(answering("n\n", () -> setup()).out()).contains("Nothing was changed.");
        assertThat(dodo("/products")).contains("\"items\":[]");

        assertThat(answering("y\n", () -> setup()).exitCode()).isZero();
        assertThat(dodo("/products")).contains("Starter");
    }

    @Test
    void whatDiffersIsSaidAndLeftAlone() throws Exception {
        Path plans = Files.copy(PLANS, folder.resolve("plans.yaml"));
        run(plans, "--yes");
        Files.writeString(plans, Files.readString(PLANS).replace("29.00 USD", "39.00 USD"));

        Commands.Ended ended = run(plans, "--yes");

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out())
                .contains("DIFFERS", "price.fixed_price: 3900 is wanted, Dodo has 2900", "stays as it is");
        assertThat(dodo("/products")).contains("\"fixed_price\":2900").doesNotContain("3900");
    }

    @Test
    void whatStoppedHalfWayIsTakenUpAgain() throws Exception {
        setup("--yes");
        Path more = folder.resolve("plans.yaml");
        Files.writeString(more, Files.readString(PLANS) + """
                  bigger:
                    name: "Bigger top-up"
                    price: "90.00 USD"
                    credits: 30_000_000
                """);

        Commands.Ended ended = run(more, "--yes");

        assertThat(ended.out()).contains("[6/6] top-up \"Bigger top-up\"");
        assertThat(dodo("/products").split("product_id", -1)).hasSize(5);
        assertThat(env()).containsKey("DODO_PRODUCT_BIGGER");
    }

    @Test
    void whatStandsInTheEnvFileIsNotReplacedUnasked() throws Exception {
        writeEnv("# mine\nexport CREDIT_ENTITLEMENT_ID=cde_other # keep\n");
        Commands.Ended kept = setup("--yes");
        assertThat(kept.errors()).contains("CREDIT_ENTITLEMENT_ID").contains("stays");
        assertThat(kept.exitCode()).isEqualTo(1);
        assertThat(env()).containsEntry("CREDIT_ENTITLEMENT_ID", "cde_other").containsKey("DODO_PRODUCT_STARTER");

        answering("y\n", () -> setup());

        assertThat(env().get("CREDIT_ENTITLEMENT_ID")).startsWith("cde_").isNotEqualTo("cde_other");
        assertThat(Files.readString(folder.resolve(".env"))).startsWith("# mine\n");
    }

    @Test
    void aNewEnvFileIsForItsOwnerAlone() throws Exception {
        Path file = folder.resolve("new.env");
        new EnvFile(file).write(Map.of("A", "b c"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(DotEnv.read(file).variables()).containsEntry("A", "b c");
    }

    @Test
    void aKeyThatDodoRefusesIsExplained() throws Exception {
        Files.writeString(
                folder.resolve(".env"),
                "DODO_PAYMENTS_API_KEY=dodo_test_wrong\nDODO_PAYMENTS_BASE_URL=" + dodo.dodoBaseUrl() + "\n");

        Commands.Ended ended = setup("--yes");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.errors()).contains("401", "DODO_PAYMENTS_API_KEY").doesNotContain("dodo_test_wrong");
    }

    @Test
    void mistakesInThePlansAreNamedWithTheirPlace() throws Exception {
        Path wrong = folder.resolve("plans.yaml");
        Files.writeString(wrong, "plans:\n  starter:\n    name: Starter\n    price: 29 dollars\n    credit: 5\n");
        List<String> errors = new ArrayList<>();

        int exitCode = capturing(errors, () -> run(wrong, "--yes")).exitCode();

        assertThat(exitCode).isEqualTo(2);
        assertThat(errors.getFirst())
                .contains("plans.yaml:4:", "expected a price such as \"29.00 USD\"")
                .contains("plans.yaml:5:", "did you mean `credits`?");
    }

    private Commands.Ended setup(String... arguments) {
        return run(PLANS, arguments);
    }

    private Commands.Ended run(Path plans, String... arguments) {
        List<String> all = new ArrayList<>(List.of(
                "setup",
                "--config",
                folder.resolve("tollgate.yaml").toString(),
                "--env-file",
                folder.resolve(".env").toString(),
                "--plans",
                plans.toString()));
        all.addAll(List.of(arguments));
        return Commands.run(all.toArray(String[]::new));
    }

    private void writeEnv(String first) throws IOException {
        Files.writeString(
                folder.resolve(".env"),
                first + "DODO_PAYMENTS_API_KEY=" + SandboxOptions.defaults().dodoApiKey() + "\nDODO_PAYMENTS_BASE_URL="
                        + dodo.dodoBaseUrl() + "\n");
    }

    private Map<String, String> env() {
        return DotEnv.read(folder.resolve(".env")).variables();
    }

    private String product(String name) throws IOException, InterruptedException {
        return dodo("/products/" + env().get("DODO_PRODUCT_" + name));
    }

    private String dodo(String path) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(dodo.dodoBaseUrl() + path))
                    .header(
                            "Authorization",
                            "Bearer " + SandboxOptions.defaults().dodoApiKey())
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString())
                    .body()
                    .replace(" ", "");
        }
    }

    private interface Run {
        Commands.Ended run();
    }

    private static Commands.Ended answering(String typed, Run run) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8)));
        try {
            return run.run();
        } finally {
            System.setIn(before);
        }
    }

    private static Commands.Ended capturing(List<String> errors, Run run) {
        java.io.PrintStream before = System.err;
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        System.setErr(new java.io.PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            return run.run();
        } finally {
            System.setErr(before);
            errors.add(bytes.toString(StandardCharsets.UTF_8));
        }
    }
}
