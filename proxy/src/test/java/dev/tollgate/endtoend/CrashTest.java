package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real process under load, over and over, at random moments and at every {@link CrashPoint}, and lets
 * {@link CrashBooks} compare what the provider generated, what the journal has, and what Dodo was told.
 *
 * <p>More kills: {@code mvn verify -Dtollgate.crashes=200}; another course: {@code -Dtollgate.seed=7}.
 */
class CrashTest {
    private static final int CRASHES = Integer.getInteger("tollgate.crashes", 5);
    private static final long SEED = Long.getLong("tollgate.seed", 20_260_101);
    private static final int CALLERS = 8;
    private static final int ANSWERS_BETWEEN = 3;
    private static final int TIMES_MAX = 4;
    private static final int DELAY_MILLIS_MAX = 200;
    private static final long RETRY_NANOS = 20_000_000;
    private static final long WORKER_NANOS = 200_000_000;
    private static final Duration BATCH_STALL = Duration.ofMillis(400);

    /** Requests are told apart by their caps; the length of an answer comes back every so many caps. */
    private static final int LONGEST_ANSWER = 60;

    /** Every so manieth request is one that the provider refuses. */
    private static final int REFUSED_EVERY = 7;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final AtomicInteger nextCap = new AtomicInteger(LONGEST_ANSWER + 1);
    private final AtomicBoolean loading = new AtomicBoolean(true);

    /** By cap: requests whose whole answer arrived. */
    private final Set<Integer> answered = ConcurrentHashMap.newKeySet();

    @Test
    void afterKillsInTheMiddleOfTrafficAllBooksAgree() throws Exception {
        System.out.println("crashes " + CRASHES + ", seed " + SEED);
        try (Sandbox sandbox = Stand.startSandbox(1_000_000_000);
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            sandbox.openai().keepGenerations(Integer.MAX_VALUE);
            ServeProcess serve = new ServeProcess(sandbox, folder, "dodo: { ship: { linger: 100ms } }\n");
            callers.submit(() -> work(sandbox));
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(() -> load(serve.port()));
            }
            try {
                serve.kill();
                crash(serve, sandbox);
                serve.start();
                serve.awaitReady();
            } finally {
                loading.set(false);
            }
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            assertThat(serve.terminate()).isIn(0, 143);
            new CrashBooks(sandbox, folder.resolve("data")).compare(answered, (long) CRASHES * (CALLERS + 1));
        }
    }

    /** Dodo's worker, which deducts and so makes entries and webhooks. */
    private void work(Sandbox sandbox) {
        while (loading.get()) {
            sandbox.dodo().runWorker();
            LockSupport.parkNanos(WORKER_NANOS);
        }
    }

    private void crash(ServeProcess serve, Sandbox sandbox) throws Exception {
        List<CrashPoint> points = new ArrayList<>();
        for (int i = 1; i <= CRASHES; i++) {
            if (points.isEmpty()) {
                points.addAll(Arrays.asList(CrashPoint.values()));
                Collections.shuffle(points, random);
            }
            CrashPoint point = points.removeLast();
            if (point.inside()) {
                serve.startToDieAt(point, 1 + random.nextInt(TIMES_MAX));
                assertThat(serve.awaitDeath()).as("came to " + point).isTrue();
            } else {
                serve.start();
                serve.awaitReady();
                killFromOutside(point, serve, sandbox);
            }
            System.out.printf("  kill %d of %d: %s, %d answers so far%n", i, CRASHES, point, answered.size());
        }
    }

    private void killFromOutside(CrashPoint point, ServeProcess serve, Sandbox sandbox) throws Exception {
        int before = answered.size();
        await().atMost(Stand.PATIENCE.multipliedBy(3)).until(() -> answered.size() >= before + ANSWERS_BETWEEN);
        switch (point) {
            case REQUEST_AT_PROVIDER -> {
                long requests = sandbox.openai().requestCount();
                while (sandbox.openai().requestCount() == requests) {
                    Thread.onSpinWait();
                }
                serve.kill();
            }
            case FIRST_BYTE -> killAfter("\"content\":\"", serve);
            case LAST_BYTE -> killAfter("[DONE]", serve);
            case BATCH_SENT -> {
                sandbox.dodo().stall(BATCH_STALL);
                TimeUnit.MILLISECONDS.sleep(BATCH_STALL.toMillis() / 2 + random.nextInt(DELAY_MILLIS_MAX));
                serve.kill();
                sandbox.dodo().stall(Duration.ZERO);
            }
            default -> {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(DELAY_MILLIS_MAX));
                serve.kill();
            }
        }
    }

    private void killAfter(String seen, ServeProcess serve) throws Exception {
        int cap = nextCap.getAndIncrement();
        try (RawConnection connection = RawConnection.open(serve.port())) {
            connection.send(request(cap, true, "gpt-4o-mini", " delay=2")).readUntil(seen);
            serve.kill();
        }
    }

    private void load(int port) {
        while (loading.get()) {
            int cap = nextCap.getAndIncrement();
            boolean streamed = cap % 2 == 0;
            String model = cap % REFUSED_EVERY == 0 ? "no-such-model" : "gpt-4o-mini";
            try {
                String answer =
                        Probe.raw(port, request(cap, streamed, model, ""), streamed ? "[DONE]" : "\"fp_sandbox\"}");
                if (answer.startsWith("HTTP/1.1 200") && (answer.contains("[DONE]") || answer.endsWith("}"))) {
                    answered.add(cap);
                }
            } catch (IOException e) {
                // Killed in the middle, or not up again yet: the next round tries once more.
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private static String request(int cap, boolean streamed, String model, String steering) {
        String body = "{\"model\":\"" + model + "\",\"max_tokens\":" + cap + ",\"stream\":" + streamed
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi tokens=" + (1 + cap % LONGEST_ANSWER) + steering
                + "\"}]}";
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nConnection: close\r\nAuthorization: Bearer "
                + Stand.KEY + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }
}
