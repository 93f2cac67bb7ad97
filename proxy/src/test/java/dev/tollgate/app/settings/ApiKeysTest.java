package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.ApiKeys.Form.BAD_CHECKSUM;
import static dev.tollgate.app.settings.ApiKeys.Form.FOREIGN;
import static dev.tollgate.app.settings.ApiKeys.Form.WELL_FORMED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.app.settings.Settings.Environment;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {

    @Test
    void generatedKeysAreWellFormedAndDiffer() {
        Random random = new Random(7);
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            String live = ApiKeys.generate(random, Environment.LIVE_MODE);
            String test = ApiKeys.generate(random, Environment.TEST_MODE);
            assertThat(live).matches("tg_live_[0-9A-Za-z]{38}");
            assertThat(test).matches("tg_[0-9A-Za-z]{38}");
            assertThat(ApiKeys.check(live)).isEqualTo(WELL_FORMED);
            assertThat(ApiKeys.check(test)).isEqualTo(WELL_FORMED);
            keys.add(live);
            keys.add(test);
        }
        assertThat(keys).hasSize(400);
    }

    @Test
    void everyMistypedCharacterBreaksTheChecksum() {
        String key = ApiKeys.generate(new Random(8), Environment.LIVE_MODE);
        for (int i = "tg_live_".length(); i < key.length(); i++) {
            char other = key.charAt(i) == 'x' ? 'y' : 'x';
            assertThat(ApiKeys.check(key.substring(0, i) + other + key.substring(i + 1)))
                    .isEqualTo(BAD_CHECKSUM);
        }
    }

    @Test
    void anyOtherFormIsForeign() {
        String key = ApiKeys.generate(new Random(9), Environment.TEST_MODE);

        assertThat(ApiKeys.check("sk-proj-abc")).isEqualTo(FOREIGN);
        assertThat(ApiKeys.check(key + "x")).isEqualTo(FOREIGN);
        assertThat(ApiKeys.check(key.substring(1))).isEqualTo(FOREIGN);
        assertThat(ApiKeys.check("")).isEqualTo(FOREIGN);
    }

    @Test
    void theFormOfAKeyStaysAsItIs() {
        assertThat(ApiKeys.check("tg_000000000000000000000000000000003hOmhk")).isEqualTo(WELL_FORMED);
    }

    @Test
    void theHashIsSha256() {
        ApiKeys.Hash hash = ApiKeys.hash("abc");

        assertThat(hash).hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(ApiKeys.Hash.parse(hash.toString())).contains(hash);
        assertThat(hash.bytes()).hasSize(32);
        assertThat(ApiKeys.hash("abd")).isNotEqualTo(hash);
        assertThat(ApiKeys.Hash.parse("sha256:abc")).isEmpty();
    }

    @Test
    void theBytesOfAHashCannotBeChanged() {
        ApiKeys.Hash hash = ApiKeys.hash("abc");
        hash.bytes()[0] = 0;

        assertThat(hash).isEqualTo(ApiKeys.hash("abc"));
    }

    @Test
    void theYamlLineIsReadBack() {
        String line = ApiKeys.yamlLine(ApiKeys.hash("a-key-of-mine-1234"), "cus_\"${X}\\");

        assertThat(Loading.settings("keys:\n" + line + "\n").keys())
                .singleElement()
                .satisfies(key -> {
                    assertThat(key.hash()).isEqualTo(ApiKeys.hash("a-key-of-mine-1234"));
                    assertThat(key.customer()).isEqualTo("cus_\"${X}\\");
                });
    }
}
