package dev.tollgate.metering;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.metering.PromptCounter.Counted;
import dev.tollgate.openai.ModelRequest.Kind;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Counts are compared with those of another implementation of the tokenizers, which lie beside this class. One instance
 * serves all tests, since loading a vocabulary takes seconds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PromptCounterTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MARGIN_TOKENS = 4;
    private static final int MESSAGE_TOKENS = 3;
    private static final int REPLY_TOKENS = 3;

    private final AtomicLong nanos = new AtomicLong();
    private final PromptCounter counter = new PromptCounter(Runnable::run, nanos::get);

    record Expected(String encoding, long tokens, String json) {}

    static Stream<Expected> counts() throws IOException {
        try (InputStream file = PromptCounterTest.class.getResourceAsStream("token-counts.tsv")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), UTF_8)
                            .lines()
                            .map(line -> line.split("\t", 3))
                            .map(parts -> new Expected(parts[0], Long.parseLong(parts[1]), parts[2]))
                            .toList()
                            .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("counts")
    void neverCountsLessThanTheTokenizerDoesAndNoMoreThanTheMargin(Expected expected) {
        long bytes = expected.json().length() - 2L;

        long bound = bytes - saved(expected.encoding(), body(expected.json()));

        assertThat(bound)
                .isGreaterThanOrEqualTo(expected.tokens())
                .isEqualTo(Math.min(bytes, expected.tokens() + MARGIN_TOKENS));
    }

    @ParameterizedTest
    @MethodSource("counts")
    void aChatProbablyHasTheTokensOfItsTextAndItsFraming(Expected expected) {
        Counted counted = count(counter, Kind.CHAT, expected.encoding(), body(expected.json()));

        assertThat(counted.likelyTokens()).isEqualTo(expected.tokens() + MESSAGE_TOKENS + REPLY_TOKENS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            CHAT        | {"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}           | 11
            CHAT        | {"messages":[{"role":"user","name":"c","content":[{"type":"text","text":"b"}]}]}       |  8
            CHAT        | {"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:xyz"}}]}]}       |  6
            CHAT        | {"messages":[{"content":[{"type":"input_audio","input_audio":{"data":"12345678"}}]}]}  |  8
            CHAT        | {"messages":[{"content":null,"tool_calls":[{"id":"no","function":{"name":"f","arguments":"{}"}}]}]} | 8
            CHAT        | {"messages":[],"tools":[{"type":"function","function":{"name":"f","description":"d"}}]} | 28
            CHAT        | {"messages":[],"tools":[{"function":{"name":"f","parameters":{"type":"object","required":["a"],"properties":{"a":{"type":"string","enum":["x","y"]}}}}}]} | 42
            CHAT        | {"messages":[],"metadata":{"a":"b"},"user":"c","max_tokens":7}                         |  6
            RESPONSES   | {"input":"a","instructions":"b"}                                                       |  8
            RESPONSES   | {"input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"reasoning","encrypted_content":"12345678"}]} | 12
            COMPLETIONS | {"prompt":["a","b",[7,8,9]],"suffix":"c"}                                              |  6
            EMBEDDINGS  | {"input":[[1,2],[3]]}                                                                  |  3
            """)
    void everythingThatTheModelReadsProbablyCosts(Kind kind, String body, long tokens) {
        assertThat(count(counter, kind, "o200k_base", body).likelyTokens()).isEqualTo(tokens);
        assertThat(count(counter, kind, null, body).likelyTokens()).isEqualTo(tokens);
    }

    @Test
    void whatCannotBeReadIsNotKnown() {
        assertThat(count(counter, Kind.CHAT, "o200k_base", "{\"messages\":[").likelyTokens())
                .isNegative();
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
            busy.count(Kind.CHAT, "o200k_base", body, counted -> saved.add(counted.savedTokens()));
        }
        assertThat(saved).hasSize(8).containsOnly(0L);
        assertThat(body.refCnt()).isEqualTo(33);

        queue.forEach(Runnable::run);
        assertThat(saved).hasSize(40);
        assertThat(saved.subList(8, 40)).allMatch(tokens -> tokens > 0);
        assertThat(body.refCnt()).isOne();

        busy.count(Kind.CHAT, "o200k_base", body, counted -> saved.add(counted.savedTokens()));
        assertThat(queue).hasSize(33);
        body.release(2);
    }

    private long saved(String encoding, String body) {
        return saved(counter, encoding, body);
    }

    private static long saved(PromptCounter counter, String encoding, String body) {
        Counted counted = count(counter, Kind.CHAT, encoding, body);
        return counted.savedTokens();
    }

    private static Counted count(PromptCounter counter, Kind kind, @Nullable String encoding, String body) {
        ByteBuf bytes = Unpooled.copiedBuffer(body, UTF_8);
        List<Counted> counted = new ArrayList<>();
        counter.count(kind, encoding, bytes, counted::add);
        assertThat(bytes.refCnt()).isOne();
        bytes.release();
        return counted.getFirst();
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
