package dev.tollgate.sandbox.openai;

import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ImagesTest {
    private static final byte[] FILE = {1, '\r', '\n', '-', '-', 'e', 'd', 0, (byte) 0xff};

    @RegisterExtension
    private final RunningSandbox running = new RunningSandbox();

    @Test
    void gptImagesTellTheirTokensForEachImage() throws IOException {
        ObjectNode answer = json(running.openai(
                "/images/generations", "{\"model\":\"gpt-image-1\",\"n\":2,\"prompt\":\"a cat tokens=40\"}"));
        assertThat(answer.path("data")).hasSize(2);
        assertThat(answer.path("data").path(0).path("b64_json").asText()).isNotEmpty();
        assertThat(answer.path("usage").path("input_tokens").intValue()).isEqualTo(3);
        assertThat(answer.path("usage").path("output_tokens").intValue()).isEqualTo(80);
        assertThat(running.openai().totalTokens()).isEqualTo(83);
    }

    @Test
    void dallEIsSoldByTheImageAndTellsNothing() throws IOException {
        ObjectNode answer =
                json(running.openai("/images/generations", "{\"model\":\"dall-e-3\",\"n\":2,\"prompt\":\"a cat\"}"));
        assertThat(answer.path("data").path(1).path("url").asText()).startsWith("https://");
        assertThat(answer.has("usage")).isFalse();
        Generation generation = running.openai().generations().getFirst();
        assertThat(generation.images()).isEqualTo(2);
        assertThat(generation.totalTokens()).isZero();
        assertThat(generation.reportedUsage()).isFalse();
    }

    @Test
    void partialImagesComeBeforeTheOneThatTellsUsage() throws IOException {
        List<ObjectNode> events = OtherEndpointsTest.events(running.openai(
                "/images/generations",
                "{\"model\":\"gpt-image-1\",\"prompt\":\"tokens=30\",\"stream\":true,\"partial_images\":2}"));
        assertThat(events)
                .extracting(event -> event.path("type").asText())
                .containsExactly(
                        "image_generation.partial_image",
                        "image_generation.partial_image",
                        "image_generation.completed");
        assertThat(events.getLast().path("usage").path("total_tokens").longValue())
                .isEqualTo(running.openai().totalTokens())
                .isEqualTo(31);
        assertThat(running.openai().generations().getFirst().reportedUsage()).isTrue();
    }

    @Test
    void anEditReadsItsFormAndCountsTheImagesSent() throws IOException {
        ObjectNode answer = json(running.openaiForm(
                "/images/edits", "image[]", FILE, "model=gpt-image-1", "prompt=a hat tokens=20", "size=1024x1536"));
        assertThat(answer.path("size").asText()).isEqualTo("1024x1536");
        assertThat(answer.path("usage")
                        .path("input_tokens_details")
                        .path("image_tokens")
                        .intValue())
                .isEqualTo(100);
        assertThat(answer.path("usage").path("total_tokens").intValue()).isEqualTo(3 + 100 + 20);
        List<ObjectNode> events = OtherEndpointsTest.events(
                running.openaiForm("/images/edits", "image", FILE, "model=gpt-image-1", "prompt=a hat", "stream=true"));
        assertThat(events.getLast().path("type").asText()).isEqualTo("image_edit.completed");
    }

    @Test
    void variationsNeedAnImage() throws IOException {
        assertThat(json(running.openaiForm("/images/variations", "image", FILE, "n=3"))
                        .path("data"))
                .hasSize(3);
        assertThat(running.openaiForm("/images/variations", "picture", FILE).statusCode())
                .isEqualTo(400);
    }

    @Test
    void aFormKeepsTheBytesOfItsFiles() {
        String part = "--b\r\nContent-Disposition: form-data; name=";
        byte[] body = String.join(
                        "",
                        part + "\"a[]\"\r\n\r\n1\r\n",
                        part + "\"a[]\"\r\n\r\n\r\n",
                        part + "\"f\"; filename=\"x\"\r\n\r\n\1\r\n\u00ff\r\n--b--\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        Form form = Form.read("multipart/form-data; boundary=\"b\"", body).orElseThrow();
        assertThat(form.fields().path("a")).hasSize(2);
        assertThat(form.files("f")).containsExactly(new byte[] {1, '\r', '\n', (byte) 0xff});
        assertThat(Form.read("multipart/form-data; boundary=b", Arrays.copyOf(body, body.length - 6)))
                .isEmpty();
    }
}
