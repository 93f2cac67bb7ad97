package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.Feeding.Outcome;
import dev.tollgate.openai.ResponseReader.Mode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams as real servers send them, each fed whole, cut in two at every byte, and byte by byte. */
class StreamCorpusTest {

    /**
     * One recorded stream: {@code name.sse}, and {@code name.edited.sse} as a client sees it that did not ask for usage.
     */
    record Recording(String name, String lineEnd, Usage usage, long tokens, String model) {
        byte[] received() {
            return load(name + ".sse").replace("\n", lineEnd).getBytes(UTF_8);
        }

        String edited() {
            return load(name + ".edited.sse").replace("\n", lineEnd);
        }

        Recording endingLinesWith(String otherLineEnd) {
            return new Recording(name, otherLineEnd, usage, tokens, model);
        }

        @Override
        public String toString() {
            return name + " with " + (lineEnd.equals("\n") ? "LF" : lineEnd.equals("\r") ? "CR" : "CRLF");
        }
    }

    static Stream<Recording> recordings() {
        return Stream.of(
                        new Recording(
                                "openai", "\n", new Usage(19, 10, 29, 4, 3, 6, 1, 2, 0), 14, "gpt-6.1-sol-2026-09-29"),
                        new Recording(
                                "openai-tools-moderation", "\n", Usage.of(70, 12, 82), 7, "gpt-6.1-sol-2026-09-29"),
                        new Recording("azure", "\n", Usage.of(8, 1, 9), 1, "gpt-4o-2024-11-20"),
                        new Recording("vllm-cumulative", "\n", Usage.of(31, 2, 33), 2, "qwen3-32b"),
                        new Recording("ollama-zeros", "\n", Usage.of(26, 2, 28), 1, "llama3.2"),
                        new Recording("llamacpp", "\n", Usage.of(12, 1, 13), 1, "gpt-oss-20b"),
                        new Recording("groq", "\n", Usage.of(41, 2, 43), 1, "llama-3.3-70b-versatile"),
                        new Recording("openrouter", "\n", Usage.of(15, 3, 18), 2, "openai/gpt-6"),
                        new Recording("together", "\n", Usage.of(5, 7, 12), 2, "m/Kimi"),
                        new Recording("xai", "\n", new Usage(30, 1, 331, 0, 0, 300, 0, 0, 0), 1, "grok-5"),
                        new Recording("deepseek", "\n", Usage.of(9, 1, 10), 1, "deepseek-chat"),
                        new Recording("mistral", "\n", Usage.of(11, 3, 14), 4, "mistral-large-2512"),
                        new Recording("openai-two-choices", "\n", Usage.of(4, 2, 6), 2, "gpt-4o-mini-2024-07-18"),
                        new Recording(
                                "groq-both", "\n", new Usage(40, 3, 43, 0, 0, 1, 0, 0, 0), 1, "openai/gpt-oss-120b"),
                        new Recording(
                                "llamacpp-timings", "\n", new Usage(12, 4, 16, 8, 0, 0, 0, 0, 0), 1, "gpt-oss-20b"),
                        new Recording("vllm-no-done", "\n", Usage.of(31, 2, 33), 2, "qwen3-32b"),
                        new Recording("spacing", "\n", Usage.of(2, 3, 0), 6, ""))
                .flatMap(one -> Stream.of(one, one.endingLinesWith("\r\n"), one.endingLinesWith("\r")));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void passesEveryByteWhenOnlyObserving(Recording recording) {
        Supplier<ResponseReader> readers = () -> ResponseReader.ofStream(Mode.OBSERVE);
        Outcome whole = Feeding.whole(readers, recording.received());
        assertThat(whole.forwarded() + whole.held()).isEqualTo(new String(recording.received(), UTF_8));
        requireUnderstood(whole, recording);
        requireSameWhereverCut(readers, recording, whole);
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void takesOutWhatOnlyTollgateAskedFor(Recording recording) {
        Supplier<ResponseReader> readers = () -> ResponseReader.ofStream(Mode.EDIT);
        Outcome whole = Feeding.whole(readers, recording.received());
        assertThat(whole.forwarded() + whole.held()).isEqualTo(recording.edited());
        requireUnderstood(whole, recording);
        requireSameWhereverCut(readers, recording, whole);
    }

    private static void requireUnderstood(Outcome outcome, Recording recording) {
        assertThat(outcome.usage()).contains(recording.usage());
        assertThat(outcome.model().orElse("")).isEqualTo(recording.model());
        assertThat(outcome.progress().tokens()).isEqualTo(recording.tokens());
        assertThat(outcome.done()).isEqualTo(recording.edited().contains("[DONE]"));
        assertThat(outcome.held()).matches("(?s)(data: ?\\[DONE].*)?");
        assertThat(outcome.error()).isFalse();
        assertThat(outcome.malformed()).isFalse();
    }

    private static void requireSameWhereverCut(Supplier<ResponseReader> readers, Recording recording, Outcome whole) {
        byte[] received = recording.received();
        for (int cut = 0; cut <= received.length; cut++) {
            assertThat(Feeding.cutAt(readers, received, cut))
                    .as("cut at %d", cut)
                    .isEqualTo(whole);
        }
        assertThat(Feeding.byteByByte(readers, received, true)).isEqualTo(whole);
        assertThat(Feeding.byteByByte(readers, received, false)).isEqualTo(whole);
    }

    private static String load(String name) {
        try (InputStream in = StreamCorpusTest.class.getResourceAsStream("/streams/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
