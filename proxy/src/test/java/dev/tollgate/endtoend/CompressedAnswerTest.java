package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.github.luben.zstd.ZstdOutputStream;
import dev.tollgate.sandbox.openai.Script;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A provider that compresses although it was asked not to: its answers are measured, and readable for every caller. */
class CompressedAnswerTest {
    private static final String ANSWER = "{\"choices\":[{\"message\":{\"content\":\"" + "Hello ".repeat(30_000)
            + "\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}";
    private static final String TEXT = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}],\"usage\":null}\n\n";
    private static final String SHOWN = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"total_tokens\":11}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    @TempDir
    Path folder;

    private Stand stand;

    @BeforeEach
    void start() throws Exception {
        stand = Stand.start(folder, 1_000_000);
    }

    @AfterEach
    void close() {
        stand.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "br", "zstd"})
    void anAnswerIsMeasuredAndPlain(String coding) throws Exception {
        provider(coding, "application/json", compressed(coding, ANSWER));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        assertThat(answer.body()).isEqualTo(ANSWER);
        assertThat(answer.complete()).isTrue();
        assertThat(answer.headers()).doesNotContainKey("content-encoding");
        assertThat(stand.lastSettled().units()).isEqualTo(11);
        assertThat(stand.lastSettled().estimated()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate", "br", "zstd"})
    void aStreamLosesTheUsageThatOnlyTollgateAskedFor(String coding) throws Exception {
        provider(coding, "text/event-stream", compressed(coding, TEXT.repeat(500) + USAGE + DONE));

        RawAnswer answer = stand.ask(stand.streamedChat("Hi", 50));

        assertThat(answer.body()).isEqualTo(SHOWN.repeat(500) + DONE);
        assertThat(stand.lastSettled().units()).isEqualTo(11);
    }

    @Test
    void anErrorIsReadable() throws Exception {
        String error =
                "{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}";
        byte[] body = compressed("gzip", error);
        stand.sandbox.openai().script(Script.raw(answer("400 No", "gzip", "application/json", body)));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo(error);
        stand.assertLastIsReturned();
    }

    @Test
    void whatIsNotWhatItSaysIsAnEstimate() throws Exception {
        provider("gzip", "application/json", ANSWER.getBytes(StandardCharsets.UTF_8));

        RawAnswer answer = stand.ask(stand.chat("Hi", 50));

        assertThat(answer.complete()).isFalse();
        stand.assertLastIsEstimated();
    }

    @Test
    void anAnswerThatSwellsWithoutEndIsCutOff() throws Exception {
        provider("gzip", "application/json", compressed("gzip", "{\"x\":\"" + "y".repeat(60_000_000) + "\"}"));

        assertThat(stand.ask(stand.chat("Hi", 50)).complete()).isFalse();

        stand.assertLastIsEstimated();
    }

    private void provider(String coding, String type, byte[] body) {
        stand.sandbox.openai().script(Script.raw(answer("200 OK", coding, type, body)));
    }

    private static byte[] answer(String status, String coding, String type, byte[] body) {
        String head = "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nContent-Encoding: " + coding
                + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
        whole.writeBytes(body);
        return whole.toByteArray();
    }

    private static byte[] compressed(String coding, String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = encoder(coding, bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static OutputStream encoder(String coding, ByteArrayOutputStream bytes) throws IOException {
        return switch (coding) {
            case "gzip" -> new GZIPOutputStream(bytes);
            case "deflate" -> new DeflaterOutputStream(bytes);
            case "zstd" -> new ZstdOutputStream(bytes);
            default -> {
                Brotli4jLoader.ensureAvailability();
                yield new BrotliOutputStream(bytes);
            }
        };
    }
}
