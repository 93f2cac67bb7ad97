package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.openai.Script;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A retry that says so is billed once, together with what it retries; nothing else is ever merged. */
class RetriesTest {
    private static final String NAMED = "Idempotency-Key: order-1\r\n";
    private static final String OTHER_KEY = "tg_test_other_key_of_the_same_customer";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasServedIsGivenAgainByteForByteAndBilledOnce(boolean streamed) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String request =
                    with(NAMED, streamed ? stand.streamedChat("Hi tokens=30", 50) : stand.chat("Hi tokens=30", 50));
            RawAnswer first = stand.ask(request);
            RawAnswer second = stand.ask(request);
            RawAnswer third = stand.ask(request);

            assertThat(first.headers()).doesNotContainKey("x-tollgate-replayed");
            for (RawAnswer again : List.of(second, third)) {
                assertThat(again.header("x-tollgate-replayed")).isEqualTo("true");
                assertThat(again.body()).isEqualTo(first.body());
                assertThat(again.requestId()).isEqualTo(first.requestId());
                assertThat(again.header("content-type")).isEqualTo(first.header("content-type"));
                assertThat(again.status()).isEqualTo(200);
                assertThat(again.complete()).isTrue();
            }
            assertBilledOnce(stand);
        }
    }

    @Test
    void anSdksRetryGetsTheAnswerThatItsFirstTryMissed() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String chat = stand.chat("Hi tokens=30", 50);
            RawAnswer first = stand.ask(with(tried(0), chat));
            RawAnswer second = stand.ask(with(tried(1), chat));
            RawAnswer third = stand.ask(with(tried(2), chat));

            assertThat(second.header("x-tollgate-replayed")).isEqualTo("true");
            assertThat(List.of(second.body(), third.body())).containsOnly(first.body());
            assertBilledOnce(stand);
        }
    }

    @Test
    void nothingIsMergedThatDoesNotSaySo() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String chat = stand.chat("Hi tokens=30", 50);
            List<String> all = List.of(
                    chat,
                    chat,
                    with(tried(0), chat),
                    with(tried(0), chat),
                    with(tried(1), stand.chat("Ho tokens=30", 50)));
            for (String request : all) {
                assertThat(stand.ask(request).headers()).doesNotContainKey("x-tollgate-replayed");
            }
            assertThat(stand.ask(with("Idempotency-Key: a\r\n", chat)).headers())
                    .doesNotContainKey("x-tollgate-replayed");
            assertThat(stand.ask(with("Idempotency-Key: b\r\n", chat)).headers())
                    .doesNotContainKey("x-tollgate-replayed");
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.settled()).hasSize(7);
        }
    }

    @Test
    void oneNameForTwoRequestsIsRefused() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            stand.ask(with(NAMED, stand.chat("Hi tokens=5", 50)));

            RawAnswer refused = stand.ask(with(NAMED, stand.chat("Ho tokens=5", 50)));
            refused.assertError(422, "invalid_request_error", "idempotency_key_reused");
            assertThat(refused.header("x-should-retry")).isEqualTo("false");
            assertBilledOnce(stand);
        }
    }

    @Test
    void anotherKeyNeverSeesTheAnswer() throws Exception {
        String yaml =
                Stand.yaml(folder) + "  - { id: other, key: " + OTHER_KEY + ", customer: " + Stand.CUSTOMER + " }\n";
        try (Stand stand = Stand.on(Stand.startSandbox(100_000), folder, yaml)) {
            String request = with(NAMED, stand.chat("Hi tokens=5", 50));
            stand.ask(request);

            RawAnswer other = stand.ask(request.replace(Stand.KEY, OTHER_KEY));
            assertThat(other.status()).isEqualTo(200);
            assertThat(other.headers()).doesNotContainKey("x-tollgate-replayed");
            RawAnswer different =
                    stand.ask(with(NAMED, stand.chat("Ho tokens=5", 50)).replace(Stand.KEY, "tg_nobody"));
            assertThat(different.status()).isEqualTo(401);
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.settled()).hasSize(2);
        }
    }

    @Test
    void aRunningStreamIsJoinedFromItsBeginning() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000);
                RawConnection first = RawConnection.open(stand.port());
                RawConnection second = RawConnection.open(stand.port())) {
            String request = with(NAMED, stand.streamedChat("Hi tokens=60 delay=20", 100));
            first.send(request).readUntil("\"content\":");
            second.send(request);
            RawAnswer joined = second.read();

            assertThat(joined.header("x-tollgate-replayed")).isEqualTo("true");
            assertThat(joined.body()).endsWith("data: [DONE]\n\n");
            assertThat(joined.body().split("\"content\":\"[^\"]", -1)).hasSize(61);
            assertBilledOnce(stand);
        }
    }

    @Test
    void whoJoinsKeepsTheAnswerAliveAfterTheFirstHasGone() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000);
                RawConnection second = RawConnection.open(stand.port())) {
            String request = with(tried(0), stand.streamedChat("Hi tokens=60 delay=20", 100));
            try (RawConnection first = RawConnection.open(stand.port())) {
                first.send(request).readUntil("\"content\":");
                second.send(request.replace(tried(0), tried(1))).readUntil("\"content\":");
            }
            assertThat(second.readUntil("data: [DONE]\n\n")).contains("data: [DONE]");

            assertBilledOnce(stand);
            assertThat(stand.lastSettled().tokens().output()).isEqualTo(60);
        }
    }

    @Test
    void whoComesAfterTheFirstHasGoneGetsTheWholeAnswer() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String request = with(tried(0), stand.streamedChat("Hi tokens=40 delay=20", 100));
            try (RawConnection first = RawConnection.open(stand.port())) {
                first.send(request).readUntil("\"content\":");
                first.reset();
            }
            RawAnswer second = stand.ask(request.replace(tried(0), tried(1)));

            assertThat(second.body()).endsWith("data: [DONE]\n\n");
            assertThat(second.body().split("\"content\":\"[^\"]", -1)).hasSize(41);
            assertBilledOnce(stand);
        }
    }

    @Test
    void whatFailedWithoutABillIsTriedAgain() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String request = with(NAMED, stand.chat("Hi tokens=5", 50));
            stand.sandbox.openai().script(Script.serverError());
            assertThat(stand.ask(request).status()).isEqualTo(500);
            RawAnswer second = stand.ask(request);

            assertThat(second.status()).isEqualTo(200);
            assertThat(second.headers()).doesNotContainKey("x-tollgate-replayed");
            assertThat(stand.ask(request).header("x-tollgate-replayed")).isEqualTo("true");
            assertBilledOnce(stand);
        }
    }

    @Test
    void equalRequestsThatFailedTogetherAreAllTriedAgain() throws Exception {
        String plan = "plans: { default: { limits: { requests_at_once: 1 } } }\n";
        try (Stand stand = Stand.start(folder, 100_000, plan);
                RawConnection running = RawConnection.open(stand.port())) {
            String chat = stand.chat("Hi tokens=5", 50);
            stand.sandbox.openai().script(Script.stallBeforeHead(Duration.ofSeconds(2)));
            running.send(with(tried(0), chat));
            await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.openai().openRequests() == 1);
            for (int i = 0; i < 2; i++) {
                assertThat(stand.ask(with(tried(0), chat)).status()).isEqualTo(429);
            }
            assertThat(running.read().status()).isEqualTo(200);
            for (int i = 0; i < 2; i++) {
                RawAnswer again = stand.ask(with(tried(1), chat));
                assertThat(again.status()).isEqualTo(200);
                assertThat(again.headers()).doesNotContainKey("x-tollgate-replayed");
            }
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.settled()).hasSize(3);
        }
    }

    @Test
    void aStreamThatBrokeOffIsNotRemembered() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String request = with(NAMED, stand.streamedChat("Hi tokens=20", 50));
            stand.sandbox.openai().script(Script.cutAfterEvents(5, false));
            stand.ask(request);
            RawAnswer second = stand.ask(request);

            assertThat(second.headers()).doesNotContainKey("x-tollgate-replayed");
            assertThat(second.body().split("\"content\":\"[^\"]", -1)).hasSize(21);
        }
    }

    @Test
    void joinersOfAnAnswerThatFailsHearOfIt() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000);
                RawConnection first = RawConnection.open(stand.port());
                RawConnection second = RawConnection.open(stand.port())) {
            String request = with(NAMED, stand.streamedChat("Hi tokens=20 delay=50", 50));
            stand.sandbox.openai().script(Script.cutAfterEvents(10, false));
            first.send(request).readUntil("\"content\":");
            second.send(request);
            assertThat(second.read().body()).contains("upstream_broke_off");
        }
    }

    @Test
    void whatDoesNotFitIsServedAndNotRemembered() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000_000, "retries: { memory: 1MiB }\n")) {
            String request = with(NAMED, stand.bulkyChat("Hi tokens=1500", 2_000));
            RawAnswer first = stand.ask(request);
            assertThat(first.body().length()).isGreaterThan(2 << 20);
            assertThat(first.body()).endsWith("data: [DONE]\n\n");

            assertThat(stand.ask(request).headers()).doesNotContainKey("x-tollgate-replayed");
            String small = with("Idempotency-Key: small\r\n", stand.chat("Hi tokens=3", 50));
            stand.ask(small);
            assertThat(stand.ask(small).header("x-tollgate-replayed")).isEqualTo("true");
            assertThat(new BigDecimal(Probe.metric(stand.tollgate, "tollgate_replay_bytes")))
                    .isBetween(BigDecimal.valueOf(1024), BigDecimal.valueOf(1 << 20));
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.settled()).hasSize(3);
        }
    }

    @Test
    void aSlowJoinerGetsAllOfItToo() throws Exception {
        try (Stand stand = Stand.start(folder, 1_000_000)) {
            String request = with(NAMED, stand.bulkyChat("Hi tokens=1500", 2_000));
            RawAnswer first = stand.ask(request);
            try (RawConnection slow = RawConnection.open(stand.port(), 4096)) {
                slow.send(request);
                assertThat(slow.read().body()).isEqualTo(first.body());
            }
            assertBilledOnce(stand);
        }
    }

    @Test
    void manyAtOnceUnderOneNameAreOneRequest() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000, "");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String request = with(NAMED, stand.streamedChat("Hi tokens=50 delay=5", 100));
            List<Future<RawAnswer>> answers = java.util.stream.IntStream.range(0, 24)
                    .mapToObj(i -> threads.submit(() -> stand.ask(request)))
                    .toList();
            String body = answers.getFirst().get().body();
            for (Future<RawAnswer> answer : answers) {
                assertThat(answer.get().body()).isEqualTo(body);
            }
            assertBilledOnce(stand);
        }
    }

    @Test
    void itCanBeSwitchedOff() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000, "retries: { enabled: false }\n")) {
            String request = with(NAMED, stand.chat("Hi tokens=5", 50));
            stand.ask(request);
            assertThat(stand.ask(request).headers()).doesNotContainKey("x-tollgate-replayed");
            assertThat(stand.settled()).hasSize(2);
        }
    }

    private static void assertBilledOnce(Stand stand) {
        stand.assertEverythingGeneratedIsBilled();
        assertThat(stand.settled()).hasSize(1);
    }

    private static String tried(int times) {
        return "x-stainless-retry-count: " + times + "\r\n";
    }

    private static String with(String field, String request) {
        return request.replaceFirst("\r\n", "\r\n" + field);
    }
}
