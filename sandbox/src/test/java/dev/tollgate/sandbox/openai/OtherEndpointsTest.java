package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class OtherEndpointsTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void modelsAreListedAndDescribed() throws IOException {
        assertThat(json(running.openaiGet("/models")).path("data")).isNotEmpty();
        assertThat(json(running.openaiGet("/models/gpt-x")).path("id").asText()).isEqualTo("gpt-x");
        assertThat(running.openaiGet("/models/no-such-model").statusCode()).isEqualTo(404);
    }

    @Test
    void aWholeResponseTellsItsUsage() throws IOException {
        ObjectNode response = json(running.openai("/responses", "{\"model\":\"m\",\"input\":\"say tokens=20\"}"));
        assertThat(response.path("status").asText()).isEqualTo("completed");
        assertThat(response.path("store").booleanValue()).isTrue();
        assertThat(response.path("usage").path("output_tokens").longValue()).isEqualTo(20);
        assertThat(response.path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens());
    }

    @Test
    void aStreamedResponseEndsWithATypedEventAndNoDone() throws IOException {
        HttpResponse<String> answer =
                running.openai("/responses", "{\"model\":\"m\",\"stream\":true,\"input\":\"tokens=20\"}");
        List<ObjectNode> events = events(answer);
        assertThat(answer.body()).doesNotContain("[DONE]");
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).path("sequence_number").intValue()).isEqualTo(i);
        }
        assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
        assertThat(events.getFirst().path("response").path("usage").isNull()).isTrue();
        JsonNode last = events.getLast();
        assertThat(last.path("type").asText()).isEqualTo("response.completed");
        assertThat(last.path("response").path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens());
        assertThat(running.openai().generations().getFirst().reportedUsage()).isTrue();
    }

    @Test
    void aCappedResponseIsIncomplete() throws IOException {
        List<ObjectNode> events = events(running.openai(
                "/responses", "{\"model\":\"m\",\"stream\":true,\"max_output_tokens\":16,\"input\":\"tokens=90\"}"));
        JsonNode last = events.getLast();
        assertThat(last.path("type").asText()).isEqualTo("response.incomplete");
        assertThat(last.path("response")
                        .path("incomplete_details")
                        .path("reason")
                        .asText())
                .isEqualTo("max_output_tokens");
        assertThat(last.path("response").path("usage").path("output_tokens").longValue())
                .isEqualTo(16);
    }

    @Test
    void responsesRefuseWhatTheyDoNotKnow() throws IOException {
        assertThat(running.openai(
                                "/responses",
                                "{\"model\":\"m\",\"input\":\"x\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.openai("/responses", "{\"model\":\"m\",\"input\":\"x\",\"max_output_tokens\":15}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.openai("/responses", "{\"model\":\"m\"}").statusCode())
                .isEqualTo(400);
    }

    @Test
    void countingInputUsesNothing() throws IOException {
        assertThat(json(running.openai("/responses/input_tokens", "{\"model\":\"m\",\"input\":\"a b c\"}"))
                        .path("input_tokens")
                        .intValue())
                .isEqualTo(3);
        assertThat(running.openai().generations()).isEmpty();
    }

    @Test
    void legacyCompletionsStopAtSixteenTokensUnlessTold() throws IOException {
        ObjectNode answer = json(running.openai("/completions", "{\"model\":\"m\",\"prompt\":\"tokens=40\"}"));
        assertThat(answer.path("usage").path("completion_tokens").intValue()).isEqualTo(16);
        assertThat(answer.path("choices").path(0).path("finish_reason").asText())
                .isEqualTo("length");
        HttpResponse<String> streamed = running.openai(
                "/completions",
                "{\"model\":\"m\",\"prompt\":[\"tokens=3\",\"b\"],\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        assertThat(ChatCompletionsTest.chunks(streamed)
                        .getLast()
                        .path("usage")
                        .path("completion_tokens")
                        .intValue())
                .isEqualTo(6);
    }

    @Test
    void embeddingsCountThePromptOnly() throws IOException {
        ObjectNode answer =
                json(running.openai("/embeddings", "{\"model\":\"m\",\"input\":[\"a b\",\"c\"],\"dimensions\":8}"));
        assertThat(answer.path("data")).hasSize(2);
        assertThat(answer.path("data").path(1).path("embedding")).hasSize(8);
        assertThat(answer.path("usage").has("completion_tokens")).isFalse();
        assertThat(answer.path("usage").path("total_tokens").intValue()).isEqualTo(3);
        assertThat(json(running.openai(
                                "/embeddings", "{\"model\":\"m\",\"input\":[1,2,3],\"encoding_format\":\"base64\"}"))
                        .path("data")
                        .path(0)
                        .path("embedding")
                        .isTextual())
                .isTrue();
        assertThat(running.openai().totalTokens()).isEqualTo(6);
    }

    @Test
    void moderationsAreFree() throws IOException {
        assertThat(running.openai("/moderations", "{\"input\":\"x\"}").statusCode())
                .isEqualTo(200);
        assertThat(running.openai().generations()).isEmpty();
    }

    @Test
    void totalsOutliveTheGenerationsThatAreNotKept() throws IOException {
        running.openai().keepGenerations(2);
        for (int i = 0; i < 5; i++) {
            running.ask("tokens=10", "");
        }
        assertThat(running.openai().generations()).hasSize(2);
        assertThat(running.openai().generationCount()).isEqualTo(5);
        assertThat(running.openai().totalTokens()).isEqualTo(5 * (7 + 10));
    }

    @Test
    void requestsAreRememberedWithHeadersAndBody() throws IOException {
        running.ask("hi", "");
        Generation generation = running.openai().generations().getFirst();
        assertThat(generation.requestHeaders()).containsEntry("content-type", "application/json");
        assertThat(new String(generation.requestBody(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("\"hi\"");
        assertThat(generation.toString()).doesNotContain("hi\"").doesNotContain("Bearer");
        assertThat(running.openai().requests()).hasSize(1);
    }

    static List<ObjectNode> events(HttpResponse<String> response) {
        List<ObjectNode> events = new ArrayList<>();
        for (String event : RunningSandbox.pieces(response.body(), "\n\n")) {
            List<String> lines = RunningSandbox.pieces(event, "\n");
            ObjectNode data = json(lines.get(1).substring("data: ".length()));
            assertThat(lines.get(0)).isEqualTo("event: " + data.path("type").asText());
            events.add(data);
        }
        return events;
    }
}
