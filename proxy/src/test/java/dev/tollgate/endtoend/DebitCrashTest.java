package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.SandboxOptions;
import dev.tollgate.sandbox.dodo.IngestedEvent;
import dev.tollgate.sandbox.dodo.LedgerEntry;
import dev.tollgate.sandbox.dodo.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the real process while subscriptions come alive and end, so that usage goes to the meter and to Dodo's ledger in
 * turn: each request's usage gets there once, and one way. More kills: {@code -Dtollgate.crashes=50}.
 */
class DebitCrashTest {
    private static final int CRASHES = Integer.getInteger("tollgate.crashes", 4);
    private static final int CALLERS = 3;
    private static final int ANSWERS_BETWEEN = 4;
    private static final long PAUSE_NANOS = 20_000_000;
    private static final Duration STALL = Duration.ofMillis(300);
    private static final List<CrashPoint> POINTS = List.of(
            CrashPoint.BEFORE_ACKNOWLEDGEMENT,
            CrashPoint.BATCH_SENT,
            CrashPoint.AFTER_SETTLEMENT,
            CrashPoint.AFTER_ACKNOWLEDGEMENT,
            CrashPoint.BEFORE_SETTLEMENT,
            CrashPoint.BEFORE_ENTRY);

    @TempDir
    Path folder;

    private final AtomicBoolean loading = new AtomicBoolean(true);
    private final AtomicInteger answers = new AtomicInteger();

    @Test
    void eachUsageReachesDodoOnceAndOneWay() throws Exception {
        try (Sandbox sandbox = Sandbox.start(SandboxOptions.defaults().withStartWorker(false));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            sandbox.dodo().createCustomer(Stand.CUSTOMER, "test@example.com");
            sandbox.dodo().createEntitlement(Stand.ENTITLEMENT);
            sandbox.dodo().createMeter("mtr_test", "api.tokens_used", "tokens");
            sandbox.dodo().topUp(Stand.CUSTOMER, Stand.ENTITLEMENT, 1_000_000, null);
            ServeProcess serve =
                    new ServeProcess(sandbox, folder, "dodo: { ship: { linger: 50ms }, unmetered_credits: debit }\n");
            for (int i = 0; i < CALLERS; i++) {
                callers.submit(() -> load(serve.port()));
            }
            try {
                serve.awaitReady();
                awaitAnswers();
                serve.kill();
                String subscription =
                        sandbox.dodo().subscribe(Stand.CUSTOMER, Plan.of(Stand.ENTITLEMENT, "mtr_test", 1_000));
                for (int i = 0; i < CRASHES; i++) {
                    sandbox.dodo().setSubscriptionStatus(subscription, i % 2 == 0 ? "cancelled" : "active");
                    crash(POINTS.get(i % POINTS.size()), serve, sandbox);
                    sandbox.dodo().runWorker();
                }
                serve.start();
                serve.awaitReady();
            } finally {
                loading.set(false);
            }
            callers.shutdown();
            assertThat(callers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
            assertThat(serve.terminate()).isIn(0, 143);
            compare(sandbox);
        }
    }

    private void crash(CrashPoint point, ServeProcess serve, Sandbox sandbox) throws Exception {
        if (point.inside()) {
            serve.startToDieAt(point, 3);
            assertThat(serve.awaitDeath()).as("came to " + point).isTrue();
            return;
        }
        serve.start();
        serve.awaitReady();
        awaitAnswers();
        sandbox.dodo().stall(STALL);
        TimeUnit.MILLISECONDS.sleep(STALL.toMillis() / 2);
        serve.kill();
        sandbox.dodo().stall(Duration.ZERO);
    }

    private void awaitAnswers() {
        int before = answers.get();
        await().atMost(Stand.PATIENCE.multipliedBy(3)).until(() -> answers.get() >= before + ANSWERS_BETWEEN);
    }

    private void load(int port) {
        while (loading.get()) {
            String body = "{\"model\":\"gpt-4o-mini\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\","
                    + "\"content\":\"Hi tokens=9\"}]}";
            try {
                String answer = Probe.raw(
                        port,
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nConnection: close\r\nAuthorization: Bearer "
                                + Stand.KEY + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body,
                        "\"fp_sandbox\"}");
                answers.addAndGet(answer.startsWith("HTTP/1.1 200") ? 1 : 0);
            } catch (IOException e) {
                // Killed in the middle, or not up again yet: the next round tries once more.
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void compare(Sandbox sandbox) throws Exception {
        Map<String, Long> metered = new HashMap<>();
        for (IngestedEvent event : sandbox.dodo().events()) {
            metered.put(event.id(), event.metadata().path("tokens").longValue());
        }
        Map<String, Long> debited = new HashMap<>();
        for (LedgerEntry entry : sandbox.dodo().ledger(Stand.CUSTOMER)) {
            String reason = entry.description() == null ? "" : entry.description();
            if (reason.startsWith("tollgate:")) {
                debited.merge(reason.substring(9), entry.amount().longValueExact(), Long::sum);
            }
        }
        Map<String, Long> byMeter = new HashMap<>();
        Map<String, Long> byDebit = new HashMap<>();
        try (Journal.History history = SqliteJournal.read(folder.resolve("data"))) {
            history.replay(fact -> {
                if (fact instanceof Fact.Settled settled) {
                    (settled.debited() ? byDebit : byMeter).put(settled.requestId(), settled.units());
                }
            });
            assertThat(history.verify())
                    .allSatisfy(check -> assertThat(check.problems()).isEmpty());
        }
        System.out.println(
                "Debits: " + byDebit.size() + " debited, " + byMeter.size() + " metered, " + CRASHES + " kills");
        assertThat(debited).isEqualTo(byDebit).isNotEmpty();
        assertThat(metered).isEqualTo(byMeter).isNotEmpty();
    }
}
