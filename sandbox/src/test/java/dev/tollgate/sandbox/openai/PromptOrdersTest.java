package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PromptOrdersTest {
    private static final String WEATHER = "\"name\":\"weather\",\"parameters\":{\"type\":\"object\",\"properties\":{"
            + "\"city\":{\"type\":\"string\"},\"unit\":{\"enum\":[\"K\",\"C\"]}}}";

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void theFirstRequestsWithABodyAreRefused() throws IOException {
        HttpResponse<String> first = running.ask("refuse=503x2", "");
        assertThat(first.statusCode()).isEqualTo(503);
        assertThat(first.headers().firstValue("retry-after-ms")).contains("20");
        assertThat(running.ask("refuse=503x2", "\"n\":2").statusCode()).isEqualTo(503);
        assertThat(running.ask("refuse=503x2", "").statusCode()).isEqualTo(503);
        assertThat(running.ask("refuse=503x2", "").statusCode()).isEqualTo(200);
        assertThat(running.openai().generationCount()).isEqualTo(1);
    }

    @Test
    void aStreamBreaksOrFailsWhereThePromptSays() throws IOException {
        assertThat(running.ask("tokens=9 fail=4", "\"stream\":true").body()).contains("\"error\":{\"message\"");
        Generation failed = running.openai().generations().getLast();
        assertThat(failed.completionTokens()).isEqualTo(4); // three arrived, the fourth was on its way
        assertThat(failed.cutShort()).isTrue();
        assertThatThrownBy(() -> running.ask("tokens=9 break=2", "\"stream\":true"))
                .isInstanceOf(IOException.class);
        assertThat(running.openai().generations().getLast().cutShort()).isTrue();
    }

    @Test
    void aFailedResponseTellsWhatItUsed() throws IOException {
        List<ObjectNode> events = OtherEndpointsTest.events(
                running.openai("/responses", "{\"model\":\"m\",\"stream\":true,\"input\":\"tokens=9 fail=4\"}"));
        ObjectNode last = events.getLast();
        assertThat(last.path("type").asText()).isEqualTo("response.failed");
        assertThat(last.path("response").path("error").path("code").asText()).isEqualTo("server_error");
        assertThat(last.path("response").path("usage").path("output_tokens").intValue())
                .isEqualTo(4);
        assertThat(running.openai().totalTokens()).isEqualTo(2 + 4);
    }

    @Test
    void aForcedOrNamedFunctionIsCalled() throws IOException {
        String tools = "\"tools\":[{\"type\":\"function\",\"function\":{" + WEATHER + "}}]";
        ObjectNode whole = json(running.ask("hi", tools + ",\"tool_choice\":\"required\""));
        assertThat(whole.path("choices").path(0).path("finish_reason").asText()).isEqualTo("tool_calls");
        String arguments = whole.path("choices")
                .path(0)
                .path("message")
                .path("tool_calls")
                .path(0)
                .path("function")
                .path("arguments")
                .asText();
        assertThat(json(arguments).path("unit").asText()).isEqualTo("K");
        StringBuilder streamed = new StringBuilder();
        for (ObjectNode chunk : ChatCompletionsTest.chunks(running.ask("call=weather", tools + ",\"stream\":true"))) {
            streamed.append(chunk.path("choices")
                    .path(0)
                    .path("delta")
                    .path("tool_calls")
                    .path(0)
                    .path("function")
                    .path("arguments")
                    .asText());
        }
        assertThat(streamed).hasToString(arguments);
        assertThat(json(running.ask("hi", tools))
                        .path("choices")
                        .path(0)
                        .path("message")
                        .has("tool_calls"))
                .isFalse();
    }

    @Test
    void aResponseCallsAFunctionByItsEvents() throws IOException {
        List<ObjectNode> events = OtherEndpointsTest.events(running.openai(
                "/responses",
                "{\"model\":\"m\",\"stream\":true,\"input\":\"call=weather\",\"tools\":[{\"type\":\"function\","
                        + WEATHER + "}]}"));
        assertThat(events)
                .extracting(event -> event.path("type").asText())
                .contains("response.function_call_arguments.delta", "response.function_call_arguments.done");
        assertThat(events.getLast()
                        .path("response")
                        .path("output")
                        .path(0)
                        .path("name")
                        .asText())
                .isEqualTo("weather");
    }

    @Test
    void aWantedSchemaIsKept() throws IOException {
        String schema =
                "{\"type\":\"object\",\"properties\":{\"list\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/x\"}}},"
                        + "\"$defs\":{\"x\":{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}]}}}";
        ObjectNode chat = json(running.ask(
                "hi",
                "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":" + schema
                        + "}}"));
        assertThat(chat.path("choices").path(0).path("message").path("content").asText())
                .isEqualTo("{\"list\":[7]}");
        assertThat(chat.path("usage").path("completion_tokens").intValue()).isEqualTo(3);
        ObjectNode response = json(running.openai(
                "/responses",
                "{\"model\":\"m\",\"input\":\"hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"schema\":"
                        + schema + "}}}"));
        assertThat(response.path("output")
                        .path(0)
                        .path("content")
                        .path(0)
                        .path("text")
                        .asText())
                .isEqualTo("{\"list\":[7]}");
    }

    @Test
    void imagesInAPromptCostTokens() throws IOException {
        running.chat("\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"tokens=1\"},"
                + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:,\"}}]}]");
        assertThat(running.openai().generations().getFirst().promptTokens()).isEqualTo(3 + 3 + 1 + 85);
    }

    @Test
    void likelihoodsComeWhenAskedFor() throws IOException {
        ObjectNode answer = json(running.ask("tokens=4", "\"logprobs\":true"));
        assertThat(answer.path("choices").path(0).path("logprobs").path("content"))
                .hasSize(4);
    }

    @Test
    void onlyWhatAsksForItIsFlagged() throws IOException {
        ObjectNode answer = json(running.openai("/moderations", "{\"input\":[\"peace\",\"flag=violence\"]}"));
        assertThat(answer.path("results").path(0).path("flagged").booleanValue())
                .isFalse();
        assertThat(answer.path("results")
                        .path(1)
                        .path("categories")
                        .path("violence")
                        .booleanValue())
                .isTrue();
    }

    @Test
    void aCompactedConversationTellsItsUsage() throws IOException {
        ObjectNode answer = json(running.openai("/responses/compact", "{\"model\":\"m\",\"input\":\"a b c\"}"));
        assertThat(answer.path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens())
                .isEqualTo(4);
    }
}
