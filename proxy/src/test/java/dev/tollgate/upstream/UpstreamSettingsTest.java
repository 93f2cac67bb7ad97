package dev.tollgate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpstreamSettingsTest {
    private static UpstreamSettings at(String baseUrl, Dialect.Kind kind, @Nullable String apiVersion) {
        Dialect dialect = new Dialect(
                kind,
                Dialect.CapMember.MAX_COMPLETION_TOKENS,
                true,
                Map.of("gpt-4o", "my deployment/ü"),
                0,
                apiVersion,
                Map.of(),
                Dialect.RateLimitHeaders.DROP);
        return new UpstreamSettings(
                "a",
                URI.create(baseUrl),
                "key",
                null,
                dialect,
                new ModelPatterns(List.of()),
                0,
                new UpstreamSettings.Patience(1, 1, 1, 1, 1, 1, 1));
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            http://h/v1,               -,          /models,        /v1/models
            http://h,                  -,          /models,        /models
            http://h/,                 -,          /models,        /models
            http://h/a/b/,             -,          /models?x=1,    /a/b/models?x=1
            http://h/v1?k=1&l=2,       -,          /models,        /v1/models?k=1&l=2
            http://h/v1?k=1,           -,          /models?x=1,    /v1/models?x=1&k=1
            http://h,                  2024-10-21, /models,        /openai/models?api-version=2024-10-21
            """)
    void requestsWithoutAModelGoBehindThePrefix(
            String baseUrl, @Nullable String apiVersion, String path, String target) {
        Dialect.Kind kind = apiVersion == null ? Dialect.Kind.OPENAI : Dialect.Kind.AZURE;

        assertThat(at(baseUrl, kind, apiVersion).target(path, null)).isEqualTo(target);
    }

    @Test
    void aDeploymentIsEncodedIntoAzuresClassicPath() {
        assertThat(at("http://h", Dialect.Kind.AZURE, "v").target("/chat/completions", "gpt-4o"))
                .isEqualTo("/openai/deployments/my%20deployment%2F%C3%BC/chat/completions?api-version=v");
        assertThat(at("http://h/openai/v1", Dialect.Kind.AZURE, null).target("/chat/completions", "gpt-4o"))
                .isEqualTo("/openai/v1/chat/completions");
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o, gpt-4o, 2147483647",
        "gpt-4o, gpt-4o-mini, -1",
        "gpt-4o*, gpt-4o-mini, 6",
        "gpt-4o*, gpt-4o, 6",
        "*, anything, 0",
        "gpt-4o*, gpt-4, -1",
        "GPT-4o, gpt-4o, -1"
    })
    void patternsMatchExactlyOrByPrefix(String pattern, String model, int closeness) {
        assertThat(new ModelPatterns(List.of(pattern)).closeness(model)).isEqualTo(closeness);
        assertThat(new ModelPatterns(List.of("x", pattern)).closeness(model)).isEqualTo(closeness);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, 50000",
                "timeout=5, 4000",
                "'timeout=5, max=100', 4000",
                "'max=100, Timeout = 5', 4000",
                "timeout=1, 0",
                "timeout=0, 0",
                "timeout=600, 50000",
                "max=3, 50000",
                "nonsense, 50000"
            })
    void aConnectionIsGivenUpBeforeTheProviderDoes(@Nullable String header, long millis) {
        assertThat(KeepAlive.idleMillis(header, 50_000)).isEqualTo(millis);
    }
}
