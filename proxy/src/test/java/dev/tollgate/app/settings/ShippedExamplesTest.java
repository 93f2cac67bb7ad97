package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.load;
import static dev.tollgate.app.settings.Loading.loaded;
import static dev.tollgate.app.settings.Loading.problems;
import static dev.tollgate.app.settings.Loading.shipped;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.tollgate.app.settings.Settings.Upstream;
import dev.tollgate.upstream.Dialect;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The providers of the shipped file: the examples in its comments work, and what cannot work is refused. */
class ShippedExamplesTest {
    private static final String ENTRY = "{ name: a, base_url: \"https://a.example/v1\", api_key: k";

    private static String uncommented() {
        String file = shipped("tollgate.yaml");
        int end = file.indexOf("\ndodo:");
        return file.substring(0, end).replaceAll("(?m)^  # (- name: |  [a-z_]+:)", "  $1") + file.substring(end);
    }

    @Test
    void theProvidersInTheCommentsWorkWhenTheyAreUncommented() {
        Map<String, String> environment = new HashMap<>(Loading.ENVIRONMENT);
        environment.put("AZURE_OPENAI_API_KEY", "azure-key");
        SettingsLoader.Loaded loaded = loaded(load(uncommented(), environment));

        assertThat(loaded.warnings()).isEmpty();
        List<Upstream> upstreams = loaded.settings().upstreams();
        assertThat(upstreams).extracting(Upstream::name).containsExactly("openai", "azure", "vllm");
        assertThat(upstreams.get(1).dialect().kind()).isEqualTo(Dialect.Kind.AZURE);
        assertThat(upstreams.get(1).dialect().nameOf("gpt-4o")).isEqualTo("my-gpt-4o-deployment");
        assertThat(upstreams.get(2).dialect().capMember()).isEqualTo(Dialect.CapMember.MAX_TOKENS);
        assertThat(upstreams.get(2).dialect().framingTokens()).isEqualTo(500);
        assertThat(upstreams.get(2).models()).containsExactly("llama-*", "qwen*");
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(shipped("tollgate.schema.json"))
                        .validate(uncommented(), InputFormat.YAML))
                .isEmpty();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(", kind: azur }", "did you mean `azure`"),
                Arguments.of(", kind: azure }", "base_url: does not end with /openai/v1"),
                Arguments.of(", kind: azure, api_version: \"2024-10-21\" }", "is for the classic paths"),
                Arguments.of(", api_version: \"2024-10-21\" }", "is only for kind azure"),
                Arguments.of(", models: [] }", "needs at least one"),
                Arguments.of(", models: [\"a*b\"] }", "expected a model's name"),
                Arguments.of(", cap_member: max }", "expected one of max_completion_tokens, max_tokens"),
                Arguments.of(", rate_limit_headers: keep }", "expected one of drop, pass"),
                Arguments.of(", headers: { Authorization: x } }", "Tollgate sets this header itself"),
                Arguments.of(", headers: { \"a b\": x } }", "expected a header's name"),
                Arguments.of(", headers: { x: \"a\\r\\nb\" } }", "cannot carry"),
                Arguments.of(", model_names: { a: \"b c\" } }", "without spaces"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotWorkIsRefused(String more, String says) {
        assertThat(problems("upstreams: [" + ENTRY + more + "]\n"))
                .anySatisfy(problem -> assertThat(problem).contains(says));
    }

    @Test
    void headerValuesAreSecret() {
        Upstream upstream = loaded(load("upstreams: [" + ENTRY + ", headers: { x-key: very-secret } }]\n"))
                .settings()
                .upstreams()
                .getFirst();

        assertThat(upstream.dialect().headers()).containsEntry("x-key", "very-secret");
        assertThat(upstream.toString()).doesNotContain("very-secret");
    }
}
