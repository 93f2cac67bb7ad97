package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.openai.Feeding.Outcome;
import dev.tollgate.openai.ResponseReader.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerReaderTest {

    private static final String ANSWER =
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-6-2026\","
                    + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
                    + "\"Größe: \\\"usage\\\":{\\\"total_tokens\\\":999}}\",\"refusal\":null},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13,"
                    + "\"completion_tokens_details\":{\"reasoning_tokens\":2}},\"service_tier\":\"default\"}";

    @ParameterizedTest
    @ValueSource(strings = {"%s", "\n\n  \n%s\n", "\uFEFF%s", "%s trailing {\"usage\":1}"})
    void readsAnAnswerWhereverItIsCut(String frame) {
        String answer = frame.replace("%s", ANSWER);
        byte[] bytes = answer.getBytes(UTF_8);
        Outcome whole = Feeding.whole(ResponseReader::ofAnswer, bytes);
        assertThat(whole.usage()).contains(new Usage(9, 4, 13, 0, 0, 2, 0, 0, 0));
        assertThat(whole.model()).contains("gpt-6-2026");
        assertThat(whole.done()).isTrue();
        assertThat(whole.error()).isFalse();
        assertThat(whole.forwarded() + whole.held()).isEqualTo(answer);
        assertThat(whole.held()).isEqualTo(answer.substring(answer.indexOf(ANSWER) + ANSWER.length() - 1));
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertThat(Feeding.cutAt(ResponseReader::ofAnswer, bytes, cut))
                    .as("cut at %d", cut)
                    .isEqualTo(whole);
        }
        assertThat(Feeding.byteByByte(ResponseReader::ofAnswer, bytes, false)).isEqualTo(whole);
    }

    @Test
    void passesWhiteSpaceThatKeepsTheConnectionOpenAtOnce() {
        StringBuilder passed = new StringBuilder();
        try (ResponseReader reader = ResponseReader.ofAnswer()) {
            reader.feed(Unpooled.copiedBuffer("\n\n", UTF_8), bytes -> {
                passed.append(bytes.toString(UTF_8));
                bytes.release();
            });
        }
        assertThat(passed).hasToString("\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1,2]", "plain text", "\"text\"", "<html></html>"})
    void holdsTheLastByteOfWhatIsNoObject(String body) {
        for (int cut = 0; cut <= body.length(); cut++) {
            Outcome outcome = Feeding.cutAt(ResponseReader::ofAnswer, body.getBytes(UTF_8), cut);
            assertThat(outcome.forwarded() + outcome.held()).isEqualTo(body);
            assertThat(outcome.held()).isEqualTo(body.substring(body.length() - 1));
        }
    }

    @Test
    void holdsABoundedPartOfEndlessTextBehindTheAnswer() {
        byte[] bytes = (ANSWER + " ".repeat(200_000)).getBytes(UTF_8);
        Outcome outcome = Feeding.pieces(ResponseReader::ofAnswer, bytes, true, 500, 100_000);
        assertThat(outcome.held()).hasSize(ResponseReader.HELD_BYTES_MAX);
        assertThat(outcome.forwarded() + outcome.held()).isEqualTo(new String(bytes, UTF_8));
    }

    @Test
    void tellsWhatCameOfAnAnswerThatBreaksOff() {
        byte[] bytes =
                ANSWER.substring(0, ANSWER.indexOf("\"usage\":{\"prompt")).getBytes(UTF_8);
        Outcome outcome = Feeding.whole(ResponseReader::ofAnswer, bytes);
        assertThat(outcome.done()).isFalse();
        assertThat(outcome.usage()).isEmpty();
        assertThat(outcome.progress().tokens()).isBetween(5L, 20L);
    }

    @Test
    void keepsAUsageThatCameBeforeTheBreak() {
        byte[] bytes = ANSWER.substring(0, ANSWER.length() - 5).getBytes(UTF_8);
        assertThat(Feeding.whole(ResponseReader::ofAnswer, bytes).usage()).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"{\"error\":{\"message\":\"x\"}}|true", "{\"error\":null}|false", "{\"id\":{\"error\":1}}|false"})
    void reportsAnErrorBody(String body, boolean error) {
        Outcome outcome = Feeding.whole(ResponseReader::ofAnswer, body.getBytes(UTF_8));
        assertThat(outcome.error()).isEqualTo(error);
        assertThat(outcome.progress()).isEqualTo(Progress.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"[{\"usage\":|}]", "[|]", "{\"a\":|}"})
    void followsBracketsOfAnyDepth(String open, String close) {
        String deep = "{\"x\":" + open.repeat(5000) + "1" + close.repeat(5000) + ",\"usage\":{\"total_tokens\":3}}";
        assertThat(Feeding.whole(ResponseReader::ofAnswer, deep.getBytes(UTF_8)).usage())
                .contains(Usage.of(0, 0, 3));
    }

    @Test
    void knowsUsageAsSoonAsTheLastBraceCame() {
        try (ResponseReader reader = ResponseReader.ofAnswer()) {
            reader.feed(Unpooled.copiedBuffer(ANSWER, UTF_8), ByteBuf::release);
            assertThat(reader.done()).isTrue();
            assertThat(reader.usage()).isPresent();
        }
    }
}
