package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UsageTest {

    private final AtomicInteger malformed = new AtomicInteger();

    @Test
    void readsBothSpellings() {
        assertThat(parse("{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"cache_write_tokens\":3,\"audio_tokens\":2},"
                        + "\"completion_tokens_details\":{\"reasoning_tokens\":1,\"audio_tokens\":1}}"))
                .isEqualTo(new Usage(10, 5, 15, 4, 3, 1, 2, 1, 0));
        assertThat(
                        parse(
                                "{\"type\":\"tokens\",\"input_tokens\":10,\"output_tokens\":5,"
                                        + "\"input_token_details\":{\"audio_tokens\":9},\"output_tokens_details\":{\"reasoning_tokens\":2}}"))
                .isEqualTo(new Usage(10, 5, 0, 0, 0, 2, 9, 0, 0));
        assertThat(malformed).hasValue(0);
    }

    @Test
    void readsWhatIsMissingOrNullAsZeroAndWholeFloatsAsCounts() {
        assertThat(parse("{\"prompt_tokens\":8.0,\"completion_tokens\":null,\"prompt_tokens_details\":null}"))
                .isEqualTo(Usage.of(8, 0, 0));
    }

    @Test
    void readsSecondsAsMillisecondsRoundedUp() {
        assertThat(parse("{\"type\":\"duration\",\"seconds\":3.5}")).isEqualTo(Usage.ofAudio(3_500));
        assertThat(parse("{\"seconds\":8.4700002}")).isEqualTo(Usage.ofAudio(8_471));
        assertThat(parse("{\"seconds\":1e-400000000}")).isEqualTo(Usage.ofAudio(1));
        assertThat(parse("{\"seconds\":null}")).isEqualTo(Usage.NONE);
        assertThat(parse("{\"seconds\":7,\"input_tokens\":2}")).isEqualTo(Usage.of(2, 0, 0));
        assertThat(malformed).hasValue(0);

        assertThat(parse("{\"seconds\":-1}")).isNull();
        assertThat(parse("{\"seconds\":\"7\"}")).isNull();
        assertThat(parse("{\"seconds\":1e400000000}")).isNull();
        assertThat(malformed).hasValue(3);
    }

    @Test
    void forgivesAMalformedDetailButSaysSo() {
        assertThat(parse("{\"total_tokens\":8,\"prompt_tokens_details\":{\"cached_tokens\":-1}}"))
                .isEqualTo(Usage.of(0, 0, 8));
        assertThat(malformed).hasValue(1);
    }

    @Test
    void chargesTheTotalOrTheSumWhicheverIsLarger() {
        assertThat(Usage.of(3, 4, 0).billableTokens()).isEqualTo(7);
        assertThat(Usage.of(3, 4, 300).billableTokens()).isEqualTo(300);
        assertThat(Usage.of(3, 4, 5).billableTokens()).isEqualTo(7);
    }

    @Test
    void refusesCountsThatCannotBe() {
        assertThatThrownBy(() -> Usage.of(-1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Usage.of(Long.MAX_VALUE, 1, 0)).isInstanceOf(ArithmeticException.class);
    }

    private @Nullable Usage parse(String json) {
        byte[] bytes = json.getBytes(UTF_8);
        return UsageParser.parse(bytes, bytes.length, malformed::incrementAndGet);
    }
}
