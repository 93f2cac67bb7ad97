package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.sandbox.Sandbox;
import dev.tollgate.sandbox.openai.Script;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever leaves early pays for what was generated, to the token; whoever reads slowly slows down the provider alone. */
class ClientGoneTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavingBeforeTheAnswerBeginsIsBilledExactly(boolean streamed) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            stand.sandbox.openai().script(Script.stallBeforeHead(Duration.ofMillis(500)));
            try (RawConnection client = RawConnection.open(stand.port())) {
                client.send(streamed ? stand.streamedChat("Hi tokens=30", 100) : stand.chat("Hi tokens=30", 100));
                await().atMost(Stand.PATIENCE)
                        .until(() -> stand.sandbox.openai().openRequests() == 1);
            }

            stand.assertLastIsBilledExactly();
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavingInTheMiddleOfAStreamIsBilledExactly(boolean reset) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            try (RawConnection client = RawConnection.open(stand.port())) {
                client.send(stand.streamedChat("Hi tokens=40 delay=20", 100)).readUntil("\"content\":");
                if (reset) {
                    client.reset();
                }
            }

            stand.assertLastIsBilledExactly();
            assertThat(stand.lastSettled().tokens().output()).isEqualTo(40);
            stand.assertEverythingGeneratedIsBilled();
            assertThat(outcomes(stand, "client_gone")).isEqualTo(1);
        }
    }

    @Test
    void leavingAtTheDoneMarkerIsASuccess() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            for (int i = 0; i < 10; i++) {
                try (RawConnection client = RawConnection.open(stand.port())) {
                    client.send(stand.streamedChat("Hi tokens=10", 100)).readUntil("data: [DONE]\n\n");
                }
            }

            stand.assertEverythingGeneratedIsBilled();
            assertThat(outcomes(stand, "served")).isEqualTo(10);
            assertThat(outcomes(stand, "client_gone")).isZero();
        }
    }

    @Test
    void leavingWhileTheRequestIsStillBeingSentCostsNothing() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            String request = stand.chat("Hi", 100);
            try (RawConnection client = RawConnection.open(stand.port())) {
                client.send(request.substring(0, request.length() - 5));
            }

            await().atMost(Stand.PATIENCE)
                    .until(() -> Probe.metric(stand.tollgate, "tollgate_connections_open")
                            .equals("0"));
            assertThat(stand.facts).noneMatch(fact -> fact instanceof dev.tollgate.journal.Fact.Reserved);
            assertThat(stand.sandbox.openai().requestCount()).isZero();
        }
    }

    @Test
    void aClientThatDoesNotReadHoldsUpTheProviderAndMissesNothing() throws Exception {
        int tokens = 12_000;
        Sandbox sandbox = Stand.startSandbox(1_000_000);
        try (Relay relay = new Relay(
                        ServerSocketFactory.getDefault(), sandbox.openai().port());
                Stand stand = Stand.on(sandbox, folder, yaml(relay));
                RawConnection client = RawConnection.open(stand.port(), 16 * 1024)) {
            client.send(stand.bulkyChat("Hi tokens=" + tokens, tokens)).readUntil("\"content\":");

            awaitStandstill(stand, relay);
            long takenBytes = relay.answeredBytes();
            assertThat(sandbox.openai().openRequests()).isEqualTo(1);

            String rest = client.readUntil("data: [DONE]\n\n");

            assertThat(relay.answeredBytes()).isGreaterThan(takenBytes * 3 / 2);
            assertThat(rest.length()).isGreaterThan(tokens * 1000);
            stand.assertEverythingGeneratedIsBilled();
            assertThat(stand.settled()).anyMatch(settled -> settled.tokens().output() == tokens);
        }
    }

    @Test
    void aClientThatLeavesWithoutHavingReadIsBilledExactly() throws Exception {
        int tokens = 12_000;
        Sandbox sandbox = Stand.startSandbox(1_000_000);
        try (Relay relay = new Relay(
                        ServerSocketFactory.getDefault(), sandbox.openai().port());
                Stand stand = Stand.on(sandbox, folder, yaml(relay))) {
            try (RawConnection client = RawConnection.open(stand.port(), 16 * 1024)) {
                client.send(stand.bulkyChat("Hi tokens=" + tokens, tokens)).readUntil("\"content\":");
                awaitStandstill(stand, relay);
            }

            await().atMost(Stand.PATIENCE)
                    .until(() -> stand.settled().stream()
                            .anyMatch(settled -> settled.tokens().output() == tokens));
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    /** Nothing more is taken from the provider although the event loop goes on to serve others. */
    private static void awaitStandstill(Stand stand, Relay relay) {
        AtomicLong lastBytes = new AtomicLong(-1);
        AtomicInteger unchanged = new AtomicInteger();
        String request = stand.request("GET", "/v1/nothing", "");
        await().pollInterval(Duration.ofMillis(100)).atMost(Stand.PATIENCE).until(() -> {
            assertThat(stand.ask(request).status()).isEqualTo(404);
            long bytes = relay.answeredBytes();
            boolean same = bytes > 0 && bytes == lastBytes.getAndSet(bytes);
            unchanged.set(same ? unchanged.get() + 1 : 0);
            return unchanged.get() == 15;
        });
    }

    private String yaml(Relay relay) {
        return Stand.yaml(folder).replace("drain: 5s", "drain: 5s, event_loops: 1")
                + "upstreams: [{ name: openai, base_url: \"http://127.0.0.1:" + relay.port()
                + "/v1\", api_key: \"${OPENAI_API_KEY}\" }]\n";
    }

    private static long outcomes(Stand stand, String outcome) {
        return Probe.admin(stand.tollgate, "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("tollgate_requests_total{outcome=\"" + outcome + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
