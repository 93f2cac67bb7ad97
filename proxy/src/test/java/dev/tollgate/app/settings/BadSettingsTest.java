package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.ENVIRONMENT;
import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.environmentWith;
import static dev.tollgate.app.settings.Loading.load;
import static dev.tollgate.app.settings.Loading.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of mistake, with its place and words. */
class BadSettingsTest {

    @Test
    void allProblemsAreFoundAtOnceInTheOrderOfTheFile() {
        assertThat(problems("""
                serve: {}
                server:
                  lisen: "0.0.0.0:80"
                  event_loops: 1.5
                limits:
                  bdy: 1MiB
                  body: 10MB
                  body: 1MiB
                keys:
                  - customer: cus_1
                  - key: 0123456789abcdef-
                """))
                .containsExactly(
                        "1:1: serve: unknown key; did you mean `server`?",
                        "3:3: server.lisen: unknown key; did you mean `listen`?",
                        "4:16: server.event_loops: expected a whole number, found a number with a fraction",
                        "6:3: limits.bdy: unknown key; did you mean `body`?",
                        "7:9: limits.body: expected a size such as 256KiB or 10MiB, found `10MB`; the units are B, GiB,"
                                + " KiB, MiB",
                        "8:3: limits.body: is given twice; the first is in line 7",
                        "10:5: keys[0].key: needs `key` or `hash`",
                        "11:5: keys[1].customer: is required; the id of the Dodo customer who pays");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "server: 5 | 1:9: server: expected a mapping, found a whole number",
                "server: [] | 1:9: server: expected a mapping, found a list",
                "server: { listen: 80 } | 1:19: server.listen: expected host:port, found a whole number; put quotes around it",
                "server: { listen: {} } | 1:19: server.listen: expected host:port, found a mapping",
                "server: { listen: } | 1:18: server.listen: expected host:port, found nothing; give a value, or remove the key for its default",
                "server: { drain: 30 } | 1:18: server.drain: expected a duration such as 500ms, 30s, 5m or 1h, found ~30~; add a unit: d, h, m, ms, s",
                "server: { drain: 2h } | 1:18: server.drain: must be from 0s to 1h, found ~2h~",
                "server: { drain: -1s } | 1:18: server.drain: expected a duration such as 500ms, 30s, 5m or 1h, found ~-1s~",
                "server: { drain: 99999999999999999999d } | 1:18: server.drain: must be from 0s to 1h, found ~99999999999999999999d~",
                "server: { transport: epol } | 1:22: server.transport: expected one of auto, epoll, io_uring, nio, found ~epol~; did you mean ~epoll~?",
                "server: { transport: xyz } | 1:22: server.transport: expected one of auto, epoll, io_uring, nio, found ~xyz~",
                "server: { public_url: 'ftp://x' } | 1:23: server.public_url: expected an http or https URL, found ~ftp://x~; for example https://api.example.com/v1",
                "server: { public_url: 'http://u:p@x' } | 1:23: server.public_url: a URL must not hold a password; use a key of its own for it",
                "server: { public_url: 'http://x/?q=1' } | 1:23: server.public_url: must not have a query or fragment; end the URL before the ? or #",
                "server: { listen: 'x:99999' } | 1:19: server.listen: the port is at most 65535, found ~x:99999~",
                "limits: { header_count: 0 } | 1:25: limits.header_count: must be from 1 to 10000, found ~0~",
                "limits: { header_count: 0x10 } | 1:25: limits.header_count: expected a whole number, found ~0x10~",
                "limits: { header_count: yes } | 1:25: limits.header_count: expected a whole number, found ~yes~",
                "limits: { header_count: true } | 1:25: limits.header_count: expected a whole number, found true or false",
                "limits: { header_count: 1e3 } | 1:25: limits.header_count: expected a whole number, found a number with a fraction",
                "limits: { body: 2GiB } | 1:17: limits.body: must be from 1KiB to 1GiB, found ~2GiB~",
                "journal: { retention: 39d } | 1:23: journal.retention: must be from 40d to 36500d, found `39d`",
                "journal: { retention: never } | 1:23: journal.retention: expected a duration such as 500ms, 30s, 5m or 1h, found `never`",
                "journal: { path: '' } | 1:18: journal.path: expected a path, found ~~",
                "journal: { path: !!binary aGk= } | 1:18: journal.path: expected a path, found a value with a tag",
                "dodo: { webhook_keys: [] } | 1:23: dodo.webhook_keys: needs at least one",
                "dodo: { webhook_keys: whsec_abcd } | 1:23: dodo.webhook_keys: expected a list, found text; begin each item with ~- ~",
                "dodo: { webhook_keys: ['whsec_!!'] } | 1:24: dodo.webhook_keys[0]: not a webhook signing secret; it begins with whsec_ and the rest is base64",
                "dodo: { api_key: 'a b' } | 1:18: dodo.api_key: has spaces or characters that a header cannot carry",
                "dodo: { ship: { batch: 1001 } } | 1:24: dodo.ship.batch: must be from 1 to 1000, found ~1001~",
                "gate: { default_max_output: 0 } | 1:29: gate.default_max_output: must be from 1 to 100000000, found ~0~",
                "upstreams: [] | 1:12: upstreams: needs at least one",
                "upstreams: [ 5 ] | 1:14: upstreams[0]: expected a mapping, found a whole number",
                "plans: { 'a b': {} } | 1:10: plans.a b: expected a name of letters, digits, . _ -",
                "plans: { a: { overage: maybe } } | 1:24: plans.a.overage: expected off, dodo, unlimited or a number of units from 1 to 1000000000000000, found ~maybe~",
                "plans: { a: { overage: 0 } } | 1:24: plans.a.overage: expected off, dodo, unlimited or a number of units from 1 to 1000000000000000, found ~0~",
                "keys: {} | 1:7: keys: expected a list, found a mapping; begin each item with ~- ~",
                "models: ./none.yaml | none.yaml:1:1: there is no such file; check its path",
                "? [a] | 1:3: expected a key, found a list",
                "[] | 1:1: expected a mapping, found a list",
                "text | 1:1: expected a mapping, found text"
            })
    void aMistakeIsNamedWithItsPlace(String yaml, String problem) {
        String expected = problem.replace('~', '`').replaceFirst("^none.yaml", "./none.yaml");
        assertThat(problems(yaml)).containsExactly(expected);
    }

    @Test
    void anUnknownKeyFarFromAnyNameGetsTheKnownOnes() {
        assertThat(problems("journal: { wxyzwxyz: 1 }"))
                .containsExactly("1:12: journal.wxyzwxyz: unknown key; known here: path, retention, holds");
    }

    @Test
    void theCaseAndSeparatorsOfAKeyAreNotWhatItIsRecognisedBy() {
        assertThat(problems("limits: { headerCount: 5 }"))
                .containsExactly("1:11: limits.headerCount: unknown key; did you mean `header_count`?");
    }

    @Test
    void anUpstreamNeedsItsNameUrlAndKeyAndANameOfItsOwn() {
        assertThat(problems("upstreams:\n  - {}\n"))
                .containsExactly(
                        "2:5: upstreams[0].name: is required; for example openai",
                        "2:5: upstreams[0].base_url: is required; for example https://api.openai.com/v1",
                        "2:5: upstreams[0].api_key: is required; for example \"${OPENAI_API_KEY}\"");
        assertThat(problems("""
                upstreams:
                  - { name: a, base_url: https://a, api_key: k }
                  - { name: a, base_url: https://b, api_key: k }
                """)).containsExactly("3:13: upstreams[1].name: another upstream has this name");
    }

    @Test
    void missingVariablesAreNamedWithWhereToGetThem() {
        assertThat(problems(load(SMALLEST, Map.of())))
                .containsExactly(
                        "1:1: upstreams[0].api_key: the environment variable OPENAI_API_KEY is not set; create a key at"
                                + " https://platform.openai.com/api-keys",
                        "1:1: dodo.api_key: the environment variable DODO_PAYMENTS_API_KEY is not set; create a key in"
                                + " the Dodo Payments dashboard under Developer, API Keys",
                        "1:1: dodo.webhook_keys: the environment variable DODO_PAYMENTS_WEBHOOK_KEY is not set; copy the"
                                + " endpoint's signing secret in the Dodo Payments dashboard under Developer, Webhooks",
                        "4:10: keys[0].key: the environment variable DEMO_KEY is not set; set it, or write"
                                + " ${DEMO_KEY:-default}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "${DATA | ${ without a closing }",
                "${} | not a reference to a variable or file",
                "${1A} | not a reference to a variable or file",
                "${A:-${B}} | not a reference to a variable or file"
            })
    void badReferencesAreRefused(String reference, String message) {
        assertThat(problems("journal: { path: \"" + reference + "\" }"))
                .containsExactly("1:18: journal.path: " + message
                        + "; write ${NAME}, ${NAME:-default} or ${file:/path}; $${ stands for ${ itself");
    }

    @Test
    void aSecretFileThatCannotBeReadIsNamed() {
        assertThat(problems("journal: { path: \"${file:/no/such/secret}\" }"))
                .containsExactly("1:18: journal.path: the file /no/such/secret cannot be read; check that it exists and"
                        + " its permissions");
    }

    @Test
    void keysAreCheckedAgainstEachOtherAndThePlans() {
        String hash = ApiKeys.hash("demo-key-of-the-merchant").toString();

        assertThat(problems("""
                plans: { gold: {} }
                keys:
                  - { id: a, key: "${DEMO_KEY}", customer: c }
                  - { id: a, hash: "%s", customer: c, plan: gild }
                  - { key: 0123456789abcdef-, hash: "%s", customer: c }
                  - { key: 0123456789abcdef-, customer: "a b", disabled: 1 }
                """.formatted(hash, ApiKeys.hash("x"))))
                .containsExactly(
                        "4:11: keys[1].id: another key has this id; the first is in line 3",
                        "4:20: keys[1].hash: the same key is given twice; the first is in line 3",
                        "4:114: keys[1].plan: unknown plan; did you mean `gold`?",
                        "5:37: keys[2].hash: a key has either `key` or `hash`",
                        "6:12: keys[3].key: the same key is given twice; the first is in line 5",
                        "6:41: keys[3].customer: expected a Dodo customer id such as cus_123, found `a b`",
                        "6:58: keys[3].disabled: expected true or false, found a whole number");
    }

    @Test
    void keysOfBadFormAreRefusedWithoutShowingThem() {
        String own = "tg_" + "a".repeat(38);
        List<String> problems = problems("""
                keys:
                  - { key: abcdefg, customer: c }
                  - { key: "with spaces in it", customer: c }
                  - { key: %s, customer: c }
                  - { hash: "sha256:abc-hidden", customer: c }
                  - { key: 1234567890123456, customer: c }
                """.formatted(own));

        assertThat(problems)
                .containsExactly(
                        "2:12: keys[0].key: a key has 8 to 512 printable ASCII characters without spaces",
                        "3:12: keys[1].key: a key has 8 to 512 printable ASCII characters without spaces",
                        "4:12: keys[2].key: the key's checksum is wrong; look for a mistyped character",
                        "5:13: keys[3].hash: expected sha256: and 64 hex digits",
                        "6:12: keys[4].key: expected a key, found a whole number; put quotes around it");
    }

    @Test
    void anEmptySecretFileIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), "\n");

        assertThat(problems("dodo: { api_key: '${file:" + file + "}' }"))
                .containsExactly("1:18: dodo.api_key: is empty");
    }

    @Test
    void noSecretIsShownWhereverItWasPut() {
        String secret = "sk-hidden-hidden";
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.put("OPENAI_API_KEY", secret);
        String[] texts = {
            "server: { listen: " + secret + " }",
            "server: { listen: '${OPENAI_API_KEY}' }",
            "server: { " + secret + ": 1 }",
            "plans: { " + secret + "!: {} }",
            "dodo: { environment: '${OPENAI_API_KEY}' }",
            "dodo: { webhook_keys: [" + secret + "] }",
            "keys: [ { key: '" + secret + " ', customer: c } ]",
            "keys: [ { key: 0123456789abcdef, customer: c, plan: " + secret + " } ]",
            "keys: [ { key: *" + secret + ", customer: c } ]",
            "keys: [ { key: !" + secret + "!x y, customer: c } ]",
            "keys: [ { key: &" + secret + " &b y, customer: c } ]",
            "%" + secret + "\n---\n",
            "keys: [ { key: '" + secret,
            "keys:\n  " + secret + "\n  x: 1\n",
        };

        for (String text : texts) {
            assertThat(problems(load(text, environment)))
                    .as(text)
                    .allSatisfy(problem -> assertThat(problem).doesNotContain("hidden"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "server: { a | 1:12: not valid YAML:",
                "server:\\n\\tlisten: x | 2:1: not valid YAML:",
                "a: 'x | 1:6: not valid YAML:",
                "a: 1\\n---\\nb: 2 | 2:1: not valid YAML: a second document begins here; the settings are one document",
                "a: *b | 1:4: not valid YAML: a reference (*name) to an anchor that does not exist",
                "a: &b [ *b ] | 1:4: refers to itself",
                "a: \\1 | 1:4: the character U+0001 is not allowed",
                "# nothing | 1:1: the file is empty"
            })
    void brokenYamlIsNamedWithItsPlace(String yaml, String problem) {
        assertThat(problems(yaml.translateEscapes()))
                .anySatisfy(found -> assertThat(found).startsWith(problem));
    }

    @Test
    void aliasBombsAndDeepNestingAreRefused() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 10; i++) {
            String reference = "*a" + (i - 1);
            bomb.append("a" + i + ": &a" + i + " [" + (reference + ",").repeat(8) + reference + "]\n");
        }

        assertThat(problems(bomb.toString())).containsExactly("7:30: not valid YAML: more than 50 references (*name)");
        assertThat(problems("a: " + "[".repeat(100_000))).containsExactly("1:35: not valid YAML: more than 32 levels");
        assertThat(problems("? ".repeat(50_000))).containsExactly("1:65: not valid YAML: more than 32 levels");
    }

    @Test
    void manyProblemsAreCounted() {
        List<String> problems = problems("keys:\n" + "  - {}\n".repeat(2000));

        assertThat(problems).hasSize(1001);
        assertThat(problems.getLast()).endsWith("and 3000 more");
    }

    @Test
    void aFileThatIsNotACertificateFileIsRefused() {
        assertThat(problems("upstreams: [ { name: a, base_url: https://a, api_key: k, trust_certificates: /none } ]"))
                .containsExactly("1:78: upstreams[0].trust_certificates: the file cannot be read, found `/none`; check"
                        + " that it exists and its permissions");
    }

    @Test
    void aBadEnvironmentVariableIsNamedByItsReference() {
        assertThat(problems(load(SMALLEST, environmentWith("DODO_ENVIRONMENT", "live"))))
                .containsExactly("1:1: dodo.environment: expected one of test_mode, live_mode, found"
                        + " `${DODO_ENVIRONMENT:-test_mode}`");
    }
}
