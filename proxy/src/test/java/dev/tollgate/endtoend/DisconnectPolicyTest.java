package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of answers whose callers leave: read on within limits, or stopped; never billed below what was delivered. */
class DisconnectPolicyTest {
    @TempDir
    Path folder;

    private ScriptedUpstream provider;

    @BeforeEach
    void open() throws IOException {
        provider = new ScriptedUpstream();
    }

    @AfterEach
    void close() throws IOException {
        provider.close();
    }

    private Stand stand(String more) throws Exception {
        return Stand.start(folder, 1_000_000, more);
    }

    /** Reads the first token of a long stream, and leaves. */
    private static void leave(Stand stand) throws IOException {
        leave(stand, "tokens=400 delay=20");
    }

    private static void leave(Stand stand, String wish) throws IOException {
        try (RawConnection client = RawConnection.open(stand.port())) {
            client.send(stand.streamedChat("Hi " + wish, 500)).readUntil("\"content\":");
        }
    }

    private static void assertStoppedAndEstimated(Stand stand) {
        stand.assertLastIsEstimated();
        await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.openai().openRequests() == 0);
        assertThat(stand.lastSettled().tokens().output()).isZero();
    }

    private static long gone(Stand stand, String answer) {
        return Probe.admin(stand.tollgate, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("tollgate_callers_gone_total{answer=\"" + answer + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void aPlanThatCancelsStopsTheProviderAtOnce() throws Exception {
        try (Stand stand = stand("plans: { default: { disconnect: cancel } }\n")) {
            leave(stand);

            assertStoppedAndEstimated(stand);
            assertThat(gone(stand, "cancelled")).isEqualTo(1);
            stand.assertBooksAgree();
        }
    }

    @Test
    void aKeyMayHaveAWayOfItsOwn() throws Exception {
        String yaml = Stand.yaml(folder) + "    disconnect: cancel\n";
        try (Stand stand = Stand.on(Stand.startSandbox(1_000_000), folder, yaml)) {
            leave(stand);

            assertStoppedAndEstimated(stand);
        }
    }

    @Test
    void readingOnEndsWhenTimeIsUp() throws Exception {
        try (Stand stand = stand("drains: { time: 300ms }\n")) {
            leave(stand);

            assertStoppedAndEstimated(stand);
            assertThat(gone(stand, "drained")).isEqualTo(1);
        }
    }

    @Test
    void readingOnEndsWhenTheAnswerGrowsTooLong() throws Exception {
        try (Stand stand = stand("drains: { bytes: 1KiB }\n")) {
            leave(stand);

            assertStoppedAndEstimated(stand);
        }
    }

    @Test
    void readingOnEndsAfterSoManyTokens() throws Exception {
        try (Stand stand = stand("drains: { tokens: 10 }\n")) {
            leave(stand);

            assertStoppedAndEstimated(stand);
            assertThat(stand.sandbox.openai().generations().getLast().completionTokens())
                    .isLessThan(200);
        }
    }

    @Test
    void soManyAnswersAreReadOnAtOnceAndNoMore() throws Exception {
        try (Stand stand = stand("drains: { at_once: 1 }\n")) {
            leave(stand, "tokens=100 delay=20");
            await().atMost(Stand.PATIENCE).until(() -> gone(stand, "drained") == 1);
            leave(stand, "tokens=100 delay=20");

            stand.assertLastIsEstimated();
            assertThat(gone(stand, "no_place")).isEqualTo(1);
            await().atMost(Stand.PATIENCE).until(() -> stand.settled().size() == 2);
            assertThat(stand.settled().stream().filter(Fact.Settled::estimated)).hasSize(1);

            leave(stand, "tokens=100 delay=20");
            await().atMost(Stand.PATIENCE).until(() -> stand.settled().size() == 3);
            assertThat(stand.settled().getLast().estimated()).isFalse();
        }
    }

    @Test
    void aCancelledRequestThatNeverWentOutCostsNothing() throws Exception {
        provider.behave(ScriptedUpstream.stall());
        String neverSpeaksTls =
                provider.settings("one", ", connect_timeout: 5m").replace("http:", "https:");
        String upstream = "upstreams: [" + neverSpeaksTls + "]\n";
        try (Stand stand = stand("plans: { default: { disconnect: cancel } }\n" + upstream)) {
            try (RawConnection client = RawConnection.open(stand.port())) {
                client.send(stand.chat("Hi", 50));
                await().atMost(Stand.PATIENCE).until(() -> provider.connections() == 1);
            }

            stand.assertLastIsReturned();
        }
    }

    @Test
    void aCallerThatClosesBehindDoneIsServed() throws Exception {
        String stream = """
                data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}

                data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}

                data: [DONE]

                """;
        provider.behave(ScriptedUpstream.raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + stream.length() + "\r\n\r\n"
                        + stream,
                true));
        try (Stand stand = stand("upstreams: [" + provider.settings("one", "") + "]\n")) {
            for (int i = 0; i < 10; i++) {
                try (RawConnection client = RawConnection.open(stand.port())) {
                    client.send(stand.streamedChat("Hi", 50)).readUntil("data: [DONE]\n\n");
                    client.reset();
                }
            }

            await().atMost(Stand.PATIENCE).until(() -> stand.settled().size() == 10);
            assertThat(stand.settled()).allMatch(settled -> settled.units() == 7 && !settled.estimated());
            assertThat(gone(stand, "drained")).isZero();
        }
    }
}
