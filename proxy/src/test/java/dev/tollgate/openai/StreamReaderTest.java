package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.Feeding.Outcome;
import dev.tollgate.openai.ResponseReader.Mode;
import dev.tollgate.openai.ResponseReader.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReaderTest {

    private static final String TEXT = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    private static final String USAGE =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";

    @Test
    void readsAnEventOfFiveMegabytesInEitherMode() {
        String answer = "data: {\"choices\":[{\"delta\":{\"content\":\"" + "a\\u00e9".repeat(625_000)
                + "\"}}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n" + DONE;
        byte[] bytes = answer.getBytes(UTF_8);
        for (Mode mode : Mode.values()) {
            for (int cut : new int[] {1, 60_000, bytes.length / 2, bytes.length - 20}) {
                Outcome outcome = Feeding.pieces(() -> ResponseReader.ofStream(mode), bytes, false, cut);
                assertThat(outcome.forwarded() + outcome.held()).isEqualTo(answer);
                assertThat(outcome.usage()).contains(Usage.of(9, 2, 11));
                assertThat(outcome.progress()).isEqualTo(new Progress(TokenCount.of("aé".repeat(625_000))));
            }
        }
    }

    @Test
    void editsAnEventUpToItsLimitAndPassesALargerOne() {
        String padded = "data: {\"choices\":[],\"usage\":{\"total_tokens\":11},\"pad\":\"xxxxxxxx\"}\n\n";
        byte[] bytes = padded.getBytes(UTF_8);
        for (int cut = 0; cut < bytes.length; cut++) {
            int at = cut;
            assertThat(Feeding.cutAt(() -> new StreamReader(Mode.EDIT, bytes.length), bytes, at)
                            .forwarded())
                    .isEmpty();
            assertThat(Feeding.cutAt(() -> new StreamReader(Mode.EDIT, bytes.length - 1), bytes, at)
                            .forwarded())
                    .isEqualTo(padded);
        }
    }

    @Test
    void forwardsAtOnceWhatNeedsNoWaiting() {
        assertThat(forwardedAfterEachPiece(Mode.OBSERVE, "data: {\"cho", "ices\":[]", "}\n\nda", "ta: {}\n\n"))
                .containsExactly("data: {\"cho", "ices\":[]", "}\n\n", "data: {}\n\n");
        assertThat(forwardedAfterEachPiece(Mode.EDIT, ": keep-al", "ive\n", TEXT + "data: {", "}\n\n"))
                .containsExactly(": keep-al", "ive\n", TEXT, "data: {}\n\n");
    }

    @Test
    void forwardsARunOfUntouchedEventsWithoutCopying() {
        ByteBuf in = Unpooled.copiedBuffer(TEXT + TEXT, UTF_8);
        List<ByteBuf> out = new ArrayList<>();
        try (ResponseReader reader = ResponseReader.ofStream(Mode.EDIT)) {
            reader.feed(in, out::add);
        }
        assertThat(out).hasSize(1);
        assertThat(out.getFirst().array()).isSameAs(in.array());
        assertThat(out.getFirst().release()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void holdsDoneAndEverythingBehindItWithinABound(Mode mode) {
        String behind = "x".repeat(1000) + "\n";
        Outcome outcome =
                Feeding.whole(() -> ResponseReader.ofStream(mode), (TEXT + DONE + behind.repeat(100)).getBytes(UTF_8));
        assertThat(outcome.forwarded()).isEqualTo(TEXT);
        assertThat(outcome.held()).startsWith(DONE).hasSize(ResponseReader.HELD_BYTES_MAX);
    }

    @Test
    void holdsNothingThatOnlyLooksLikeDone() {
        String stream = "data: [DONE\n\ndata: x\ndata: [DONE]\n\ndates: [DONE]\n\n: data: [DONE]\n\ndata\n\n";
        for (Mode mode : Mode.values()) {
            Outcome outcome = Feeding.byteByByte(() -> ResponseReader.ofStream(mode), stream.getBytes(UTF_8), true);
            assertThat(outcome.forwarded()).isEqualTo(stream);
            assertThat(outcome.done()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r"})
    void readsALastEventWithoutAnEmptyLine(String end) {
        byte[] stream = (TEXT + USAGE.strip() + end).getBytes(UTF_8);
        Outcome observed = Feeding.whole(() -> ResponseReader.ofStream(Mode.OBSERVE), stream);
        assertThat(observed.usage()).contains(Usage.of(9, 2, 11));
        assertThat(observed.forwarded()).isEqualTo(new String(stream, UTF_8));
        Outcome edited = Feeding.whole(() -> ResponseReader.ofStream(Mode.EDIT), stream);
        assertThat(edited.usage()).contains(Usage.of(9, 2, 11));
        assertThat(edited.forwarded()).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"error\":{\"message\":\"no\"}}|true",
                "{\"choices\":[],\"error\":\"no\"}|true",
                "{\"type\":\"error\",\"message\":\"no\"}|true",
                "{\"x_groq\":{\"error\":\"over\"}}|true",
                "{\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"x\"}}}|true",
                "{\"choices\":[],\"error\":null}|false",
                "{\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":1}\"},\"error\":{}}]}|false",
                "{\"type\":\"response.created\",\"response\":{\"error\":null}}|false",
            })
    void noticesErrorEvents(String json, boolean error) {
        byte[] stream = ("data: " + json + "\n\n").getBytes(UTF_8);
        assertThat(Feeding.byteByByte(() -> ResponseReader.ofStream(Mode.OBSERVE), stream, true)
                        .error())
                .isEqualTo(error);
    }

    @Test
    void keepsAnErrorEventThatCarriesUsage() {
        String stream = "data: {\"choices\":[],\"usage\":{\"total_tokens\":5},\"error\":{\"message\":\"no\"}}\n\n";
        assertThat(edited(stream)).isEqualTo("data: {\"choices\":[],\"error\":{\"message\":\"no\"}}\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"choices\":[],\"usage\":{\"total_tokens\":5}\n\n",
                "data: [{\"usage\":null}]\n\n",
                "data: {\"usage\":null,\"usage\":{\"total_tokens\":5}}\n\n",
                "data: {\"choices\":[{\"usage\":null}]}\n\n",
                "data: \"usage\":null\n\n",
                "data: {\"x_groq\":{\"usage\":{\"total_tokens\":5}}}\n\n",
            })
    void leavesAloneWhatItCannotEditSafely(String stream) {
        assertThat(edited(stream)).isEqualTo(stream);
    }

    @Test
    void takesTheLargestTotalNeverTheSum() {
        assertThat(usageOf("{\"usage\":{\"total_tokens\":7}}", "{\"usage\":{\"total_tokens\":5}}"))
                .isEqualTo(Usage.of(0, 0, 7));
        assertThat(usageOf("{\"usage\":{\"total_tokens\":5}}", "{\"usage\":{\"total_tokens\":7}}"))
                .isEqualTo(Usage.of(0, 0, 7));
        assertThat(usageOf("{\"usage\":{\"total_tokens\":5}}", "{\"usage\":{\"total_tokens\":0}}", "{\"usage\":null}"))
                .isEqualTo(Usage.of(0, 0, 5));
    }

    @Test
    void prefersTheTopLevelWithinOneEvent() {
        assertThat(usageOf("{\"x_groq\":{\"usage\":{\"total_tokens\":8}},\"usage\":{\"total_tokens\":7}}"))
                .isEqualTo(Usage.of(0, 0, 7));
        assertThat(usageOf("{\"usage\":{\"total_tokens\":7},\"response\":{\"usage\":{\"total_tokens\":8}}}"))
                .isEqualTo(Usage.of(0, 0, 7));
        assertThat(usageOf("{\"response\":{\"usage\":{\"input_tokens\":4,\"output_tokens\":4}},\"usage\":null}"))
                .isEqualTo(Usage.of(4, 4, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"usage\":7}",
                "{\"usage\":[]}",
                "{\"usage\":{\"total_tokens\":-1}}",
                "{\"usage\":{\"total_tokens\":\"9\"}}",
                "{\"usage\":{\"total_tokens\":9.5}}",
                "{\"usage\":{\"total_tokens\":1e99}}",
                "{\"usage\":{\"prompt_tokens\":9e18,\"completion_tokens\":9e18}}",
            })
    void takesAnImpossibleUsageForMissing(String json) {
        Outcome outcome =
                Feeding.whole(() -> ResponseReader.ofStream(Mode.OBSERVE), ("data: " + json + "\n\n").getBytes(UTF_8));
        assertThat(outcome.usage()).isEmpty();
        assertThat(outcome.malformed()).isTrue();
    }

    @Test
    void takesAnEndlessUsageForMalformedAndGoesOn() {
        String huge = "data: {\"choices\":[],\"usage\":{\"x\":\"" + "y".repeat(20_000) + "\",\"total_tokens\":9}}\n\n";
        Outcome outcome = Feeding.whole(() -> ResponseReader.ofStream(Mode.OBSERVE), (huge + USAGE).getBytes(UTF_8));
        assertThat(outcome.usage()).contains(Usage.of(9, 2, 11));
        assertThat(outcome.malformed()).isTrue();
    }

    @Test
    void countsTheTextOfEveryKind() {
        String stream = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"
                + "data: {\"choices\":[{\"delta\":{\"content\":\"a\\n\\u20ac\\\"é\"}}]}\n\n"
                + "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"bc\",\"refusal\":null}}]}\n\n"
                + "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"n\",\"arguments\":\"{}\"}}]},"
                + "\"logprobs\":{\"content\":[{\"token\":\"zzz\",\"bytes\":[1]}]}}]}\n\n"
                + "data: {\"type\":\"response.output_text.delta\",\"delta\":\"five!\"}\n\n";
        Outcome outcome = Feeding.byteByByte(() -> ResponseReader.ofStream(Mode.OBSERVE), stream.getBytes(UTF_8), true);
        assertThat(outcome.progress()).isEqualTo(new Progress(TokenCount.of("a\n€\"é") + 1 + 1 + 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"response\":[\"a\",\"usage\",{\"total_tokens\":5}]}",
                "{\"x_groq\":{\"x\":[1,\"usage\",{\"total_tokens\":5}]}}",
                "[\"usage\",{\"total_tokens\":5}]",
                "{\"choices\":[0,\"content\",\"no text\"]}",
            })
    void takesNoArrayElementForAName(String json) {
        Outcome outcome =
                Feeding.whole(() -> ResponseReader.ofStream(Mode.OBSERVE), ("data: " + json + "\n\n").getBytes(UTF_8));
        assertThat(outcome.usage()).isEmpty();
        assertThat(outcome.progress()).isEqualTo(Progress.NONE);
    }

    @Test
    void knowsWhetherAClientIsInsideAnEvent() {
        try (ResponseReader reader = ResponseReader.ofStream(Mode.OBSERVE)) {
            reader.feed(Unpooled.copiedBuffer(TEXT + "data: {", UTF_8), ByteBuf::release);
            assertThat(reader.insideEvent()).isTrue();
            reader.feed(Unpooled.copiedBuffer("}\n\n", UTF_8), ByteBuf::release);
            assertThat(reader.insideEvent()).isFalse();
        }
    }

    @Test
    void releasesWhatIsHeldWhenClosed() {
        ResponseReader reader = ResponseReader.ofStream(Mode.EDIT);
        reader.feed(Unpooled.directBuffer().writeBytes("data: {\"a\"".getBytes(UTF_8)), ByteBuf::release);
        reader.close();
        reader.close();
        assertThat(reader.takeHeld().isReadable()).isFalse();
    }

    private static Usage usageOf(String... events) {
        StringBuilder stream = new StringBuilder();
        for (String event : events) {
            stream.append("data: ").append(event).append("\n\n");
        }
        byte[] bytes = stream.toString().getBytes(UTF_8);
        Outcome whole = Feeding.whole(() -> ResponseReader.ofStream(Mode.OBSERVE), bytes);
        assertThat(Feeding.byteByByte(() -> ResponseReader.ofStream(Mode.OBSERVE), bytes, true))
                .isEqualTo(whole);
        return whole.usage().orElseThrow();
    }

    private static String edited(String stream) {
        Outcome outcome = Feeding.whole(() -> ResponseReader.ofStream(Mode.EDIT), stream.getBytes(UTF_8));
        return outcome.forwarded() + outcome.held();
    }

    private static List<String> forwardedAfterEachPiece(Mode mode, String... pieces) {
        List<String> forwarded = new ArrayList<>();
        try (ResponseReader reader = ResponseReader.ofStream(mode)) {
            for (String piece : pieces) {
                StringBuilder now = new StringBuilder();
                reader.feed(Unpooled.copiedBuffer(piece, UTF_8), bytes -> {
                    now.append(bytes.toString(UTF_8));
                    bytes.release();
                });
                forwarded.add(now.toString());
            }
        }
        return forwarded;
    }
}
