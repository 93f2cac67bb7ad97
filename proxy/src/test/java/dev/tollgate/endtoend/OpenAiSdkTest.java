package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official Java SDK, unchanged, as a customer would use it. */
class OpenAiSdkTest {
    private static final long CREDITS = 1_000_000;

    @TempDir
    static Path folder;

    private static Stand stand;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        stand = Stand.start(folder, CREDITS);
        client = stand.client();
    }

    @AfterAll
    static void everythingGeneratedWasBilled() {
        client.close();
        stand.assertEverythingGeneratedIsBilled();
        stand.close();
    }

    @Test
    void aChatIsAnsweredAndItsUsageReported() {
        ChatCompletion completion =
                client.chat().completions().create(chat("Hello! tokens=12", 100).build());

        assertThat(completion.choices().getFirst().message().content().orElseThrow())
                .isNotBlank();
        assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(12);
    }

    @Test
    void aStreamArrivesWithoutTheUsageThatNobodyAskedFor() {
        List<ChatCompletionChunk> chunks = stream(chat("Hello! tokens=15", 100));

        assertThat(chunks)
                .allMatch(chunk -> chunk.usage().isEmpty())
                .allMatch(chunk -> !chunk.choices().isEmpty());
        assertThat(chunks.stream()
                        .flatMap(chunk -> chunk.choices().stream())
                        .flatMap(choice -> choice.delta().content().stream())
                        .filter(text -> !text.isEmpty()))
                .hasSize(15);
    }

    @Test
    void aStreamThatAsksForUsageGetsIt() {
        List<ChatCompletionChunk> chunks = stream(chat("Hello! tokens=7", 100)
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build()));

        assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isEqualTo(7);
    }

    @Test
    void aRequestWithoutACapGetsOneThatTheBalancePays() {
        ChatCompletion completion = client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("gpt-4o-mini")
                        .addUserMessage("Hello! tokens=20")
                        .build());

        assertThat(completion.usage().orElseThrow().completionTokens()).isEqualTo(20);
    }

    @Test
    void theListOfModelsIsServed() {
        assertThat(client.models().list().data()).isNotEmpty();
    }

    @Test
    void aWrongKeyIsOneClearRefusal() {
        OpenAIClient stranger = stand.client("sk-somebody-elses-key-000000000000", 2);

        assertThatThrownBy(() -> stranger.models().list())
                .isInstanceOf(UnauthorizedException.class)
                .hasMessageContaining("Incorrect API key")
                .hasMessageNotContaining("somebody");
        stranger.close();
    }

    @Test
    void errorsOfOpenAiPassThrough() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(ChatCompletionCreateParams.builder()
                                .model("no-such-model")
                                .addUserMessage("Hello!")
                                .build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no-such-model");
    }

    @Test
    void whatHasNoBoundIsRefused() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("Hello!", 10)
                                .putAdditionalBodyProperty(
                                        "web_search_options", com.openai.core.JsonValue.from(java.util.Map.of()))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("no bound");
    }

    @Test
    void aRequestThatTheBalanceCannotCoverIsOneClear402() {
        long before = stand.sandbox.openai().requestCount();

        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat("Hello!", 2_000_000).build()))
                .isInstanceOfSatisfying(UnexpectedStatusCodeException.class, error -> {
                    assertThat(error.statusCode()).isEqualTo(402);
                    assertThat(error.type()).contains("insufficient_quota");
                    assertThat(error.code()).contains("request_exceeds_balance");
                    assertThat(error).hasMessageContaining("https://billing.example/topup");
                });
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(before);
    }

    @Test
    void manyCallsAtOnceAreAllServedAndBilled() throws Exception {
        List<Callable<Long>> calls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String prompt = "Hello! tokens=" + (1 + i);
            boolean streamed = i % 2 == 0;
            calls.add(() -> streamed
                    ? (long) stream(chat(prompt, 100)).size()
                    : client.chat()
                            .completions()
                            .create(chat(prompt, 100).build())
                            .usage()
                            .orElseThrow()
                            .totalTokens());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Long> call : threads.invokeAll(calls)) {
                assertThat(call.get()).isPositive();
            }
        }
    }

    @Test
    void theBalanceMovesWhenDodoDeducts() {
        client.chat().completions().create(chat("Hello! tokens=30", 100).build());
        await().atMost(Stand.PATIENCE)
                .until(() ->
                        stand.sandbox.dodo().eventCount() == stand.settled().size());
        stand.sandbox.dodo().runWorker();

        await().atMost(Stand.PATIENCE)
                .untilAsserted(() -> assertThat(stand.account().netUnits())
                        .isEqualTo(stand.sandbox.dodo().balance(Stand.CUSTOMER).longValueExact()));
        assertThat(stand.account().netUnits()).isLessThan(CREDITS);
    }

    private static ChatCompletionCreateParams.Builder chat(String prompt, long cap) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-4o-mini")
                .maxCompletionTokens(cap)
                .addUserMessage(prompt);
    }

    private static List<ChatCompletionChunk> stream(ChatCompletionCreateParams.Builder request) {
        try (StreamResponse<ChatCompletionChunk> response =
                client.chat().completions().createStreaming(request.build())) {
            return response.stream().toList();
        }
    }
}
