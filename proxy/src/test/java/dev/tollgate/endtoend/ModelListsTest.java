package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The models of several providers as one list. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelListsTest {
    private static final String CHOOSY = "tg_test_key_that_may_use_some_models";

    private ScriptedUpstream main;
    private ScriptedUpstream azure;
    private ScriptedUpstream local;
    private Stand stand;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        main = new ScriptedUpstream();
        azure = new ScriptedUpstream();
        local = new ScriptedUpstream();
        String yaml = Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1")
                + "  - { id: choosy, key: " + CHOOSY + ", customer: " + Stand.CUSTOMER
                + ", limits: { models: [\"llama-*\"] } }\n"
                + "upstreams:\n  - " + main.settings("main", ", priority: 1") + "\n  - "
                + azure.settings("azure", ", models: [gpt-4o], model_names: { gpt-4o: east-us-4o }") + "\n  - "
                + local.settings("local", ", models: [\"llama-*\"]") + "\n";
        stand = Stand.on(Stand.startSandbox(1_000_000), folder, yaml);
    }

    @BeforeEach
    void answer() {
        main.behave(ScriptedUpstream.answer(200, list("gpt-4o", "gpt-5", "llama-9")));
        azure.behave(ScriptedUpstream.answer(200, list("east-us-4o", "gpt-4o", "west-eu-4o")));
        local.behave(ScriptedUpstream.answer(200, list("llama-3", "qwen")));
    }

    @AfterAll
    void close() throws Exception {
        stand.close();
        main.close();
        azure.close();
        local.close();
    }

    @Test
    void eachModelIsListedOnceUnderTheNameThatCallersKnow() throws Exception {
        RawAnswer answer = stand.ask(stand.request("GET", "/v1/models", ""));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("object").asText()).isEqualTo("list");
        assertThat(names(answer)).containsExactly("gpt-4o", "llama-3", "gpt-5");
        assertThat(answer.json().path("data").get(0).path("owned_by").asText()).isEqualTo("east-us-4o");
    }

    @Test
    void aProviderThatIsDownOrRefusesIsLeftOut() throws Exception {
        azure.behave(ScriptedUpstream.reset());
        local.behave(ScriptedUpstream.answer(401, "{\"error\":{\"message\":\"no\"}}"));

        assertThat(names(stand.ask(stand.request("GET", "/models", "")))).containsExactly("gpt-4o", "gpt-5", "llama-9");

        main.behave(ScriptedUpstream.answer(200, "no list"));
        RawAnswer nobody = stand.ask(stand.request("GET", "/v1/models", ""));
        nobody.assertError(503, "service_unavailable_error", "upstream_unreachable");
    }

    @Test
    void oneModelComesFromTheListToo() throws Exception {
        RawAnswer renamed = stand.ask(stand.request("GET", "/v1/models/gpt-4o", ""));
        assertThat(renamed.status()).isEqualTo(200);
        assertThat(renamed.json().path("id").asText()).isEqualTo("gpt-4o");
        assertThat(renamed.json().path("owned_by").asText()).isEqualTo("east-us-4o");

        stand.ask(stand.request("GET", "/v1/models/east-us-4o", ""))
                .assertError(404, "invalid_request_error", "model_not_found");
    }

    @Test
    void aKeySeesOnlyWhatItMayUse() throws Exception {
        String list = stand.request("GET", "/v1/models", "").replace(Stand.KEY, CHOOSY);
        String one = stand.request("GET", "/v1/models/gpt-5", "").replace(Stand.KEY, CHOOSY);

        assertThat(names(stand.ask(list))).containsExactly("llama-3");
        stand.ask(one).assertError(404, "invalid_request_error", "model_not_found");
    }

    private static Iterable<String> names(RawAnswer answer) {
        return answer.json().path("data").findValuesAsText("id");
    }

    private static String list(String... names) {
        StringBuilder models = new StringBuilder();
        for (String name : names) {
            models.append(models.isEmpty() ? "" : ",")
                    .append("{\"id\":\"")
                    .append(name)
                    .append("\",\"object\":\"model\",\"created\":1,\"owned_by\":\"")
                    .append(name)
                    .append("\"}");
        }
        return "{\"object\":\"list\",\"data\":[" + models + "]}";
    }
}
