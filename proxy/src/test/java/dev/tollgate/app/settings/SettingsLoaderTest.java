package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.ENVIRONMENT;
import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.environmentWith;
import static dev.tollgate.app.settings.Loading.load;
import static dev.tollgate.app.settings.Loading.loaded;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.settings;
import static dev.tollgate.app.settings.Loading.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.admission.Caller;
import dev.tollgate.app.settings.Settings.Address;
import dev.tollgate.app.settings.Settings.Environment;
import dev.tollgate.app.settings.Settings.Plan;
import dev.tollgate.app.settings.Settings.Secret;
import dev.tollgate.app.settings.Settings.Transport;
import dev.tollgate.ledger.Overage;
import dev.tollgate.limits.Restrictions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What good files say. */
class SettingsLoaderTest {

    @Test
    void aProblemIsOneLineWhateverCharacterItQuotes() {
        SettingsLoader.Result result =
                SettingsLoader.load(Loading.FILE, "%\nkeys: []\n".getBytes(StandardCharsets.UTF_8), Map.of(), null);

        assertThat(((SettingsLoader.Rejected) result).problems())
                .hasSize(1)
                .allSatisfy(problem -> assertThat(problem.toString())
                        .contains("not valid YAML")
                        .doesNotContain("\n"));
    }

    @Test
    void theSmallestFileHasAllDefaults() {
        Settings settings = settings(SMALLEST);

        assertThat(settings.server().listen()).isEqualTo(new Address("127.0.0.1", 8080));
        assertThat(settings.server().transport()).isEqualTo(Transport.AUTO);
        assertThat(settings.server().drainMillis()).isEqualTo(30_000);
        assertThat(settings.server().publicUrl()).isNull();
        assertThat(settings.limits().bodyBytes()).isEqualTo(16 << 20);
        assertThat(settings.limits().idleTimeoutMillis()).isEqualTo(360_000);
        assertThat(settings.upstreams()).singleElement().satisfies(upstream -> {
            assertThat(upstream.name()).isEqualTo("openai");
            assertThat(upstream.baseUrl()).isEqualTo(URI.create("https://api.openai.com/v1"));
            assertThat(upstream.apiKey()).isEqualTo(new Secret("sk-upstream"));
        });
        assertThat(settings.dodo().environment()).isEqualTo(Environment.TEST_MODE);
        assertThat(settings.dodo().baseUrl()).isEqualTo(URI.create("https://test.dodopayments.com"));
        assertThat(settings.dodo().webhookKeys()).containsExactly(new Secret(Loading.WEBHOOK_KEY));
        assertThat(settings.dodo().entitlement()).isNull();
        assertThat(settings.gate().staleAfterMillis()).isEqualTo(86_400_000);
        assertThat(settings.plans()).isEqualTo(Map.of("default", plan(new Overage.AsDodoSays())));
        assertThat(settings.topUpUrl()).isEmpty();
    }

    @Test
    void theEnvironmentFillsTheDefaultsOfAbsentSections() {
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.putAll(Map.of(
                "OPENAI_BASE_URL", "http://localhost:4010/prefix/v1/",
                "DODO_ENVIRONMENT", "live_mode",
                "CREDIT_ENTITLEMENT_ID", "cde_1",
                "BASE_URL", "https://ai.example.com"));

        Settings settings = loaded(load(SMALLEST, environment)).settings();

        assertThat(settings.upstreams().getFirst().baseUrl()).isEqualTo(URI.create("http://localhost:4010/prefix/v1"));
        assertThat(settings.dodo().baseUrl()).isEqualTo(URI.create("https://live.dodopayments.com"));
        assertThat(settings.dodo().entitlement()).isEqualTo("cde_1");
        assertThat(settings.topUpUrl()).contains(URI.create("https://ai.example.com"));
    }

    @Test
    void anEmptyVariableCountsAsNotSet() {
        Settings settings =
                loaded(load(SMALLEST, environmentWith("DODO_ENVIRONMENT", ""))).settings();

        assertThat(settings.dodo().environment()).isEqualTo(Environment.TEST_MODE);
    }

    @Test
    void aPlainKeyIsKeptOnlyAsItsHash() {
        Settings settings = settings(SMALLEST);

        assertThat(settings.keys()).singleElement().satisfies(key -> {
            assertThat(key.hash()).isEqualTo(ApiKeys.hash("demo-key-of-the-merchant"));
            assertThat(key.customer()).isEqualTo("cus_123");
            assertThat(key.plan()).isEqualTo("default");
            assertThat(key.id()).startsWith("key_").hasSize(16);
        });
        assertThat(settings.toString())
                .doesNotContain("demo-key-of-the-merchant", "sk-upstream", "dodo-key", Loading.WEBHOOK_KEY);
    }

    @Test
    void plansAndTheirOveragesAreRead() {
        Settings settings = settings(SMALLEST + """
                plans:
                  none: { overage: off }
                  all: { overage: unlimited }
                  some: { overage: 1_000_000 }
                  plain:
                """);

        assertThat(settings.plans())
                .isEqualTo(Map.of(
                        "default", plan(new Overage.AsDodoSays()),
                        "none", plan(new Overage.Off()),
                        "all", plan(new Overage.Unlimited()),
                        "some", plan(new Overage.UpTo(1_000_000)),
                        "plain", plan(new Overage.AsDodoSays())));
    }

    @Test
    void textMayReferToVariablesAndFiles(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "a-key-from-a-file\r\n\n");

        Settings settings = settings("""
                gate: { topup_url: "https://example.com/${NOBODY:-pay}?plain=$${NOBODY}" }
                keys:
                  - key: "${file:%s}"
                    customer: cus_1
                """.formatted(secret).replace("$${NOBODY}\"", "$$\""));

        assertThat(settings.gate().topUpUrl()).isEqualTo(URI.create("https://example.com/pay?plain=$$"));
        assertThat(settings.keys().getFirst().hash()).isEqualTo(ApiKeys.hash("a-key-from-a-file"));
    }

    @Test
    void aDoubledDollarKeepsTheBrace() {
        Settings settings = settings(
                "keys:\n  - { key: 'a-${x}-key-$${NOBODY}-of-mine', customer: c }\n".replace("${x}", "${DEMO_KEY}"));

        assertThat(settings.keys().getFirst().hash())
                .isEqualTo(ApiKeys.hash("a-demo-key-of-the-merchant-key-${NOBODY}-of-mine"));
    }

    @Test
    void whatAReferenceStandsForIsNotLookedAtAgain() {
        Settings settings = loaded(load(SMALLEST, environmentWith("DEMO_KEY", "a-${OPENAI_API_KEY}-key-as-it-is")))
                .settings();

        assertThat(settings.keys().getFirst().hash()).isEqualTo(ApiKeys.hash("a-${OPENAI_API_KEY}-key-as-it-is"));
    }

    @Test
    void numbersMayBeGroupedAndMayComeFromTheEnvironment() {
        Settings settings = loaded(load(
                        SMALLEST + "limits: { connections: 20_000, header_count: \"${COUNT}\", body: 1_024KiB }",
                        environmentWith("COUNT", "50")))
                .settings();

        assertThat(settings.limits().connections()).isEqualTo(20_000);
        assertThat(settings.limits().headerCount()).isEqualTo(50);
        assertThat(settings.limits().bodyBytes()).isEqualTo(1 << 20);
    }

    @Test
    void addressesMayBeNamesOrIpv6() {
        Settings settings = settings("server: { listen: \"[::1]:0\", admin: localhost:9090 }\n");

        assertThat(settings.server().listen()).isEqualTo(new Address("::1", 0));
        assertThat(settings.server().listen()).hasToString("[::1]:0");
        assertThat(settings.server().admin()).isEqualTo(new Address("localhost", 9090));
    }

    @Test
    void aliasesStandForWhatTheyReferTo() {
        Settings settings =
                settings("plans: { a: &a { overage: 5 }, b: *a }\nkeys: [ { key: 0123456789abcdef-, customer: c } ]");

        assertThat(settings.plans().get("b")).isEqualTo(plan(new Overage.UpTo(5)));
        assertThat(settings("plans: { a: &a { overage: 5 }, b: { <<: *a } }")
                        .plans()
                        .get("b"))
                .isEqualTo(plan(new Overage.UpTo(5)));
    }

    @Test
    void aByteOrderMarkIsAllowed() {
        assertThat(loaded(load("\uFEFF" + SMALLEST)).settings()).isEqualTo(settings(SMALLEST));
    }

    @Test
    void doubtfulSettingsAreWarnings() {
        assertThat(warnings("""
                upstreams:
                  - name: far
                    base_url: http://10.0.0.1/v1
                    api_key: k
                keys:
                  - key: short-key
                    customer: c
                """))
                .containsExactly(
                        "tollgate.yaml:3:15: upstreams[0].base_url: sends the API key over http, where it can be read on"
                                + " the way; use https",
                        "tollgate.yaml:6:10: keys[0].key: a key this short can be guessed; use 16 or more random"
                                + " characters");
        assertThat(warnings("journal: { path: data }"))
                .containsExactly(
                        "tollgate.yaml:1:1: keys: no keys: every request will be refused; make one with `tollgate keys"
                                + " new`");
    }

    @Test
    void aFileCanBeReadFromDisk(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("settings.yaml"), SMALLEST);

        assertThat(loaded(SettingsLoader.load(file, ENVIRONMENT)).settings()).isEqualTo(settings(SMALLEST));
    }

    @Test
    void filesThatCannotBeReadAreRefused(@TempDir Path folder) throws IOException {
        Path large = folder.resolve("large");
        Files.write(large, new byte[(32 << 20) + 1]);

        assertThat(problems(SettingsLoader.load(folder.resolve("none"), ENVIRONMENT)))
                .containsExactly(folder.resolve("none") + ":1:1: there is no such file; check its path");
        assertThat(problems(SettingsLoader.load(folder, ENVIRONMENT)))
                .containsExactly(folder + ":1:1: the file cannot be read; check that it is a file and its permissions");
        assertThat(problems(SettingsLoader.load(large, ENVIRONMENT)))
                .containsExactly(large + ":1:1: the file is larger than 32 MiB");
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedWhereTheyBegin() {
        byte[] bytes = "server:\n  listen: \u00e4\u00e4".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(problems(SettingsLoader.load(Loading.FILE, bytes, ENVIRONMENT, null)))
                .containsExactly("2:11: not UTF-8 from here on; save the file as UTF-8");
    }

    @Test
    void aHundredThousandKeysAreRead() {
        StringBuilder yaml = new StringBuilder("keys:\n");
        for (int i = 0; i < 100_000; i++) {
            yaml.append(ApiKeys.yamlLine(ApiKeys.hash("key " + i), "cus_" + i)).append('\n');
        }

        assertThat(settings(yaml.toString()).keys()).hasSize(100_000);
    }

    private static Plan plan(Overage overage) {
        return new Plan(overage, new Caller.HoldPolicy.Strict(), Caller.Disconnect.DRAIN, Restrictions.NONE);
    }
}
