package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.IntArrayList;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Counts without a vocabulary are compared with the vocabularies of OpenAI's tokenizers, token by token. */
class TokenCountTest {

    private static List<byte[]> vocabulary(String encoding) {
        try (InputStream file = Encodings.class.getResourceAsStream(encoding + ".tiktoken")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> Base64.getDecoder().decode(line.substring(0, line.indexOf(' '))))
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Providers hold half a character back until the rest has come. */
    private static boolean isText(byte[] token) {
        return Arrays.equals(new String(token, UTF_8).getBytes(UTF_8), token);
    }

    @ParameterizedTest
    @CsvSource({"o200k_base, 198436, 453", "cl100k_base, 99483, 45"})
    void anyTokenAloneIsOneButForVeryLongOnesAndRareSpaces(String encoding, int texts, int exceptions) {
        List<byte[]> tokens =
                vocabulary(encoding).stream().filter(TokenCountTest::isText).toList();

        assertThat(tokens).hasSize(texts);
        assertThat(tokens.stream().filter(token -> count(token) != 1)).hasSize(exceptions);
    }

    static Stream<Arguments> texts() {
        String prose =
                "The gate keeps a record of every request, and nobody pays twice for the same answer. Prices in 2026"
                        + " were lower; the manufacturer's documentation says \"about 12,500 units\" (see chapter 7).\n";
        String program = """
                    for (int i = 0; i < bytes.length; i++) {
                        total += Math.max(1, weightOf(bytes[i]));
                        if (total > LIMIT_MAX) {
                            return Optional.empty();
                        }
                    }
                """;
        String german =
                "Heute ist das Wetter schön, deshalb haben wir beschlossen, im Park spazieren zu gehen und über die"
                        + " Abrechnungsverfahren großer Sprachmodelle zu sprechen.";
        String russian = "Сегодня хорошая погода, и мы решили погулять в парке и обсудить последние новости о развитии"
                + " искусственного интеллекта.";
        String chinese = "今天天气很好，我们决定去公园散步，路上遇到了许多老朋友，讨论了最近的新闻和工作上的事情。";
        return Stream.of(
                Arguments.of("prose", prose, 97, 115),
                Arguments.of("program", program, 97, 130),
                Arguments.of("German", german, 94, 115),
                Arguments.of("Russian", russian, 94, 115),
                Arguments.of("Chinese", chinese, 97, 145));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("texts")
    void aLongerTextHasAboutAsManyAsTheTokenizerSays(String name, String text, long least, long most) {
        Encoding tokenizer =
                Encodings.newLazyEncodingRegistry().getEncoding("o200k_base").orElseThrow();
        IntArrayList tokens = tokenizer.encodeOrdinary(text);

        assertThat(100 * TokenCount.of(text) / tokens.size()).isBetween(least, most);
        assertThat(100 * coalesced(tokenizer, tokens, 5) / tokens.size()).isBetween(least, most);
        assertThat(coalesced(tokenizer, tokens, 1)).as("a token in each event").isEqualTo(tokens.size());
    }

    /** As a provider sends them that puts so many tokens into an event; tokens that are half a character go with the next. */
    private static long coalesced(Encoding tokenizer, IntArrayList tokens, int atOnce) {
        TokenCount count = new TokenCount();
        for (int from = 0; from < tokens.size(); from += atOnce) {
            IntArrayList event = new IntArrayList();
            for (int i = from; i < Math.min(from + atOnce, tokens.size()); i++) {
                event.add(tokens.get(i));
            }
            byte[] text = tokenizer.decodeBytes(event);
            count.begin();
            count.add(text, 0, text.length);
        }
        return count.tokens();
    }

    @Test
    void aTextCountsTheSameWhereverItIsCut() {
        byte[] text = "Hello, wörld 12345!\n\n  if (x) { naïve(); } 漢字 😀 don't".getBytes(UTF_8);
        TokenCount whole = new TokenCount();
        whole.begin();
        whole.add(text, 0, text.length);
        for (int cut = 0; cut <= text.length; cut++) {
            TokenCount count = new TokenCount();
            count.begin();
            count.add(text, 0, cut);
            count.add(text, cut, text.length);
            assertThat(count.tokens()).isEqualTo(whole.tokens());
        }
        assertThat(TokenCount.of(new String(text, UTF_8))).isEqualTo(whole.tokens());
        assertThat(TokenCount.of("")).isZero();
    }

    private static long count(byte[] text) {
        TokenCount count = new TokenCount();
        count.begin();
        count.add(text, 0, text.length);
        return count.tokens();
    }
}
