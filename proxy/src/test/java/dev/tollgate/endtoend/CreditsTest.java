package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credits bound what is used, and come back where they were not. */
class CreditsTest {
    @TempDir
    Path folder;

    @Test
    void aThousandCreditsAndManyRequestsAtOnceUseAtMostAThousand() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            List<String> answers = inParallel(stand, 100, chat("Hi tokens=30", 30));

            long served = answers.stream()
                    .filter(answer -> answer.startsWith("HTTP/1.1 200"))
                    .count();
            assertThat(served).isPositive();
            assertThat(answers)
                    .allMatch(answer -> answer.startsWith("HTTP/1.1 200")
                            || answer.startsWith("HTTP/1.1 402")
                            || answer.startsWith("HTTP/1.1 429"));
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.sandbox.openai().totalTokens()).isLessThanOrEqualTo(1_000);
        }
    }

    @Test
    void whenTheCreditsAreGoneTheNextCallSaysSoAndATopUpHelpsAtOnce() throws Exception {
        try (Stand stand = Stand.start(folder, 250)) {
            assertThat(call(stand, chat("Hi tokens=50", 50))).startsWith("HTTP/1.1 200");
            assertThat(call(stand, chat("Hi tokens=50", 50)))
                    .startsWith("HTTP/1.1 402")
                    .contains("\"code\":\"request_exceeds_balance\"", "https://billing.example/topup")
                    .contains("x-should-retry: false");

            stand.sandbox.dodo().topUp(Stand.CUSTOMER, 1_000, Duration.ofDays(365));

            await().atMost(Stand.PATIENCE)
                    .untilAsserted(() ->
                            assertThat(call(stand, chat("Hi tokens=50", 50))).startsWith("HTTP/1.1 200"));
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aCustomerWithoutAnyCreditsIsToldThatTheyAreExhausted() throws Exception {
        try (Stand stand = Stand.start(folder, 0)) {
            assertThat(call(stand, chat("Hi", 50)))
                    .startsWith("HTTP/1.1 402")
                    .contains("\"type\":\"insufficient_quota\"", "\"code\":\"credit_balance_exhausted\"");
        }
    }

    @Test
    void whoeverCanPayOnceRunningRequestsEndWaitsForThem() throws Exception {
        try (Stand stand = Stand.start(folder, 400);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> slow = threads.submit(() -> Probe.raw(
                    stand.port(),
                    stand.request("POST", "/v1/chat/completions", streamed("Hi tokens=2 delay=700", 100)),
                    "[DONE]"));
            await().atMost(Stand.PATIENCE).until(() -> stand.account().heldUnits() > 0);

            assertThat(call(stand, chat("Hi tokens=2", 100))).startsWith("HTTP/1.1 200");
            assertThat(slow.get()).startsWith("HTTP/1.1 200");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void creditsThatRunningRequestsHoldForLongAreRefusedForNowOnly() throws Exception {
        try (Stand stand = Stand.start(folder, 400, "gate: { hold_wait: 100ms }\n");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> slow = threads.submit(() -> Probe.raw(
                    stand.port(),
                    stand.request("POST", "/v1/chat/completions", streamed("Hi tokens=2 delay=1500", 100)),
                    "[DONE]"));
            await().atMost(Stand.PATIENCE).until(() -> stand.account().heldUnits() > 0);

            assertThat(call(stand, chat("Hi tokens=2", 100)))
                    .startsWith("HTTP/1.1 429")
                    .contains("in_flight_budget_exhausted", "retry-after: 1");
            assertThat(slow.get()).startsWith("HTTP/1.1 200");
            assertThat(call(stand, chat("Hi tokens=2", 100))).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void usageIsKeptOverARestart() throws Exception {
        try (Stand stand = Stand.start(folder, 10_000)) {
            assertThat(call(stand, chat("Hi tokens=50", 50))).startsWith("HTTP/1.1 200");
            long available = stand.account().availableUnits();

            stand.restart();

            assertThat(stand.account().availableUnits()).isEqualTo(available);
            assertThat(call(stand, chat("Hi tokens=50", 50))).startsWith("HTTP/1.1 200");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    private static List<String> inParallel(Stand stand, int calls, String body) throws Exception {
        List<Callable<String>> tasks = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            tasks.add(() -> call(stand, body));
        }
        List<String> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<String> task : threads.invokeAll(tasks)) {
                answers.add(task.get());
            }
        }
        return answers;
    }

    private static String call(Stand stand, String body) throws Exception {
        return Probe.raw(stand.port(), stand.request("POST", "/v1/chat/completions", body), "}}");
    }

    private static String streamed(String prompt, int cap) {
        return chat(prompt, cap).replaceFirst("\\{", "{\"stream\":true,");
    }

    private static String chat(String prompt, int cap) {
        return "{\"model\":\"gpt-4o-mini\",\"max_tokens\":" + cap + ",\"messages\":[{\"role\":\"user\",\"content\":\""
                + prompt + "\"}]}";
    }
}
