package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.openai.Generation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of what a request can use is held, and in which units. */
class HoldPoliciesTest {
    private static final String WORDS = "hello ".repeat(400);

    @TempDir
    Path folder;

    @Test
    void aClampedAnswerIsAsLongAsTheBalancePaysForAndSaysSo() throws Exception {
        try (Stand stand = Stand.start(folder, 400, "plans: { default: { hold: clamp, clamp_min_tokens: 50 } }\n")) {
            String answer = call(stand, Stand.chatBody("Hi tokens=350", 500));

            long cap = Long.parseLong(answer.replaceFirst("(?s).*x-tollgate-clamped-cap: (\\d+).*", "$1"));
            assertThat(answer).startsWith("HTTP/1.1 200").contains("\"finish_reason\":\"length\"");
            assertThat(cap).isBetween(50L, 349L);
            assertThat(stand.sandbox.openai().generations().getLast().completionTokens())
                    .isEqualTo(cap);
            assertThat(stand.lastReserved().heldUnits()).isEqualTo(400);
            stand.assertLastIsBilledExactly();

            String both = "{\"max_completion_tokens\":300,"
                    + Stand.chatBody("Hi tokens=9", 300).substring(1);
            assertThat(call(stand, both)).startsWith("HTTP/1.1 402").contains("request_exceeds_balance");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void aCapThatTheBalancePaysIsLeftAlone() throws Exception {
        try (Stand stand = Stand.start(folder, 2_000, "plans: { default: { hold: clamp } }\n")) {
            assertThat(call(stand, Stand.chatBody("Hi tokens=5", 500)))
                    .startsWith("HTTP/1.1 200")
                    .doesNotContain("x-tollgate-clamped-cap", "x-tollgate-added-cap");
            assertThat(stand.lastReserved().outputUnits()).isEqualTo(500);
        }
    }

    @Test
    void aKeyMayHaveAPolicyOfItsOwn() throws Exception {
        String yaml = Stand.yaml(folder) + "    hold: clamp\nplans: { default: { hold: strict } }\n";
        try (Stand stand = Stand.on(Stand.startSandbox(400), folder, yaml)) {
            assertThat(call(stand, Stand.chatBody("Hi tokens=5", 5_000)))
                    .startsWith("HTTP/1.1 200")
                    .contains("x-tollgate-clamped-cap");
        }
    }

    @Test
    void estimatesTogetherGoNoFurtherBelowZeroThanIsAllowed() throws Exception {
        String plan = "plans: { default: { hold: estimate, estimate_output: 20, overshoot_max: 600 } }\n";
        try (Stand stand = Stand.start(folder, 400, plan + "gate: { hold_wait: 500ms }\n")) {
            List<String> answers = inParallel(stand, 60, Stand.chatBody("Hi tokens=300 delay=3000", 300));

            assertThat(answers).anyMatch(answer -> answer.startsWith("HTTP/1.1 200"));
            assertThat(answers).allMatch(answer -> answer.matches("(?s)HTTP/1.1 (200|402|429).*"));
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.sandbox.openai().totalTokens()).isBetween(401L, 1_000L);
            assertThat(stand.account().availableUnits()).isBetween(-600L, -1L);
            assertThat(Probe.metric(stand.tollgate, "tollgate_hold_overruns_total"))
                    .isEqualTo("0");
            assertThat(Probe.metric(stand.tollgate, "tollgate_overshoot_units_total"))
                    .isEqualTo(Long.toString(overshootUnits(stand)));
        }
    }

    /** What was used beyond the holds, by the journal. */
    private static long overshootUnits(Stand stand) {
        long units = 0;
        for (Fact.Settled settled : stand.settled()) {
            long heldUnits = stand.facts.stream()
                    .filter(fact -> fact instanceof Fact.Reserved reserved
                            && reserved.requestId().equals(settled.requestId()))
                    .mapToLong(fact -> ((Fact.Reserved) fact).heldUnits())
                    .sum();
            units += Math.max(0, settled.units() - heldUnits);
        }
        return units;
    }

    @Test
    void aPromptThatBytesRefuseIsCountedAndAdmitted() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000)) {
            assertThat(call(stand, Stand.chatBody(WORDS, 50))).startsWith("HTTP/1.1 402");
        }
        try (Stand stand =
                Stand.start(Files.createDirectory(folder.resolve("exact")), 1_000, "gate: { tokenizer: exact }\n")) {
            assertThat(call(stand, Stand.chatBody(WORDS, 50))).startsWith("HTTP/1.1 200");
            assertThat(stand.lastReserved().promptUnits()).isBetween(400L, 700L);
            stand.assertLastIsBilledExactly();

            assertThat(call(stand, Stand.chatBody(WORDS, 5_000))).startsWith("HTTP/1.1 402");
            assertThat(call(stand, Stand.chatBody(WORDS, 50).replace("gpt-4o-mini", "some-model")))
                    .startsWith("HTTP/1.1 402");
        }
    }

    @Test
    void whatALongPromptCannotUseGoesBackWhileItsRequestRuns() throws Exception {
        try (Stand stand = Stand.start(folder, 50_000, "gate: { tokenizer: exact }\n");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String body = Stand.chatBody("hello ".repeat(4_000) + "tokens=3 delay=2000", 50);
            String streamed = body.replaceFirst("\\{", "{\"stream\":true,");
            Future<String> slow = threads.submit(
                    () -> Probe.raw(stand.port(), stand.request("POST", "/v1/chat/completions", streamed), "[DONE]"));

            await().atMost(Stand.PATIENCE).until(() -> stand.facts.stream().anyMatch(Fact.Shrunk.class::isInstance));
            assertThat(stand.lastReserved().heldUnits()).isGreaterThan(24_000);
            assertThat(stand.account().heldUnits()).isBetween(4_000L, 4_400L);

            assertThat(slow.get()).startsWith("HTTP/1.1 200");
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void weightsMakeTheUnitsThatAreHeldBookedAndReported() throws Exception {
        Path weights = Files.writeString(folder.resolve("weights.yaml"), """
                version: "2026-11"
                models: { gpt-4o-mini: { input: 0.5, output: 2.25, call: 7 } }
                """);
        try (Stand stand = Stand.start(folder, 10_000, "weights: \"" + weights + "\"\n")) {
            assertThat(call(stand, Stand.chatBody("Hi tokens=41", 100))).startsWith("HTTP/1.1 200");

            Generation used = stand.sandbox.openai().generations().getLast();
            long millis = 7_000 + used.promptTokens() * 500 + used.completionTokens() * 2_250;
            Fact.Settled settled = stand.lastSettled();
            assertThat(settled.units()).isEqualTo(Math.ceilDiv(millis, 1_000));
            assertThat(settled.weights()).isEqualTo("2026-11");
            assertThat(stand.lastReserved().outputUnits()).isEqualTo(225);
            stand.assertBooksAgree();
            assertThat(stand.sandbox.dodo().events())
                    .allSatisfy(
                            event -> assertThat(event.metadata().path("weights").asText())
                                    .isEqualTo("2026-11"));
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
}
