package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real process under load, over and over, and compares the books: what the provider generated, what the
 * journal has, what Dodo was told. Every request asks for a number of tokens of its own, so that its event can be told.
 *
 * <p>More kills: {@code mvn verify -Dtollgate.crashes=200}; another course: {@code -Dtollgate.seed=7}.
 */
class CrashTest {
    private static final int CRASHES = Integer.getInteger("tollgate.crashes", 4);
    private static final long SEED = Long.getLong("tollgate.seed", 20_260_101);
    private static final int CALLERS = 8;
    private static final long RETRY_NANOS = 20_000_000;

    @TempDir
    Path folder;

    private final AtomicInteger nextTokens = new AtomicInteger(1);
    private final AtomicBoolean loading = new AtomicBoolean(true);

    /** By the number of output tokens asked for: requests whose whole answer arrived. */
    private final Set<Integer> answered = ConcurrentHashMap.newKeySet();

    @Test
    void afterKillsInTheMiddleOfTrafficAllBooksAgree() throws Exception {
        System.out.println("crashes " + CRASHES + ", seed " + SEED);
        Random random = new Random(SEED);
        try (Sandbox sandbox = Stand.startSandbox(1_000_000_000);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ServeProcess serve = new ServeProcess(sandbox, folder);
            serve.awaitReady();
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(() -> load(serve.port()));
            }
            for (int i = 0; i < CRASHES; i++) {
                int before = answered.size();
                await().atMost(Stand.PATIENCE.multipliedBy(3)).until(() -> answered.size() > before + 10);
                TimeUnit.MILLISECONDS.sleep(random.nextInt(200));
                serve.kill();
                serve.start();
                serve.awaitReady();
                System.out.printf("  kill %d of %d, %d answers so far%n", i + 1, CRASHES, answered.size());
            }
            loading.set(false);
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            assertThat(serve.terminate()).isIn(0, 143);
            compare(sandbox);
        }
    }

    private void load(int port) {
        while (loading.get()) {
            int tokens = nextTokens.getAndIncrement();
            boolean streamed = tokens % 2 == 0;
            try {
                String answer = Probe.raw(port, request(tokens, streamed), streamed ? "[DONE]" : "\"fp_sandbox\"}");
                if (answer.startsWith("HTTP/1.1 200") && (answer.contains("[DONE]") || answer.endsWith("}"))) {
                    answered.add(tokens);
                }
            } catch (IOException e) {
                // Killed in the middle, or not up again yet: the next round tries once more.
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private static String request(int tokens, boolean streamed) {
        String body = "{\"model\":\"gpt-4o-mini\",\"max_tokens\":" + tokens + ",\"stream\":" + streamed
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi tokens=" + tokens + "\"}]}";
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private void compare(Sandbox sandbox) throws JournalException {
        List<Fact.Settled> settled = new ArrayList<>();
        long reserved = 0;
        long voided = 0;
        try (Journal journal = SqliteJournal.open(folder.resolve("data"))) {
            List<Fact> facts = new ArrayList<>();
            journal.replay(facts::add);
            for (Fact fact : facts) {
                if (fact instanceof Fact.Settled one) {
                    settled.add(one);
                }
                reserved += fact instanceof Fact.Reserved ? 1 : 0;
                voided += fact instanceof Fact.Voided ? 1 : 0;
            }
        }
        List<IngestedEvent> events = sandbox.dodo().events();
        Map<String, Long> journalBook =
                settled.stream().collect(Collectors.toMap(Fact.Settled::requestId, Fact.Settled::units));
        Map<String, Long> dodoBook = events.stream()
                .collect(Collectors.toMap(
                        IngestedEvent::id,
                        event -> event.metadata().path("tokens").longValue()));
        assertThat(dodoBook).as("Dodo has what the journal has, once").isEqualTo(journalBook);
        assertThat(settled).as("every hold ended once").hasSize(Math.toIntExact(reserved - voided));

        Map<Integer, Long> exact = settled.stream()
                .filter(one -> !one.estimated())
                .collect(Collectors.toMap(one -> Math.toIntExact(one.tokens().output()), Fact.Settled::units));
        assertThat(exact.keySet())
                .as("whoever got a whole answer was billed exactly")
                .containsAll(answered);
        Map<Integer, Long> generated = sandbox.openai().generations().stream()
                .collect(Collectors.toMap(
                        each -> Math.toIntExact(each.completionTokens()), each -> each.totalTokens(), (a, b) -> a));
        assertThat(exact)
                .as("to the token")
                .allSatisfy((tokens, units) -> assertThat(units).isEqualTo(generated.get(tokens)));
        long estimated = settled.stream().filter(Fact.Settled::estimated).count();
        System.out.printf(
                "  %d answered whole, %d settled exactly, %d as estimates, %d generated, %d events%n",
                answered.size(), exact.size(), estimated, sandbox.openai().generationCount(), events.size());
        assertThat(estimated)
                .as("estimates only for what was running at a kill")
                .isLessThanOrEqualTo((long) CRASHES * CALLERS);
    }
}
