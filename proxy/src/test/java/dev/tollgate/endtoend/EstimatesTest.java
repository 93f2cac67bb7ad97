package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.openai.Generation;
import dev.tollgate.sandbox.openai.Script;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is billed for an answer whose usage never came, compared with what was delivered and what the sandbox knows that it
 * generated. The prompts are made of words that are one token each, as the sandbox counts them, so that the figures can
 * be compared to the token.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EstimatesTest {
    private static final String PROMPT = "The river runs under the bridge in the early morning light "
            .repeat(20)
            .strip();
    private static final long PROMPT_WORDS = 20 * 11;
    private static final long FRAMING_TOKENS = 6;
    private static final Pattern TEXT = Pattern.compile("\"content\":\"[^\"]");

    private Stand stand;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        stand = Stand.start(folder, 1_000_000, "plans: { default: { disconnect: cancel } }\n");
        // The first count loads the vocabulary, which is not waited for.
        await().atMost(Stand.PATIENCE).until(() -> {
            stand.sandbox.openai().script(Script.cutAfterEvents(2, true));
            RawAnswer answer = stand.ask(stand.streamedChat(PROMPT, 100));
            return stand.lastSettled().units() == PROMPT_WORDS + FRAMING_TOKENS + delivered(answer);
        });
    }

    private static long delivered(RawAnswer answer) {
        return TEXT.matcher(answer.body()).results().count();
    }

    @AfterAll
    void stop() {
        stand.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 19})
    void aBrokenStreamIsBilledWhatWasDeliveredAndItsPrompt(int events) throws Exception {
        stand.sandbox.openai().script(Script.cutAfterEvents(events, true));
        RawAnswer answer = stand.ask(stand.streamedChat(PROMPT, 100));

        long delivered = delivered(answer);
        Fact.Settled settled = stand.lastSettled();
        Generation generation = stand.sandbox.openai().generations().getLast();
        assertThat(settled.estimated()).isTrue();
        assertThat(settled.units()).isEqualTo(PROMPT_WORDS + FRAMING_TOKENS + delivered);
        assertThat(settled.units()).isBetween(delivered, generation.totalTokens());
        assertThat(generation.promptTokens()).isEqualTo(PROMPT_WORDS + FRAMING_TOKENS);
    }

    @Test
    void aCallerWhoLeavesIsBilledNoLessThanTheySawAndNoMoreThanWasGenerated() throws Exception {
        long delivered;
        try (RawConnection client = RawConnection.open(stand.port())) {
            String seen = client.send(stand.streamedChat(PROMPT + " tokens=400 delay=10", 500))
                    .readUntil("\"content\":\" ");
            delivered = TEXT.matcher(seen).results().count();
        }
        Fact.Settled settled = stand.lastSettled();
        await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.openai().openRequests() == 0);
        Generation generation = stand.sandbox.openai().generations().getLast();
        // The order in the prompt is two words to the sandbox, and six tokens.
        long orderTokens = 4;

        assertThat(settled.estimated()).isTrue();
        assertThat(settled.units()).isGreaterThanOrEqualTo(PROMPT_WORDS + FRAMING_TOKENS + 2 + delivered);
        assertThat(settled.units()).isLessThanOrEqualTo(generation.totalTokens() + orderTokens);
    }

    @Test
    void toolsAndAttachmentsDoNotCountByTheirBytes() throws Exception {
        stand.sandbox.openai().script(Script.cutAfterEvents(3, true));
        String body = Stand.chatBody("The river", 100)
                .replaceFirst(
                        "\\{",
                        "{\"stream\":true,\"metadata\":{\"a\":\"" + "x".repeat(2000)
                                + "\"},\"tools\":[{\"type\":\"function\",\"function\":"
                                + "{\"name\":\"weather\",\"description\":\"The weather\",\"parameters\":{\"type\":\"object\","
                                + "\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],"
                                + "\"additionalProperties\":false}}}],");
        RawAnswer answer = stand.ask(stand.request("POST", "/v1/chat/completions", body));
        long delivered = delivered(answer);

        long toolTokens = 12 + 8 + 1 + 2 + 6 + 1;
        assertThat(stand.lastSettled().units()).isEqualTo(2 + FRAMING_TOKENS + toolTokens + delivered);
    }

    @Test
    void aModelWithoutAKnownTokenizerIsCountedByItsWords() throws Exception {
        stand.sandbox.openai().script(Script.cutAfterEvents(3, true));
        RawAnswer answer = stand.ask(stand.streamedChat(PROMPT, 100).replace("gpt-4o-mini", "some-model2"));

        long delivered = TEXT.matcher(answer.body()).results().count();
        long truth = PROMPT_WORDS + FRAMING_TOKENS + delivered;
        assertThat(stand.lastSettled().units()).isBetween(truth, truth + truth / 10);
    }
}
