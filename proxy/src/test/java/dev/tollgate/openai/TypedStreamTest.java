package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.Feeding.Outcome;
import dev.tollgate.openai.ResponseReader.Mode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of typed events, which end with an event of their own instead of {@code [DONE]}. */
class TypedStreamTest {

    private static final Usage RESPONSE = new Usage(36, 12, 48, 20, 4, 7, 0, 0, 0);
    private static final Usage TRANSCRIPT = new Usage(14, 45, 59, 0, 0, 0, 14, 0, 0);
    private static final String MODEL = "gpt-6.1-sol-2026-09-29";

    /** What one stream says, and what of it must wait for the settlement. */
    record Recording(String name, String lineEnd, Usage usage, long tokens, String model, boolean error, String held) {
        byte[] received() {
            return load(name).replace("\n", lineEnd).getBytes(UTF_8);
        }

        Recording endingLinesWith(String otherLineEnd) {
            return new Recording(name, otherLineEnd, usage, tokens, model, error, held.replace("\n", otherLineEnd));
        }

        @Override
        public String toString() {
            return name + " with " + (lineEnd.equals("\n") ? "LF" : lineEnd.equals("\r") ? "CR" : "CRLF");
        }
    }

    static Stream<Recording> recordings() {
        return Stream.of(
                        new Recording("responses", "\n", RESPONSE, 14, MODEL, false, "}\n\n"),
                        new Recording("responses-incomplete", "\n", RESPONSE, 14, MODEL, false, "}\n\n"),
                        new Recording("responses-failed", "\n", RESPONSE, 14, MODEL, true, "}\n\n"),
                        new Recording("responses-type-last", "\n", RESPONSE, 1, MODEL, false, "}\n\ndata: [DONE]\n\n"),
                        new Recording("images", "\n", Usage.of(10, 1056, 1066), 0, "", false, "}\n\n"),
                        new Recording("images-several", "\n", Usage.of(20, 2112, 2132), 0, "", false, "}\n\n"),
                        new Recording("speech", "\n", Usage.of(14, 101, 115), 0, "", false, "}\n\n"),
                        new Recording("transcript", "\n", TRANSCRIPT, 2, "", false, "}\n\n"))
                .flatMap(one -> Stream.of(one, one.endingLinesWith("\r\n"), one.endingLinesWith("\r")));
    }

    @ParameterizedTest
    @MethodSource("recordings")
    void passesEveryByteAndHoldsTheEnd(Recording recording) {
        byte[] received = recording.received();
        Outcome whole = Feeding.whole(TypedStreamTest::observer, received);

        assertThat(whole.forwarded() + whole.held()).isEqualTo(new String(received, UTF_8));
        assertThat(whole.held()).isEqualTo(recording.held());
        assertThat(whole.usage()).contains(recording.usage());
        assertThat(whole.model().orElse("")).isEqualTo(recording.model());
        assertThat(whole.progress().tokens()).isEqualTo(recording.tokens());
        assertThat(whole.error()).isEqualTo(recording.error());
        assertThat(whole.done()).isTrue();
        assertThat(whole.malformed()).isFalse();
        for (int cut = 0; cut <= received.length; cut++) {
            assertThat(Feeding.cutAt(TypedStreamTest::observer, received, cut))
                    .as("cut at %d", cut)
                    .isEqualTo(whole);
        }
        assertThat(Feeding.byteByByte(TypedStreamTest::observer, received, true))
                .isEqualTo(whole);
        assertThat(Feeding.byteByByte(TypedStreamTest::observer, received, false))
                .isEqualTo(whole);
    }

    @Test
    void aTerminalEventOfMegabytesPassesButForItsEnd() {
        String event = load("responses").replace("\"annotations\":[]", "\"text\":\"" + "x".repeat(5_000_000) + "\"");
        byte[] received = event.getBytes(UTF_8);

        Outcome outcome =
                Feeding.pieces(TypedStreamTest::observer, received, false, received.length / 3, received.length - 400);

        assertThat(outcome.held()).isEqualTo("}\n\n");
        assertThat(outcome.forwarded().length() + 3).isEqualTo(event.length());
        assertThat(outcome.usage()).contains(RESPONSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"response.completed", "response.incomplete", "response.failed"})
    void nothingIsChargedForAnEventThatOnlyTalksOfTheEnd(String type) {
        String text = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"data: {\\\"type\\\":\\\"" + type
                + "\\\"}\"}\n\n";
        Outcome outcome = Feeding.whole(TypedStreamTest::observer, text.getBytes(UTF_8));

        assertThat(outcome.done()).isFalse();
        assertThat(outcome.held()).isEmpty();
    }

    @Test
    void commentsBehindTheEndWaitWithinABound() {
        String stream = load("responses") + ": keep-alive\n\n".repeat(10_000);
        Outcome outcome =
                Feeding.pieces(TypedStreamTest::observer, stream.getBytes(UTF_8), true, 3000, 60_000, 80_000, 120_000);

        assertThat(outcome.forwarded() + outcome.held()).isEqualTo(stream);
    }

    @Test
    void aFailureBeforeAnyTextIsAnErrorWithoutUsage() {
        String stream =
                "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"no\",\"param\":null,"
                        + "\"sequence_number\":1}\n\n";
        Outcome outcome = Feeding.whole(TypedStreamTest::observer, stream.getBytes(UTF_8));

        assertThat(outcome.error()).isTrue();
        assertThat(outcome.usage()).isEmpty();
        assertThat(outcome.progress().tokens()).isZero();
    }

    private static ResponseReader observer() {
        return ResponseReader.ofStream(Mode.OBSERVE);
    }

    private static String load(String name) {
        try (InputStream in = TypedStreamTest.class.getResourceAsStream("/streams/" + name + ".sse")) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
