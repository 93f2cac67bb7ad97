package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.FormReader.Field;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormReaderTest {
    private static final String BOUNDARY = "--x-1";
    private static final String TYPE = "multipart/form-data; boundary=" + BOUNDARY;
    private static final String END = "\r\n--" + BOUNDARY + "--\r\n";

    @Test
    void readsFieldsWhereverTheFormIsCut() {
        String form = field("model", "gpt-4o-transcribe")
                + file("file", "\r\n--\r\n----x-\r\r\n----x-2\r\n-\0\u00ff")
                + field("prompt", "some \r\n text")
                + field("n", "3")
                + field("response_format", "json")
                + END;
        for (int cut = 0; cut <= form.length() - 2; cut++) {
            FormReader reader = read(form, cut);
            assertThat(reader.refusal()).as("cut at %d", cut).isEmpty();
            assertThat(reader.complete()).isTrue();
            assertThat(reader.get(Field.MODEL)).contains("gpt-4o-transcribe");
            assertThat(reader.get(Field.RESPONSE_FORMAT)).contains("json");
            assertThat(reader.choices()).isEqualTo(3);
            assertThat(reader.files()).isEqualTo(1);
        }
    }

    @Test
    void aFileThatLooksLikeABoundaryIsOnlyAFile() {
        Random random = new Random(7);
        String letters = "\r\n-x1-";
        for (int round = 0; round < 3000; round++) {
            StringBuilder content = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                content.append(letters.charAt(random.nextInt(letters.length())));
            }
            if (content.toString().contains("\r\n--" + BOUNDARY)) {
                continue;
            }
            String form = file("file", content.toString()) + field("model", "m-1") + END;
            int cut = random.nextInt(form.length() - 2);
            FormReader reader = read(form, cut);
            assertThat(reader.get(Field.MODEL))
                    .as("seed 7, round %d, %s", round, form)
                    .contains("m-1");
            assertThat(reader.files()).isEqualTo(1);
        }
    }

    @Test
    void countsWhatIsNotAFile() {
        FormReader few = read(field("prompt", "") + file("image", "x".repeat(5000)) + END);
        FormReader many = read(field("prompt", "y".repeat(700)) + file("image", "x") + END);

        assertThat(many.fieldBytes() - few.fieldBytes()).isEqualTo(700);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x#B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm",
                "#B \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm",
                "#B\nContent-Disposition: form-data; name=\"model\"\n\nm",
                "#B\r\nContent-Disposition: form-data; name=model\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data; name*=utf-8''model\r\n\r\nm",
                "#B\r\nContent-Disposition: attachment; name=\"model\"\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data;\r\n name=\"model\"\r\n\r\nm",
                "#B\r\nContent-Type: text/plain\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data; name=\"Model\"\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data; name=\"model\"; filename=\"m\"\r\n\r\nm",
                "#B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n",
                "#B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\nb",
                "#B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n0",
                "#B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n129",
                "#B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1e1",
                "#B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\na\r\n#B\r\n"
                        + "Content-Disposition: form-data; name=\"model\"\r\n\r\nb"
            })
    void whatTwoReadersCouldSplitDifferentlyIsRefused(String form) {
        FormReader reader = read(form.replace("#B", "--" + BOUNDARY) + END);

        assertThat(reader.refusal()).isPresent();
    }

    @Test
    void aFormWithoutItsLastBoundaryIsNotComplete() {
        assertThat(read(field("model", "m")).complete()).isFalse();
        assertThat(read(field("model", "m") + "\r\n--" + BOUNDARY + "-").complete())
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "multipart/form-data; boundary=abc, true",
        "Multipart/Form-Data;boundary=\"a b\", true",
        "multipart/form-data, false",
        "multipart/form-data; boundary=a b, false",
        "multipart/form-data; boundary=a; boundary=b, false",
        "multipart/mixed; boundary=abc, false"
    })
    void takesOneUsualBoundary(String type, boolean taken) {
        assertThat(FormReader.of(type).isPresent()).isEqualTo(taken);
    }

    private static String field(String name, String value) {
        return start() + "Content-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value;
    }

    private static String file(String name, String content) {
        return start() + "Content-Disposition: form-data; name=\"" + name
                + "\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n" + content;
    }

    private static String start() {
        return "\r\n--" + BOUNDARY + "\r\n";
    }

    private static FormReader read(String form) {
        return read(form, 0);
    }

    private static FormReader read(String written, int cut) {
        String form = written.startsWith("\r\n") ? written.substring(2) : written;
        FormReader reader = FormReader.of(TYPE).orElseThrow();
        reader.read(Unpooled.wrappedBuffer(form.substring(0, cut).getBytes(ISO_8859_1)));
        reader.read(Unpooled.wrappedBuffer(form.substring(cut).getBytes(ISO_8859_1)));
        return reader;
    }
}
