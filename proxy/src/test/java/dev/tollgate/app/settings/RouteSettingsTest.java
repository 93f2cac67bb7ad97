package dev.tollgate.app.settings;

import static dev.tollgate.app.settings.Loading.SMALLEST;
import static dev.tollgate.app.settings.Loading.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a route in the settings is named with its place. */
class RouteSettingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path: /v1/embeddings, policy: free      | routes[0].path     | without /v1",
                "path: /a/**/b, policy: deny             | routes[0].path     | ** at the end",
                "path: /rerank, policy: meter            | routes[0].policy   | must know its body",
                "path: /rerank, policy: free, units: 5   | routes[0].units    | no meaning",
                "path: /rerank, policy: flat, reason: x  | routes[0].reason   | only for a route that is denied",
                "path: /rerank, policy: deny, body: chat | routes[0].body     | no meaning",
                "path: /rerank, policy: denny            | routes[0].policy   | did you mean `deny`",
                "path: /rerank, policy: free, unit: 5    | routes[0].unit     | did you mean `units`",
                "path: /rerank, method: PUT, policy: free| routes[0].method   | GET, POST, DELETE",
                "path: /rerank, policy: flat, body: talk | routes[0].body     | expected one of"
            })
    void namesTheMistakeAndItsLine(String row, String key, String message) {
        List<String> problems = problems(SMALLEST + "routes:\n  - { " + row + " }\n");

        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst()).startsWith("7:").contains(key).contains(message);
    }

    @ParameterizedTest
    @CsvSource({"GET, GET", "POST, POST"})
    void aRouteStandsThereOnce(String one, String other) {
        String row = "  - { path: /rerank, policy: free, method: ";
        List<String> problems = problems(SMALLEST + "routes:\n" + row + one + " }\n" + row + other + " }\n");

        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst()).startsWith("8:").contains("see line 7");
    }
}
