package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.PermissionDeniedException;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import dev.tollgate.sandbox.http.Request;
import dev.tollgate.sandbox.openai.Script;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every route that is served, with the official Java SDK, and what it is charged. */
class RoutesTest {
    private static final String ROUTES = """
            routes:
              - { path: /images/generations, policy: meter, units: 700 }
              - { path: /rerank, policy: flat, units: 40 }
              - { path: /audio/speech, policy: meter, units: 300 }
            """;

    @TempDir
    Path folder;

    private Stand stand;
    private OpenAIClient client;

    @BeforeEach
    void start() throws Exception {
        stand = Stand.start(folder, 10_000_000, ROUTES);
        client = stand.client(Stand.KEY, 0);
    }

    @AfterEach
    void close() {
        client.close();
        stand.assertBooksAgree();
        stand.close();
    }

    @Test
    void aResponseIsMeteredAndNeverStored() {
        Response response =
                client.responses().create(response("Hello! tokens=12").build());

        assertThat(response.usage().orElseThrow().outputTokens()).isEqualTo(12);
        stand.assertLastIsBilledExactly();
        assertThat(sent()).startsWith("{\"store\":false,").contains("\"max_output_tokens\":100");
    }

    @Test
    void aResponseThatShallBeStoredIsNot() {
        client.responses().create(response("Hello! tokens=3").store(true).build());

        assertThat(sent()).contains("\"store\":false").doesNotContain("\"store\":true");
        stand.assertLastIsBilledExactly();
    }

    @Test
    void aStreamedResponseArrivesWhole() {
        List<ResponseStreamEvent> events;
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses().createStreaming(response("Hello! tokens=15").build())) {
            events = stream.stream().toList();
        }

        Response completed = events.getLast().completed().orElseThrow().response();
        assertThat(completed.usage().orElseThrow().outputTokens()).isEqualTo(15);
        assertThat(events.stream().filter(ResponseStreamEvent::isOutputTextDelta))
                .isNotEmpty();
        assertThat(sent()).doesNotContain("stream_options");
        stand.assertLastIsBilledExactly();
    }

    @Test
    void aResponseWithoutACapGetsOne() {
        client.responses()
                .create(ResponseCreateParams.builder()
                        .model("gpt-4o-mini")
                        .input("Hello! tokens=4")
                        .build());

        assertThat(sent())
                .containsPattern("^\\{\"store\":false,\"max_output_tokens\":[0-9]+,|"
                        + "^\\{\"max_output_tokens\":[0-9]+,\"store\":false,");
        stand.assertLastIsBilledExactly();
    }

    @ParameterizedTest
    @CsvSource({
        "previous_response_id, '\"resp_1\"', keeps nothing",
        "conversation, '\"conv_1\"', keeps nothing",
        "prompt, '{\"id\":\"pmpt_1\"}', keeps nothing",
        "background, 'true', background",
        "tools, '[{\"type\":\"web_search\"}]', no bound",
        "tools, '[{\"type\":\"mcp\",\"server_url\":\"https://x\"}]', no bound",
        "input, '[{\"id\":\"msg_1\"}]', keeps nothing",
        "input, '[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]', keeps nothing",
        "input, '[{\"type\":\"additional_tools\",\"tools\":[]}]', no bound"
    })
    void whatASharedAccountForbidsIsRefused(String member, String value, String reason) throws Exception {
        long before = stand.sandbox.openai().requestCount();

        String body = "{\"model\":\"gpt-4o-mini\",\"" + member + "\":" + value + "}";
        RawAnswer answer = stand.ask(stand.request("POST", "/v1/responses", body));

        answer.assertError(400, "invalid_request_error", "unsupported_parameter");
        assertThat(answer.body()).contains(reason);
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(before);
    }

    @Test
    void countingThePromptIsFree() {
        long tokens = client.responses()
                .inputTokens()
                .count(InputTokenCountParams.builder()
                        .model("gpt-4o-mini")
                        .input("Hello!")
                        .build())
                .inputTokens();

        assertThat(tokens).isPositive();
        assertThat(stand.facts).noneMatch(fact -> fact instanceof dev.tollgate.journal.Fact.Reserved);
    }

    @Test
    void anOldCompletionIsMeteredWithItsCapMadeExplicit() {
        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model("gpt-3.5-turbo-instruct")
                        .prompt("Hello! tokens=9")
                        .build());

        assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(9);
        assertThat(sent()).startsWith("{\"max_tokens\":16,");
        stand.assertLastIsBilledExactly();
    }

    @Test
    void aStreamedCompletionShowsNoUsageThatNobodyAskedFor() {
        List<Completion> chunks;
        try (StreamResponse<Completion> stream = client.completions()
                .createStreaming(CompletionCreateParams.builder()
                        .model("gpt-3.5-turbo-instruct")
                        .prompt("Hello! tokens=9")
                        .maxTokens(50)
                        .build())) {
            chunks = stream.stream().toList();
        }

        assertThat(chunks).noneMatch(chunk -> chunk.usage().isPresent());
        stand.assertLastIsBilledExactly();
    }

    @Test
    void embeddingsAreMetered() {
        CreateEmbeddingResponse response = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("text-embedding-3-small")
                        .inputOfArrayOfStrings(List.of("one two", "three"))
                        .build());

        assertThat(response.data()).hasSize(2);
        stand.assertLastIsBilledExactly();
        assertThat(stand.lastReserved().heldUnits()).isLessThan(500);
    }

    @Test
    void embeddingsOfTokensAreMetered() {
        client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("text-embedding-3-small")
                        .inputOfArrayOfTokens(List.of(1L, 2L, 3L))
                        .build());

        stand.assertLastIsBilledExactly();
    }

    @Test
    void moderationAndModelsAreFree() {
        assertThat(client.moderations()
                        .create(ModerationCreateParams.builder().input("Hello!").build())
                        .results())
                .isNotEmpty();
        assertThat(client.models().list().data()).isNotEmpty();
        assertThat(client.models().retrieve("gpt-4o-mini").id()).isEqualTo("gpt-4o-mini");
        assertThat(stand.facts).noneMatch(fact -> fact instanceof dev.tollgate.journal.Fact.Reserved);
    }

    @Test
    void anImageIsChargedByItsUsage() {
        provider("{\"created\":1,\"data\":[{\"b64_json\":\"AAAA\"}],"
                + "\"usage\":{\"total_tokens\":1066,\"input_tokens\":10,\"output_tokens\":1056}}");

        assertThat(client.images().generate(image("gpt-image-1").build()).data())
                .isPresent();

        assertThat(stand.lastSettled().units()).isEqualTo(1066);
        assertThat(stand.lastSettled().estimated()).isFalse();
        assertThat(stand.lastReserved().heldUnits()).isBetween(1056L + 10, 80_000L);
    }

    @Test
    void anImageWithoutUsageIsChargedByThePiece() {
        provider("{\"created\":1,\"data\":[{\"url\":\"https://x\"},{\"url\":\"https://y\"}]}");

        client.images().generate(image("dall-e-2").n(2).build());

        assertThat(stand.lastSettled().units()).isEqualTo(1400);
        assertThat(stand.lastSettled().estimated()).isFalse();
    }

    @Test
    void speechInBytesIsChargedByTheCall() throws Exception {
        stand.sandbox
                .openai()
                .script(Script.status(200, "\u0001\u0002{\"usage\":", Map.of("content-type", "audio/mpeg")));

        RawAnswer answer = stand.ask(stand.request(
                "POST", "/v1/audio/speech", "{\"model\":\"gpt-4o-mini-tts\",\"input\":\"Hi\",\"voice\":\"alloy\"}"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("\u0001\u0002{\"usage\":");
        assertThat(stand.lastSettled().units()).isEqualTo(300);
    }

    @Test
    void speechInEventsIsChargedByItsUsage() throws Exception {
        String events = "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n\n"
                + "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":4,\"output_tokens\":101,"
                + "\"total_tokens\":105}}\n\n";
        stand.sandbox.openai().script(Script.status(200, events, Map.of("content-type", "text/event-stream")));

        RawAnswer answer = stand.ask(stand.request(
                "POST",
                "/v1/audio/speech",
                "{\"model\":\"gpt-4o-mini-tts\",\"input\":\"Hi\",\"voice\":\"alloy\",\"stream_format\":\"sse\"}"));

        assertThat(answer.body()).isEqualTo(events);
        assertThat(stand.lastSettled().units()).isEqualTo(105);
    }

    @Test
    void aRouteOfTheOperatorsOwnIsChargedByTheCall() throws Exception {
        provider("{\"results\":[]}");

        RawAnswer answer = stand.ask(stand.request("POST", "/rerank", "not even JSON"));

        assertThat(answer.body()).isEqualTo("{\"results\":[]}");
        assertThat(stand.lastSettled().units()).isEqualTo(40);
        assertThat(sent()).isEqualTo("not even JSON");
    }

    @Test
    void aFlatCallThatTheProviderRefusesIsFree() throws Exception {
        stand.sandbox.openai().script(Script.status(404, "{\"error\":{\"message\":\"no\"}}", Map.of()));

        assertThat(stand.ask(stand.request("POST", "/rerank", "{}")).status()).isEqualTo(404);

        stand.assertLastIsReturned();
    }

    @Test
    void whatIsDeniedSaysWhy() {
        assertThatThrownBy(() -> client.files().list())
                .isInstanceOfSatisfying(
                        PermissionDeniedException.class,
                        error -> assertThat(error.code()).contains("route_not_offered"))
                .hasMessageContaining("share one account");
    }

    @Test
    void aGateMemberThatOccursTwiceIsRefusedOnEveryRoute() {
        assertThatThrownBy(() -> client.responses()
                        .create(response("Hello!")
                                .putAdditionalBodyProperty("STORE", JsonValue.from(true))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("lower case");
    }

    private void provider(String json) {
        stand.sandbox.openai().script(Script.status(200, json, Map.of("content-type", "application/json")));
    }

    private static ResponseCreateParams.Builder response(String input) {
        return ResponseCreateParams.builder()
                .model("gpt-4o-mini")
                .maxOutputTokens(100)
                .input(input);
    }

    private static ImageGenerateParams.Builder image(String model) {
        return ImageGenerateParams.builder().model(model).prompt("A cat").size(ImageGenerateParams.Size._1024X1024);
    }

    /** The last body that reached the provider. */
    private String sent() {
        Request last = stand.sandbox.openai().requests().getLast();
        return new String(last.body(), StandardCharsets.UTF_8);
    }
}
