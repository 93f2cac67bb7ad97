package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ChatCompletionsTest {
    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void aWholeAnswerTellsTheTrueUsage() throws IOException {
        HttpResponse<String> response = running.ask("please say tokens=7", "");
        ObjectNode answer = json(response);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
        JsonNode choice = answer.path("choices").path(0);
        assertThat(choice.path("message").path("content").asText().split(" ")).hasSize(7);
        assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
        JsonNode usage = answer.path("usage");
        assertThat(usage.path("prompt_tokens").longValue()).isEqualTo(3 + 3 + 3);
        assertThat(usage.path("completion_tokens").longValue()).isEqualTo(7);
        assertThat(usage.path("total_tokens").longValue()).isEqualTo(16);
        assertThat(usage.path("prompt_tokens_details").path("cached_tokens").isNumber())
                .isTrue();
        assertThat(usage.path("completion_tokens_details")
                        .path("reasoning_tokens")
                        .isNumber())
                .isTrue();
        assertThat(running.openai().totalTokens()).isEqualTo(16);
        assertThat(running.openai().generations().getFirst().id())
                .isEqualTo(answer.path("id").asText())
                .startsWith("chatcmpl-");
    }

    @Test
    void theSameQuestionGetsTheSameAnswer() throws IOException {
        assertThat(json(running.ask("why", "")).path("choices"))
                .isEqualTo(json(running.ask("why", "")).path("choices"));
        assertThat(json(running.ask("why", ""))
                        .path("usage")
                        .path("completion_tokens")
                        .intValue())
                .isBetween(20, 60);
    }

    @Test
    void aCapCutsEveryChoiceAndIsTheFinishReason() throws IOException {
        for (String name : List.of("max_tokens", "max_completion_tokens")) {
            ObjectNode answer = json(running.ask("tokens=50", "\"n\":3,\"" + name + "\":5"));
            assertThat(answer.path("choices")).hasSize(3);
            assertThat(answer.path("choices").path(2).path("finish_reason").asText())
                    .isEqualTo("length");
            assertThat(answer.path("usage").path("completion_tokens").longValue())
                    .isEqualTo(15);
        }
    }

    @Test
    void promptTokensNeverExceedTheBytesOfTheBody() throws IOException {
        running.openai("/chat/completions", "{\"model\":\"m\",\"messages\":[{},{},{},{},{},{},{},{},{},{},{},{},{}]}");
        Generation generation = running.openai().generations().getFirst();
        assertThat(generation.promptTokens()).isLessThanOrEqualTo(generation.requestBody().length);
    }

    @Test
    void withoutIncludeUsageNoChunkHasTheMember() throws IOException {
        List<ObjectNode> chunks = chunks(running.ask("tokens=4", "\"stream\":true"));
        assertThat(chunks).hasSize(1 + 4 + 1).noneMatch(chunk -> chunk.has("usage"));
        assertThat(running.openai().generations().getFirst().reportedUsage()).isFalse();
        assertThat(running.openai().generations().getFirst().completionTokens()).isEqualTo(4);
    }

    @Test
    void withIncludeUsageItIsNullOnAllChunksButTheLast() throws IOException {
        List<ObjectNode> chunks =
                chunks(running.ask("tokens=4", "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
        assertThat(chunks).hasSize(1 + 4 + 1 + 1);
        assertThat(chunks.subList(0, 6))
                .allMatch(chunk -> chunk.has("usage") && chunk.path("usage").isNull());
        ObjectNode last = chunks.getLast();
        assertThat(last.path("choices").isArray()).isTrue();
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens());
        assertThat(running.openai().generations().getFirst().reportedUsage()).isTrue();
    }

    @Test
    void aStreamIsDataEventsThatEndWithDone() throws IOException {
        HttpResponse<String> response = running.ask("tokens=2", "\"stream\":true");
        assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(response.headers().firstValue("content-length")).isEmpty();
        assertThat(response.body()).endsWith("data: [DONE]\n\n").doesNotContain("event:");
        assertThat(response.body().split("\n\n")).allMatch(event -> event.startsWith("data: "));
    }

    @Test
    void choicesOfAStreamInterleaveUnderOneId() throws IOException {
        List<ObjectNode> chunks = chunks(running.ask("tokens=2", "\"stream\":true,\"n\":2"));
        assertThat(chunks.stream()
                        .map(chunk ->
                                chunk.path("choices").path(0).path("index").intValue()))
                .containsExactly(0, 1, 0, 1, 0, 1, 0, 1);
        assertThat(chunks.stream().map(chunk -> chunk.path("id").asText()).distinct())
                .hasSize(1);
        assertThat(chunks.getFirst()
                        .path("choices")
                        .path(0)
                        .path("delta")
                        .path("role")
                        .asText())
                .isEqualTo("assistant");
        assertThat(chunks.getLast()
                        .path("choices")
                        .path(0)
                        .path("finish_reason")
                        .asText())
                .isEqualTo("stop");
        assertThat(chunks.get(2).path("choices").path(0).path("finish_reason").isNull())
                .isTrue();
        assertThat(running.openai().generations().getFirst().completionTokens()).isEqualTo(4);
    }

    @Test
    void streamedAndWholeAnswersSayTheSame() throws IOException {
        StringBuilder streamed = new StringBuilder();
        for (ObjectNode chunk : chunks(running.ask("tell me", "\"stream\":true"))) {
            streamed.append(
                    chunk.path("choices").path(0).path("delta").path("content").asText(""));
        }
        assertThat(streamed.toString())
                .isEqualTo(json(running.ask("tell me", ""))
                        .path("choices")
                        .path(0)
                        .path("message")
                        .path("content")
                        .asText());
    }

    @Test
    void obfuscationIsOnUnlessSwitchedOff() throws IOException {
        assertThat(chunks(running.ask("x", "\"stream\":true"))).allMatch(chunk -> chunk.has("obfuscation"));
        assertThat(chunks(running.ask("x", "\"stream\":true,\"stream_options\":{\"include_obfuscation\":false}")))
                .noneMatch(chunk -> chunk.has("obfuscation"));
    }

    @Test
    void streamOptionsWithoutStreamAreRefused() throws IOException {
        HttpResponse<String> response = running.ask("x", "\"stream_options\":{\"include_usage\":true}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertEnvelope(response, "stream_options", null);
        assertThat(running.ask("x", "\"stream_options\":null").statusCode()).isEqualTo(200);
    }

    @Test
    void refusalsComeInTheErrorEnvelope() throws IOException {
        HttpResponse<String> unknownModel =
                running.openai("/chat/completions", "{\"model\":\"no-such-model\",\"messages\":[{}]}");
        assertThat(unknownModel.statusCode()).isEqualTo(404);
        assertEnvelope(unknownModel, null, "model_not_found");
        HttpResponse<String> noMessages = running.chat("\"messages\":[]");
        assertThat(noMessages.statusCode()).isEqualTo(400);
        assertEnvelope(noMessages, "messages", "missing_required_parameter");
        HttpResponse<String> notJson = running.openai("/chat/completions", "{\"model\":");
        assertThat(notJson.statusCode()).isEqualTo(400);
        assertEnvelope(notJson, null, null);
        HttpResponse<String> unknownPath = running.openai("/nothing/here", "{}");
        assertThat(unknownPath.statusCode()).isEqualTo(404);
        assertEnvelope(unknownPath, null, null);
        assertThat(running.ask("x", "\"n\":129").statusCode()).isEqualTo(400);
        assertThat(running.ask("x", "\"max_tokens\":0").statusCode()).isEqualTo(400);
        assertThat(running.openai().totalTokens()).isZero();
    }

    @Test
    void aWrongKeyAndNoKeyAreRefused() throws IOException {
        URI uri = URI.create(running.sandbox().openaiBaseUrl() + "/models");
        HttpResponse<String> wrong = running.send("GET", uri, "sk-wrong", "");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertEnvelope(wrong, null, "invalid_api_key");
        HttpResponse<String> none = running.send("GET", uri, "", "");
        assertThat(none.statusCode()).isEqualTo(401);
        assertEnvelope(none, null, null);
    }

    @Test
    void answersCarryTheHeadersOfTheRealEdge() throws IOException {
        assertThat(running.ask("x", "").headers().map().keySet())
                .contains(
                        "x-request-id",
                        "openai-version",
                        "openai-organization",
                        "openai-processing-ms",
                        "x-ratelimit-limit-requests",
                        "x-ratelimit-remaining-tokens",
                        "x-ratelimit-reset-tokens",
                        "set-cookie",
                        "cf-ray",
                        "alt-svc",
                        "server");
    }

    static List<ObjectNode> chunks(HttpResponse<String> response) {
        List<ObjectNode> chunks = new ArrayList<>();
        for (String event : RunningSandbox.pieces(response.body(), "\n\n")) {
            if (!event.equals("data: [DONE]")) {
                chunks.add(json(event.substring("data: ".length())));
            }
        }
        return chunks;
    }

    private static void assertEnvelope(HttpResponse<String> response, @Nullable String param, @Nullable String code) {
        JsonNode error = json(response).path("error");
        assertThat(error.properties().stream().map(java.util.Map.Entry::getKey))
                .containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").textValue()).isEqualTo(param);
        assertThat(error.path("code").textValue()).isEqualTo(code);
    }
}
