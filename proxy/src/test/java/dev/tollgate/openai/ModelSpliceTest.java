package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelSpliceTest {
    private static String rename(String body, String name) {
        ByteBuf original = Unpooled.copiedBuffer(body, UTF_8);
        ByteBuf renamed = ModelSplice.rename(original, name);
        try {
            return renamed.toString(UTF_8);
        } finally {
            renamed.release();
            assertThat(original.refCnt()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model\":\"a\"} | {\"model\":\"b\"}",
                "{ \"x\" : {\"model\":\"a\"} , \"model\" : \"\\u0061\\n\" , \"y\":1e2} "
                        + "| { \"x\" : {\"model\":\"a\"} , \"model\" : \"b\" , \"y\":1e2}",
                "{\"messages\":[{\"model\":\"a\"},\"\\\"model\\\":\\\"a\\\"\"],\"mod\\u0065l\":\"ü\"} "
                        + "| {\"messages\":[{\"model\":\"a\"},\"\\\"model\\\":\\\"a\\\"\"],\"mod\\u0065l\":\"b\"}",
                "{\"x\":\"model\"} | {\"x\":\"model\"}",
                "{} | {}"
            })
    void onlyTheModelChanges(String body, String renamed) {
        assertThat(rename(body, "b")).isEqualTo(renamed);
    }

    @Test
    void aByteOrderMarkStays() {
        assertThat(rename("\uFEFF{\"model\":\"a\"}", "b")).isEqualTo("\uFEFF{\"model\":\"b\"}");
    }

    @Test
    void aNameIsQuoted() {
        assertThat(rename("{\"model\":\"a\",\"y\":2}", "b\"\\")).isEqualTo("{\"model\":\"b\\\"\\\\\",\"y\":2}");
    }
}
