package dev.tollgate.sdks;

import static dev.tollgate.sdks.Check.expect;

import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionUsage;
import com.openai.models.models.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Chats that go well. */
final class Chats {
    static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    private static final int PARALLEL = 100;

    private Chats() {}

    /** What a structured output is read into. */
    public static final class Plan {
        public String city = "";
        public List<Integer> days = List.of();
    }

    static Map<String, Check.Scenario> scenarios() {
        Map<String, Check.Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("chat", Chats::chat);
        scenarios.put("stream", Chats::stream);
        scenarios.put("stream with usage", Chats::streamWithUsage);
        scenarios.put("tools", Chats::tools);
        scenarios.put("structured output", Chats::structuredOutput);
        scenarios.put("vision", Chats::vision);
        scenarios.put("two choices", Chats::twoChoices);
        scenarios.put("models", Chats::models);
        scenarios.put("async", Chats::asynchronous);
        scenarios.put("abort, then call", Chats::abort);
        scenarios.put("100 parallel calls", Chats::parallel);
        return scenarios;
    }

    static ChatCompletionCreateParams.Builder ask(String text, long cap) {
        return ChatCompletionCreateParams.builder()
                .model("gpt-4o-mini")
                .addUserMessage(text)
                .maxCompletionTokens(cap);
    }

    static void expectUsage(ChatCompletion answer, long outputTokens) {
        CompletionUsage usage = answer.usage().orElseThrow();
        expect(usage.totalTokens() == usage.promptTokens() + usage.completionTokens(), "a total that is no sum");
        expect(usage.completionTokens() == outputTokens, usage.completionTokens() + " tokens out");
    }

    static long total(ChatCompletion answer) {
        return answer.usage().orElseThrow().totalTokens();
    }

    private static String content(List<ChatCompletionChunk> chunks) {
        StringBuilder text = new StringBuilder();
        chunks.forEach(chunk -> chunk.choices()
                .forEach(choice -> text.append(choice.delta().content().orElse(""))));
        return text.toString();
    }

    private static List<ChatCompletionChunk> streamed(Clients clients, ChatCompletionCreateParams question) {
        try (StreamResponse<ChatCompletionChunk> answer =
                clients.one().chat().completions().createStreaming(question)) {
            return answer.stream().toList();
        }
    }

    private static String chat(Clients clients) {
        ChatCompletion answer = clients.one()
                .chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("gpt-4o-mini")
                        .addUserMessage("Hello! tokens=40")
                        .build());
        expectUsage(answer, 40);
        return total(answer) + " tokens: "
                + answer.choices().getFirst().message().content().orElseThrow();
    }

    private static String stream(Clients clients) {
        List<ChatCompletionChunk> chunks =
                streamed(clients, ask("Hello! tokens=40", 100).build());
        for (ChatCompletionChunk chunk : chunks) {
            expect(chunk.usage().isEmpty(), "usage that was not asked for");
            expect(!chunk.choices().isEmpty(), "a chunk without choices");
        }
        return chunks.size() + " chunks: " + content(chunks);
    }

    private static String streamWithUsage(Clients clients) {
        List<ChatCompletionChunk> chunks = streamed(
                clients,
                ask("Hello! tokens=40", 100)
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build());
        long told = chunks.stream().filter(chunk -> chunk.usage().isPresent()).count();
        expect(told == 1, told + " chunks with usage");
        return chunks.getLast().usage().orElseThrow().totalTokens() + " tokens, " + chunks.size() + " chunks";
    }

    private static String tools(Clients clients) {
        FunctionParameters city = FunctionParameters.builder()
                .putAdditionalProperty("type", JsonValue.from("object"))
                .putAdditionalProperty("properties", JsonValue.from(Map.of("city", Map.of("type", "string"))))
                .build();
        ChatCompletionCreateParams question = ask("Rome? call=weather", 100)
                .addFunctionTool(FunctionDefinition.builder()
                        .name("weather")
                        .parameters(city)
                        .build())
                .build();
        ChatCompletion answer = clients.one().chat().completions().create(question);
        var call = answer.choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst()
                .asFunction()
                .function();
        StringBuilder arguments = new StringBuilder();
        for (ChatCompletionChunk chunk : streamed(clients, question)) {
            chunk.choices()
                    .getFirst()
                    .delta()
                    .toolCalls()
                    .ifPresent(pieces -> arguments.append(pieces.getFirst()
                            .function()
                            .orElseThrow()
                            .arguments()
                            .orElse("")));
        }
        expect(call.arguments().contentEquals(arguments), "streamed " + arguments);
        return call.name() + " " + call.arguments() + ", " + total(answer) + " tokens";
    }

    private static String structuredOutput(Clients clients) {
        var answer = clients.one()
                .chat()
                .completions()
                .create(ask("Plan", 100).responseFormat(Plan.class).build());
        Plan plan = answer.choices().getFirst().message().content().orElseThrow();
        return plan.city + " " + plan.days + ", " + answer.usage().orElseThrow().totalTokens() + " tokens";
    }

    private static String vision(Clients clients) {
        ChatCompletion answer = clients.one()
                .chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("gpt-4o-mini")
                        .maxCompletionTokens(100)
                        .addUserMessageOfArrayOfContentParts(List.of(
                                ChatCompletionContentPart.ofText(ChatCompletionContentPartText.builder()
                                        .text("What? tokens=20")
                                        .build()),
                                ChatCompletionContentPart.ofImageUrl(ChatCompletionContentPartImage.builder()
                                        .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
                                                .url("data:image/png;base64," + PIXEL)
                                                .build())
                                        .build())))
                        .build());
        expect(answer.usage().orElseThrow().promptTokens() > 85, "the image was not counted");
        return total(answer) + " tokens";
    }

    private static String twoChoices(Clients clients) {
        ChatCompletion answer = clients.one()
                .chat()
                .completions()
                .create(ask("Twice tokens=20", 100).n(2).logprobs(true).build());
        expectUsage(answer, 40);
        return answer.choices().size() + " choices, " + total(answer) + " tokens";
    }

    private static String models(Clients clients) {
        List<String> names = new ArrayList<>();
        for (Model model : clients.one().models().list().autoPager()) {
            names.add(model.id());
        }
        return clients.one().models().retrieve(names.getFirst()).id() + " of " + names;
    }

    private static String asynchronous(Clients clients) throws Exception {
        var talker = clients.one().async();
        ChatCompletion answer = talker.chat()
                .completions()
                .create(ask("Hello! tokens=40", 100).build())
                .get();
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        talker.chat()
                .completions()
                .createStreaming(ask("Hello! tokens=40", 100).build())
                .subscribe(chunks::add)
                .onCompleteFuture()
                .get();
        return total(answer) + " tokens: " + content(chunks);
    }

    private static String abort(Clients clients) {
        var client = clients.one();
        try (StreamResponse<ChatCompletionChunk> answer = client.chat()
                .completions()
                .createStreaming(ask("Hello! tokens=60 delay=20", 300).build())) {
            expect(answer.stream().limit(3).count() == 3, "the stream ended early");
        }
        expectUsage(
                client.chat().completions().create(ask("Again! tokens=40", 100).build()), 40);
        return "answered after the abort";
    }

    static String keepAlive(Clients clients) {
        var client = clients.one();
        for (int number = 0; number < 5; number++) {
            client.chat()
                    .completions()
                    .create(ask("Call " + number + " tokens=5", 100).build());
        }
        return "5 calls";
    }

    private static String parallel(Clients clients) throws Exception {
        var client = clients.one();
        long tokens = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(PARALLEL)) {
            List<Future<ChatCompletion>> answers = new ArrayList<>();
            for (int number = 0; number < PARALLEL; number++) {
                String text = "Call tokens=" + (20 + number % 30) + " delay=5";
                answers.add(threads.submit(
                        () -> client.chat().completions().create(ask(text, 100).build())));
            }
            for (int number = 0; number < PARALLEL; number++) {
                expectUsage(answers.get(number).get(), 20 + number % 30);
                tokens += total(answers.get(number).get());
            }
        }
        return tokens + " tokens";
    }
}
