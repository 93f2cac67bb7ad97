package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class PromptTextsTest {

    @Test
    void showsStringContentsAndTextParts() {
        String body = """
                {"model":"gpt-4o","metadata":{"messages":[{"content":"no"}]},"messages":[
                  {"role":"system","content":"Be brief."},
                  {"role":"user","name":"no","content":[
                    {"type":"text","text":"one"},{"text":"two","type":"text"},
                    {"type":"image_url","image_url":{"url":"no"},"text":"no"},
                    {"text":"no"},{"type":"text","type":"image_url","text":"no"}]},
                  {"role":"assistant","content":null,"tool_calls":[{"function":{"arguments":"no"}}]},
                  "no", {"content":"three"}],
                 "tools":[{"function":{"description":"no"}}]}""";

        assertThat(texts(body)).containsExactly("Be brief. 9", "one 3", "two 3", "three 5");
    }

    @Test
    void aTextTakesTheBytesThatItIsWrittenWith() {
        String body = "{\"messages\":[{\"content\":\"a\\n\\u00e9\\\"é漢😀\\ud83d\\ude00\"},{\"content\":\"\"}]}";

        assertThat(texts(body)).containsExactly("a\né\"é漢😀😀 32", " 0");
        assertThat(texts("\uFEFF" + body)).containsExactly("a\né\"é漢😀😀 32", " 0");
    }

    @Test
    void whatCannotBeReadHasNoTexts() {
        assertThat(texts("[]")).isEmpty();
        assertThat(texts("{\"messages\":{}}")).isEmpty();
        assertThat(texts("{\"messages\":[{\"content\":\"begun")).isEmpty();
    }

    @Test
    void theBodyStaysAsItIs() {
        ByteBuf body = Unpooled.copiedBuffer("xx{\"messages\":[{\"content\":\"a\"}]}", UTF_8);
        body.skipBytes(2);
        List<String> texts = new ArrayList<>();

        ModelRequest.visitPrompt(ModelRequest.Kind.CHAT, body, visitor((text, bytes) -> texts.add(text)));

        assertThat(texts).containsExactly("a");
        assertThat(body.readerIndex()).isEqualTo(2);
        body.release();
    }

    private static List<String> texts(String body) {
        List<String> texts = new ArrayList<>();
        ModelRequest.visitPrompt(
                ModelRequest.Kind.CHAT,
                Unpooled.copiedBuffer(body, UTF_8),
                visitor((text, bytes) -> texts.add(text + " " + bytes)));
        return texts;
    }

    private static ModelRequest.PromptVisitor visitor(BiConsumer<String, Integer> texts) {
        return new ModelRequest.PromptVisitor() {
            @Override
            public void text(String text, int bytes) {
                texts.accept(text, bytes);
            }

            @Override
            public void aside(String text) {}

            @Override
            public void tokens(long tokens) {}
        };
    }
}
