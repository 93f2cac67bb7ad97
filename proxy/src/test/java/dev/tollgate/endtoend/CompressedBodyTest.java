package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.aayushatharva.brotli4j.encoder.BrotliOutputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed requests reach the provider plain, and none of them grows beyond what a plain one may be. */
class CompressedBodyTest {
    private static final int BODY_BYTES_MAX = 2 * 1024 * 1024;
    private static final String INVALID = "invalid_request_error";

    @TempDir
    static Path folder;

    private static ScriptedUpstream provider;
    private static Stand stand;

    enum Coding {
        GZIP("gzip"),
        ZLIB("deflate"),
        BARE_DEFLATE("deflate"),
        ZSTD("zstd"),
        BROTLI("br");

        final String name;

        Coding(String name) {
            this.name = name;
        }

        byte[] encode(byte[] plain) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream out = open(bytes)) {
                out.write(plain);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }

        private OutputStream open(OutputStream bytes) throws IOException {
            return switch (this) {
                case GZIP -> new GZIPOutputStream(bytes);
                case ZLIB -> new DeflaterOutputStream(bytes);
                case BARE_DEFLATE -> new DeflaterOutputStream(bytes, new Deflater(9, true));
                case ZSTD -> new ZstdOutputStream(bytes);
                case BROTLI -> {
                    Brotli4jLoader.ensureAvailability();
                    yield new BrotliOutputStream(bytes);
                }
            };
        }
    }

    @BeforeAll
    static void start() throws Exception {
        provider = new ScriptedUpstream();
        stand = Stand.on(
                Stand.startSandbox(100_000_000),
                folder,
                Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1")
                        + "limits: { body: 2MiB }\nupstreams: [" + provider.settings("one", "") + "]\n");
    }

    @AfterAll
    static void stop() throws Exception {
        stand.close();
        provider.close();
    }

    private static RawAnswer post(String coding, byte[] body) throws IOException {
        try (RawConnection connection = RawConnection.open(stand.port())) {
            return connection
                    .send("POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                            + "\r\nContent-Encoding: " + coding + "\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .send(body)
                    .read();
        }
    }

    /** A request of so many bytes. */
    private static byte[] request(int bytes) {
        String start = "{\"model\":\"gpt-4o\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":\"";
        String end = "\"}]}";
        return (start + "ü".repeat((bytes - start.length() - end.length()) / 2) + end).getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void theProviderGetsThePlainBytes(Coding coding) throws Exception {
        for (int bytes : new int[] {200, 70_000, BODY_BYTES_MAX - 2}) {
            byte[] plain = request(bytes);

            assertThat(post(coding.name, coding.encode(plain)).status()).isEqualTo(200);

            ScriptedUpstream.Request seen = provider.requests().getLast();
            assertThat(seen.body()).isEqualTo(new String(plain, StandardCharsets.UTF_8));
            assertThat(seen.headers()).doesNotContainKey("content-encoding");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBodyThatGrowsTooLargeIsRefused(Coding coding) throws Exception {
        int before = provider.requests().size();
        byte[] bomb = coding.encode(new byte[200 * 1024 * 1024]);
        assertThat(bomb.length).isLessThan(BODY_BYTES_MAX);

        post(coding.name, bomb).assertError(413, INVALID, "request_too_large");
        post(coding.name, coding.encode(request(BODY_BYTES_MAX + 3))).assertError(413, INVALID, "request_too_large");

        assertThat(provider.requests()).hasSize(before);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyThatIsCutOffOrSomethingElseIsRefused(Coding coding) throws Exception {
        byte[] whole = coding.encode(request(5_000));

        post(coding.name, Arrays.copyOf(whole, whole.length - 3)).assertError(400, INVALID, "malformed_request");
        post(coding.name, new byte[] {(byte) 0xFF, 1, 2, 3, 4, 5, 6, 7, 8})
                .assertError(400, INVALID, "malformed_request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compress", "gzip, gzip", "identity, gzip", "gzip,br", "zstd;q=1", "aes128gcm"})
    void whatIsNotKnownOrStackedIsRefused(String coding) throws Exception {
        post(coding, Coding.GZIP.encode(request(200))).assertError(415, INVALID, "unsupported_content_encoding");
    }

    static Stream<Arguments> otherSpellings() {
        return Stream.of(
                Arguments.of("GZip", Coding.GZIP),
                Arguments.of("x-gzip", Coding.GZIP),
                Arguments.of("ZSTD", Coding.ZSTD));
    }

    @ParameterizedTest
    @MethodSource("otherSpellings")
    void codingsAreNamedRegardlessOfCase(String name, Coding coding) throws Exception {
        assertThat(post(name, coding.encode(request(300))).status()).isEqualTo(200);
    }

    @Test
    void aWindowLargerThanTheCodingAllowsIsRefused() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            out.setLong(27);
            out.write(request(500));
        }

        post("zstd", bytes.toByteArray()).assertError(400, INVALID, "malformed_request");
    }

    @Test
    void othersAreServedWhileABodyIsDecodedAndLeavingEndsIt() throws Exception {
        byte[] bomb = Coding.ZSTD.encode(new byte[200 * 1024 * 1024]);
        try (RawConnection leaving = RawConnection.open(stand.port())) {
            leaving.send("POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                            + "\r\nContent-Encoding: zstd\r\nContent-Length: " + bomb.length + "\r\n\r\n")
                    .send(bomb);
        }
        assertThat(stand.ask(stand.request("GET", "/v1/models", "")).status()).isEqualTo(200);
    }
}
