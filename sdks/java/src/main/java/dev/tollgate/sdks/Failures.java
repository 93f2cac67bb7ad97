package dev.tollgate.sdks;

import static dev.tollgate.sdks.Check.expect;

import com.openai.client.OpenAIClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** Chats that are refused or break off, and what the SDK makes of it. */
final class Failures {
    private Failures() {}

    static Map<String, Check.Scenario> scenarios() {
        Map<String, Check.Scenario> scenarios = new LinkedHashMap<>();
        scenarios.put("wrong key", Failures::wrongKey);
        scenarios.put("unknown path", Failures::unknownPath);
        scenarios.put("unknown model", Failures::unknownModel);
        scenarios.put("retry after 429", clients -> served(clients, "refuse=429x1"));
        scenarios.put("retry after 503", clients -> served(clients, "refuse=503x2"));
        scenarios.put("retries used up", clients -> refused(clients, "refuse=500x9", InternalServerException.class));
        scenarios.put("bad request", clients -> refused(clients, "refuse=400x9", BadRequestException.class));
        scenarios.put("error in a stream", clients -> broken(clients, "fail=4"));
        scenarios.put("cut stream", clients -> broken(clients, "break=4"));
        scenarios.put("held credits", Failures::heldCredits);
        scenarios.put("rate limit", Failures::rateLimit);
        scenarios.put("no credits", Failures::noCredits);
        return scenarios;
    }

    /** The exception that the call throws, which must be exactly of this class. */
    private static OpenAIServiceException expectError(Class<?> kind, Runnable call) {
        try {
            call.run();
        } catch (OpenAIServiceException error) {
            expect(error.getClass() == kind, "threw " + error.getClass().getSimpleName() + ": " + error.getMessage());
            return error;
        }
        throw new AssertionError("threw nothing");
    }

    private static ChatCompletion call(OpenAIClient client, String text, long cap) {
        return client.chat().completions().create(Chats.ask(text, cap).build());
    }

    private static String told(OpenAIServiceException error, Clients clients) {
        return "%s, %s, %s, %d call(s)"
                .formatted(
                        error.getClass().getSimpleName(),
                        error.type().orElse(""),
                        error.code().orElse(""),
                        clients.calls().get());
    }

    private static String wrongKey(Clients clients) {
        OpenAIClient client = clients.of("sk-wrong");
        return told(expectError(UnauthorizedException.class, () -> call(client, "Hello!", 100)), clients);
    }

    private static String unknownPath(Clients clients) {
        OpenAIClient client = clients.below("/no/such/path");
        expectError(NotFoundException.class, () -> call(client, "Hello!", 100));
        return "NotFoundException";
    }

    private static String unknownModel(Clients clients) {
        OpenAIClient client = clients.one();
        var question = Chats.ask("Hello!", 100).model("no-such-model").build();
        OpenAIServiceException error = expectError(
                NotFoundException.class, () -> client.chat().completions().create(question));
        return String.valueOf(error.getMessage());
    }

    private static String served(Clients clients, String order) {
        ChatCompletion answer = call(clients.one(), "Please " + order + " tokens=20", 100);
        return Chats.total(answer) + " tokens, " + clients.calls() + " calls";
    }

    private static String refused(Clients clients, String order, Class<?> kind) {
        OpenAIClient client = clients.one();
        return told(expectError(kind, () -> call(client, "Please " + order + " tokens=20", 100)), clients);
    }

    private static String broken(Clients clients, String order) {
        String own = System.getenv("BROKEN_KEY");
        OpenAIClient client = own == null ? clients.one() : clients.of(own);
        AtomicInteger seen = new AtomicInteger();
        try (StreamResponse<ChatCompletionChunk> answer = client.chat()
                .completions()
                .createStreaming(
                        Chats.ask("Please " + order + " tokens=20 delay=5", 100).build())) {
            answer.stream().forEach(chunk -> seen.incrementAndGet());
        } catch (OpenAIException error) {
            return error.getClass().getSimpleName() + " after " + seen + " chunks";
        }
        throw new AssertionError("threw nothing after " + seen + " chunks");
    }

    private static String noCredits(Clients clients) {
        OpenAIClient client = clients.of(Objects.requireNonNull(System.getenv("POOR_KEY")));
        OpenAIServiceException error = expectError(UnexpectedStatusCodeException.class, () -> {
            for (int number = 0; number < 10; number++) {
                clients.calls().set(0);
                call(client, "Much! tokens=500", 600);
            }
        });
        expect(error.statusCode() == 402, "status " + error.statusCode());
        expect(String.valueOf(error.getMessage()).contains("/topup"), "no top-up address in: " + error.getMessage());
        expect(clients.calls().get() == 1, clients.calls() + " calls");
        String code = error.code().orElse("");
        expect(code.equals("credit_balance_exhausted") || code.equals("request_exceeds_balance"), "code " + code);
        return code;
    }

    private static String rateLimit(Clients clients) {
        OpenAIClient client = clients.once(Objects.requireNonNull(System.getenv("LIMITED_KEY")));
        Chats.expectUsage(call(client, "Quick tokens=5", 20), 5);
        OpenAIServiceException error = expectError(RateLimitException.class, () -> call(client, "Quick tokens=5", 20));
        expect(error.code().orElse("").equals("rate_limit_exceeded"), "code " + error.code());
        expect(error.headers().values("x-ratelimit-limit-requests").equals(List.of("1")), "no limit told");
        expect(
                error.headers().values("x-ratelimit-remaining-requests").equals(List.of("0")),
                "nothing told of what remains");
        int wait = Integer.parseInt(error.headers().values("retry-after").getFirst());
        expect(wait >= 1 && wait <= 60, "retry-after " + wait);
        return error.type().orElse("");
    }

    private static String heldCredits(Clients clients) {
        OpenAIClient client = clients.of(Objects.requireNonNull(System.getenv("HELD_KEY")));
        try (StreamResponse<ChatCompletionChunk> running = client.chat()
                .completions()
                .createStreaming(Chats.ask("Slowly tokens=40 delay=30", 2500).build())) {
            clients.calls().set(0);
            Chats.expectUsage(call(client, "Now tokens=20", 1000), 20);
            expect(clients.calls().get() > 1, "not refused first: the credits were not held");
            int refusals = clients.calls().get() - 1;
            expect(running.stream().count() > 40, "the first stream ended early");
            return "served after " + refusals + " refusals";
        }
    }
}
