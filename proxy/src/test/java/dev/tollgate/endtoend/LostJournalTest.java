package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.app.Tollgate;
import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.Sandbox;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The disk with the journal is gone, and Dodo has usage that it has or has not deducted: nobody can tell which. */
class LostJournalTest {
    private static final long CREDITS = 10_000;

    @TempDir
    Path folder;

    private final AtomicLong aheadMillis = new AtomicLong();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final InstantSource clock = () -> Instant.now().plusMillis(aheadMillis.get());

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aNewJournalKeepsBackWhatDodoMayNotHaveDeductedUntilItSurelyHas(boolean deducted) throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(CREDITS)) {
            try (Tollgate before = start(sandbox)) {
                for (int i = 0; i < 3; i++) {
                    assertThat(ask(before, 900).status()).isEqualTo(200);
                }
                await().atMost(Stand.PATIENCE).until(() -> acknowledged.get() == 3);
            }
            long used = sandbox.openai().totalTokens();
            if (deducted) {
                sandbox.dodo().runWorker();
            }
            deleteJournal();

            try (Tollgate after = start(sandbox)) {
                await().atMost(Stand.PATIENCE).until(() -> available(after) > 0);
                assertThat(available(after)).isEqualTo(CREDITS - used - (deducted ? used : 0));
                assertThat(ask(after, (int) (CREDITS - used)).status()).isEqualTo(402);
                assertThat(ask(after, 900).status()).isEqualTo(200);
                await().atMost(Stand.PATIENCE).until(() -> acknowledged.get() == 4);
                sandbox.dodo().runWorker();

                aheadMillis.set(Duration.ofMinutes(16).toMillis());
                ask(after, (int) CREDITS);

                long truth = CREDITS - sandbox.openai().totalTokens();
                await().atMost(Stand.PATIENCE)
                        .untilAsserted(() -> assertThat(available(after)).isEqualTo(truth));
                assertThat(sandbox.dodo().balance(Stand.CUSTOMER).longValueExact())
                        .isEqualTo(truth);
            }
        }
    }

    @Test
    void aNewJournalOfANewCustomerKeepsNothingBack() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(CREDITS);
                Tollgate tollgate = start(sandbox)) {
            await().atMost(Stand.PATIENCE).until(() -> available(tollgate) == CREDITS);
        }
    }

    private Tollgate start(Sandbox sandbox) throws Exception {
        Tollgate tollgate = Tollgate.start(
                Stand.settings(folder, Stand.yaml(folder), Stand.environment(sandbox)), clock, this::count);
        sandbox.dodo()
                .addEndpoint(URI.create("http://127.0.0.1:" + tollgate.address().getPort() + "/webhooks/dodo"));
        return tollgate;
    }

    private void count(List<Fact> facts) {
        acknowledged.addAndGet(Math.toIntExact(
                facts.stream().filter(fact -> fact instanceof Fact.Ingested).count()));
    }

    private static RawAnswer ask(Tollgate tollgate, int cap) throws Exception {
        String body = Stand.chatBody("Hi tokens=800", cap);
        return RawConnection.ask(
                tollgate.address().getPort(),
                "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer " + Stand.KEY
                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private static long available(Tollgate tollgate) {
        try {
            return tollgate.look(Stand.CUSTOMER).get(10, TimeUnit.SECONDS).availableUnits();
        } catch (Exception e) {
            throw new AssertionError("the ledger does not answer", e);
        }
    }

    private void deleteJournal() throws Exception {
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.delete(each);
            }
        }
    }
}
