package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of requests of one customer at the same moment, each on a connection of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StressTest {
    private static final int REQUESTS = 5_000;
    private static final String PATIENT = """
            limits: { head_timeout: 120s, idle_timeout: 120s, requests_per_customer: 10000 }
            gate: { hold_wait: 30s }
            """;

    @TempDir
    Path folder;

    private long heldUnits;
    private long usedUnits;

    /** Every request here holds the same and uses the same. */
    @BeforeAll
    void measureOneRequest(@TempDir Path place) throws Exception {
        try (Stand stand = Stand.start(place, 100_000)) {
            assertThat(stand.ask(request(stand)).status()).isEqualTo(200);
            heldUnits = stand.lastReserved().heldUnits();
            usedUnits = stand.lastSettled().units();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void exactlyAsManyPassAsCanBePaid(int payable) throws Exception {
        race(payable, payable == 0 ? 0 : (payable - 1) * usedUnits + heldUnits);
    }

    @Test
    void aSingleCreditPaysForNone() throws Exception {
        race(0, 1);
    }

    private void race(int payable, long credits) throws Exception {
        try (Stand stand = Stand.start(folder, credits, PATIENT)) {
            Map<Integer, Integer> statuses = allAtOnce(stand);

            System.out.println("Stress: " + REQUESTS + " requests at once of " + usedUnits + " units, held " + heldUnits
                    + ", credits " + credits + ": " + statuses);
            assertThat(statuses.getOrDefault(200, 0)).isEqualTo(payable);
            assertThat(statuses.getOrDefault(402, 0)).isEqualTo(REQUESTS - payable);
            assertThat(stand.sandbox.openai().totalTokens())
                    .isEqualTo(payable * usedUnits)
                    .isLessThanOrEqualTo(credits);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    private static Map<Integer, Integer> allAtOnce(Stand stand) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        List<RawConnection> connections = new ArrayList<>();
        List<Future<Integer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < REQUESTS; i++) {
                RawConnection connection = RawConnection.open(stand.port());
                connections.add(connection);
                answers.add(threads.submit(() -> ask(connection, request(stand), start)));
            }
            start.countDown();
            Map<Integer, Integer> statuses = new TreeMap<>();
            for (Future<Integer> answer : answers) {
                statuses.merge(answer.get(), 1, Integer::sum);
            }
            return statuses;
        } finally {
            for (RawConnection connection : connections) {
                connection.close();
            }
        }
    }

    private static int ask(RawConnection connection, String request, CountDownLatch start)
            throws IOException, InterruptedException {
        start.await();
        return connection.send(request).read().status();
    }

    private static String request(Stand stand) {
        return stand.chat("Hi tokens=30", 30);
    }
}
