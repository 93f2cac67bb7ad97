package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Counts are compared with those of another implementation of the tokenizers, which lie beside this class. One instance
 * serves all tests, since loading a vocabulary takes seconds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptCounterTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MARGIN_TOKENS = 4;

    private final AtomicLong nanos = new AtomicLong();
    private final PromptCounter counter = new PromptCounter(Runnable::run, nanos::get);

    record Counted(String encoding, long tokens, String json) {}

    static Stream<Counted> counts() throws IOException {
        try (InputStream file = PromptCounterTest.class.getResourceAsStream("token-counts.tsv")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), UTF_8)
                            .lines()
                            .map(line -> line.split("\t", 3))
                            .map(parts -> new Counted(parts[0], Long.parseLong(parts[1]), parts[2]))
                            .toList()
                            .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("counts")
    void neverCountsLessThanTheTokenizerDoesAndNoMoreThanTheMargin(Counted expected) {
        long bytes = expected.json().length() - 2L;

        long bound = bytes - saved(expected.encoding(), body(expected.json()));

        assertThat(bound)
                .isGreaterThanOrEqualTo(expected.tokens())
                .isEqualTo(Math.min(bytes, expected.tokens() + MARGIN_TOKENS));
    }

    @Test
    void everyTextOfABodyIsCounted() {
        String text = "\"" + "hello world, ".repeat(100) + "\"";
        long one = saved("o200k_base", body(text));

        String three = "{\"messages\":[{\"content\":" + text + "},{\"content\":[{\"type\":\"text\",\"text\":" + text
                + "}]},{\"content\":" + text + "}]}";

        assertThat(one).isPositive();
        assertThat(saved("o200k_base", three)).isEqualTo(3 * one);
    }

    @Test
    void textWithoutABreakCountsByItsBytes() {
        assertThat(saved("o200k_base", body("a".repeat(100_000)))).isZero();
        assertThat(saved("o200k_base", body(" ".repeat(100_000)))).isZero();
        assertThat(saved("o200k_base", body("漢".repeat(100_000)))).isZero();
        assertThat(saved("o200k_base", body("ab ".repeat(30_000)))).isPositive();
    }

    @Test
    void halfACharacterCountsByItsBytes() {
        assertThat(saved("o200k_base", body("\"hello there \\ud83d hello there\"")))
                .isZero();
        assertThat(saved("o200k_base", body("\"hello there \\udc00 hello there\"")))
                .isZero();
    }

    @Test
    void whatIsBeyondTheLengthOrTheTimeCountsByItsBytes() {
        String words = "\"" + "hello world ".repeat(50_000) + "\"";
        long one = saved("o200k_base", body(words));
        String two = "{\"messages\":[{\"content\":" + words + "},{\"content\":" + words + "}]}";

        assertThat(saved("o200k_base", two)).isEqualTo(one);

        PromptCounter slow = new PromptCounter(Runnable::run, () -> nanos.addAndGet(600_000_000));
        String three = "{\"messages\":[{\"content\":\"hello world\"},{\"content\":\"hello world\"}]}";
        assertThat(saved(slow, "o200k_base", three)).isEqualTo(saved("o200k_base", body("hello world")));
    }

    @Test
    void anUnknownTokenizerCountsNothing() {
        assertThat(saved("no_such", body("hello world, hello world"))).isZero();
        assertThat(PromptCounter.knows("no_such")).isFalse();
        assertThat(PromptCounter.knows("o200k_base")).isTrue();
    }

    @Test
    void whatFindsNoRoomIsNotCountedAndNothingIsKept() {
        Queue<Runnable> queue = new ArrayDeque<>();
        PromptCounter busy = new PromptCounter(queue::add, nanos::get);
        ByteBuf body = Unpooled.copiedBuffer(body("hello world, hello world"), UTF_8);
        List<Long> saved = new ArrayList<>();

        for (int i = 0; i < 40; i++) {
            busy.count("o200k_base", body, saved::add);
        }
        assertThat(saved).hasSize(8).containsOnly(0L);
        assertThat(body.refCnt()).isEqualTo(33);

        queue.forEach(Runnable::run);
        assertThat(saved).hasSize(40);
        assertThat(saved.subList(8, 40)).allMatch(tokens -> tokens > 0);
        assertThat(body.refCnt()).isOne();

        busy.count("o200k_base", body, saved::add);
        assertThat(queue).hasSize(33);
        body.release(2);
    }

    private long saved(String encoding, String body) {
        return saved(counter, encoding, body);
    }

    private static long saved(PromptCounter counter, String encoding, String body) {
        ByteBuf bytes = Unpooled.copiedBuffer(body, UTF_8);
        List<Long> saved = new ArrayList<>();
        counter.count(encoding, bytes, saved::add);
        assertThat(bytes.refCnt()).isOne();
        bytes.release();
        return saved.getFirst();
    }

    /** A body with one message, whose content is a JSON string or a text to be made one. */
    private static String body(String text) {
        try {
            String json = text.startsWith("\"") ? text : JSON.writeValueAsString(text);
            return "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":" + json + "}]}";
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
