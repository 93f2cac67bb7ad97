package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Going down in good order: what runs is finished, what is finished is billed, and nobody new is let in. */
class ShutdownTest {
    @TempDir
    Path folder;

    @Test
    void aRunningStreamIsFinishedAndBilledWhileNobodyNewIsLetIn() throws Exception {
        Stand stand = Stand.start(folder, 100_000);
        try (RawConnection idle = RawConnection.open(stand.port());
                RawConnection busy = RawConnection.open(stand.port())) {
            assertThat(idle.send(stand.request("GET", "/v1/models", "")).read().status())
                    .isEqualTo(200);
            busy.send(stand.streamedChat("Hi tokens=40 delay=50", 100)).readUntil("\"content\":");

            CompletableFuture<Void> closing = closeInBackground(stand);

            await().atMost(Stand.PATIENCE)
                    .until(() -> Probe.admin(stand.tollgate, "/readyz").statusCode() == 503);
            assertThat(Probe.admin(stand.tollgate, "/healthz").statusCode()).isEqualTo(200);
            assertThat(idle.ended()).isTrue();
            assertThatThrownBy(() -> RawConnection.open(stand.port())).isInstanceOf(IOException.class);

            assertThat(busy.readUntil("data: [DONE]\n\n")).doesNotContain("error");
            busy.readUntil("0\r\n\r\n");
            assertThat(busy.ended()).isTrue();
            closing.get(20, TimeUnit.SECONDS);
            assertShipped(stand);
            assertThat(stand.settled()).noneMatch(settled -> settled.estimated());
        }
        finish(stand);
    }

    @Test
    void aStreamThatOutlastsTheDrainIsCutAndEstimated() throws Exception {
        Stand stand =
                Stand.on(Stand.startSandbox(100_000), folder, Stand.yaml(folder).replace("drain: 5s", "drain: 0s"));
        try (RawConnection busy = RawConnection.open(stand.port())) {
            busy.send(stand.streamedChat("Hi tokens=1000 delay=500", 1_000)).readUntil("\"content\":");

            closeInBackground(stand).get(20, TimeUnit.SECONDS);

            assertThatThrownBy(() -> busy.readUntil("[DONE]")).isInstanceOf(IOException.class);
            assertShipped(stand);
            stand.assertLastIsEstimated();
            await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.openai().openRequests() == 0);
        }
        finish(stand);
    }

    @Test
    void aRequestThatWaitsForItsAnswerIsFinishedToo() throws Exception {
        Stand stand = Stand.start(folder, 100_000);
        stand.sandbox
                .openai()
                .script(dev.tollgate.sandbox.openai.Script.stallBeforeHead(java.time.Duration.ofSeconds(1)));
        try (RawConnection busy = RawConnection.open(stand.port())) {
            busy.send(stand.chat("Hi tokens=40", 100));
            await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.openai().openRequests() == 1);

            CompletableFuture<Void> closing = closeInBackground(stand);

            RawAnswer answer = busy.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            closing.get(20, TimeUnit.SECONDS);
            assertShipped(stand);
            stand.assertLastIsBilledExactly();
        }
        finish(stand);
    }

    private static CompletableFuture<Void> closeInBackground(Stand stand) {
        return CompletableFuture.runAsync(() -> stand.tollgate.close(), Thread::startVirtualThread);
    }

    /** At once, not eventually: nobody is left who could do it later. */
    private static void assertShipped(Stand stand) {
        assertThat(stand.sandbox.dodo().eventCount()).isEqualTo(1);
        assertThat(stand.settled()).hasSize(1);
        assertThat(stand.sandbox.dodo().ingestedTokens(Stand.CUSTOMER))
                .isEqualTo(stand.settled().getFirst().units());
    }

    /** Starts again, so that what is in the journal can be looked at. */
    private static void finish(Stand stand) throws Exception {
        stand.startAgain();
        stand.assertBooksAgree();
        stand.close();
    }
}
