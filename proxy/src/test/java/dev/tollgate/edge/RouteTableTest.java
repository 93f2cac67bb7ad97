package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.app.settings.SettingsLoader;
import dev.tollgate.exchange.Route;
import dev.tollgate.openai.ModelRequest.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every route of OpenAI's API is decided, and nothing is served by accident. */
class RouteTableTest {
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "OPENAI_API_KEY",
            "k",
            "DODO_PAYMENTS_API_KEY",
            "k",
            "DODO_PAYMENTS_WEBHOOK_KEY",
            "whsec_c2VjcmV0LXNlY3JldA==");

    @TempDir
    private static Path folder;

    private static RouteTable shipped;

    @BeforeAll
    static void readTheShippedTable() throws IOException {
        shipped = table("");
    }

    @Test
    void everyOperationOfTheSpecificationIsDecided() throws IOException {
        List<String> undecided = new ArrayList<>();
        for (JsonNode operation : specification()) {
            String method = operation.get("method").asText();
            String path = example(operation.get("path").asText());
            for (String target : List.of(path, "/v1" + path)) {
                RouteTable.Match match = shipped.match(method, target);
                if (match instanceof RouteTable.Match.Unknown || match instanceof RouteTable.Match.WrongMethod) {
                    undecided.add(method + " " + target);
                }
            }
        }
        assertThat(undecided).isEmpty();
    }

    @Test
    void onlyTheseOperationsAreServed() throws IOException {
        Set<String> served = new TreeSet<>();
        for (JsonNode operation : specification()) {
            String method = operation.get("method").asText();
            String path = operation.get("path").asText();
            if (shipped.match(method, example(path)) instanceof RouteTable.Match.Forwarded) {
                served.add(method + " " + path);
            }
        }
        assertThat(served)
                .containsExactlyInAnyOrder(
                        "POST /chat/completions",
                        "POST /completions",
                        "POST /responses",
                        "POST /responses?beta=true",
                        "POST /responses/compact",
                        "POST /responses/compact?beta=true",
                        "POST /responses/input_tokens",
                        "POST /responses/input_tokens?beta=true",
                        "POST /embeddings",
                        "POST /images/generations",
                        "POST /audio/speech",
                        "POST /audio/transcriptions",
                        "POST /audio/translations",
                        "POST /images/edits",
                        "POST /images/variations",
                        "POST /moderations",
                        "GET /models",
                        "GET /models/{model}");
    }

    @Test
    void everyRefusalSaysWhatToDo() throws IOException {
        for (JsonNode operation : specification()) {
            RouteTable.Match match = shipped.match(
                    operation.get("method").asText(),
                    example(operation.get("path").asText()));
            if (match instanceof RouteTable.Match.Denied denied) {
                assertThat(denied.reason()).endsWith(".").doesNotStartWith("The operator of this service does not");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1",
                "/v1/",
                "/chat",
                "/chat/completions/",
                "/v1/v1/chat/completions",
                "/v2/chat/completions",
                "/Chat/completions",
                "/embeddings/x",
                "/models/a/b/c",
                "/models/"
            })
    void whatIsNotListedIsUnknown(String target) {
        assertThat(shipped.match("POST", target))
                .isNotInstanceOf(RouteTable.Match.Forwarded.class)
                .isNotInstanceOf(RouteTable.Match.Webhook.class);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/responses?beta=true, /responses?beta=true",
        "POST, /responses?beta=false, /responses",
        "POST, /v1/chat/completions?api-version=3&beta=true, /chat/completions",
        "GET, /v1/models/gpt-4o, /models/gpt-4o",
        "GET, /models/meta-llama/Llama-3, /models/meta-llama/Llama-3"
    })
    void theProviderIsAskedForThePathAlone(String method, String target, String asked) {
        assertThat(shipped.match(method, target))
                .isInstanceOfSatisfying(
                        RouteTable.Match.Forwarded.class,
                        forwarded -> assertThat(forwarded.target()).isEqualTo(asked));
    }

    @Test
    void aWrongMethodHearsOfTheOfferedOnes() {
        assertThat(shipped.match("DELETE", "/v1/chat/completions")).isEqualTo(new RouteTable.Match.WrongMethod("POST"));
        assertThat(shipped.match("POST", "/v1/models")).isEqualTo(new RouteTable.Match.WrongMethod("GET"));
    }

    @Test
    void theSettingsChangeSingleRowsAndAddOthers() throws IOException {
        RouteTable table = table("""
                routes:
                  - { path: /audio/speech, policy: flat, units: 900 }
                  - { path: /embeddings, policy: deny, reason: "Not today." }
                  - { path: /rerank, policy: flat, units: 5 }
                  - { path: "/files/{id}", method: GET, policy: free }
                """);

        assertThat(policy(table, "POST", "/audio/speech"))
                .isEqualTo(new Route.Policy.Flat(Kind.SPEECH, java.util.OptionalLong.of(900)));
        assertThat(policy(table, "POST", "/rerank")).isInstanceOfSatisfying(Route.Policy.Flat.class, flat -> {
            assertThat(flat.kind()).isNull();
            assertThat(flat.units()).hasValue(5);
        });
        assertThat(policy(table, "GET", "/files/file-1")).isInstanceOf(Route.Policy.Free.class);
        assertThat(table.match("POST", "/v1/embeddings")).isEqualTo(new RouteTable.Match.Denied("Not today."));
        assertThat(table.match("DELETE", "/v1/files")).isInstanceOf(RouteTable.Match.Denied.class);
        assertThat(policy(table, "POST", "/chat/completions")).isInstanceOf(Route.Policy.Metered.class);
    }

    private static Route.Policy policy(RouteTable table, String method, String target) {
        return ((RouteTable.Match.Forwarded) table.match(method, target))
                .route()
                .policy();
    }

    private static String example(String template) {
        return template.replaceAll("\\{[a-z_]+}", "x_1");
    }

    private static JsonNode specification() throws IOException {
        try (InputStream json = RouteTableTest.class.getResourceAsStream("/openai/paths.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(json)).get("operations");
        }
    }

    private static RouteTable table(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("tollgate.yaml"), "gate: {}\n" + yaml);
        return switch (SettingsLoader.load(file, ENVIRONMENT)) {
            case SettingsLoader.Loaded loaded ->
                new RouteTable(loaded.settings().routes());
            case SettingsLoader.Rejected rejected ->
                throw new AssertionError(rejected.problems().toString());
        };
    }
}
