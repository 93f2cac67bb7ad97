package dev.tollgate.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tollgate.journal.Fact;
import dev.tollgate.sandbox.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The journal cannot be written any more while requests run. A full disk cannot be had in a test without rights that a
 * test does not have, so the journal is made to refuse groups with a certain fact, and its tables by a trigger that another
 * connection adds: it can be said which write it hits, and be taken back as an operator frees space.
 */
class JournalFailureTest {
    private static final String UNAVAILABLE = "service_unavailable_error";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerWhoseBillCannotBeWrittenIsNotCompletedAndIsBookedAfterARestart(boolean streamed) throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.refused = Fact.Settled.class;

            RawAnswer answer =
                    stand.ask(streamed ? stand.streamedChat("Hi tokens=20", 100) : stand.chat("Hi tokens=20", 100));

            assertThat(answer.complete()).isFalse();
            assertThat(answer.body()).doesNotContain("[DONE]");
            assertStopped(stand);
            assertThat(Probe.metric(stand.tollgate, "tollgate_uncharged_total")).isEqualTo("1");
            long heldUnits = stand.lastReserved().heldUnits();

            restartWithSpace(stand);

            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.dodo().eventCount() == 3);
            long generated = stand.sandbox.openai().generations().get(1).totalTokens();
            assertThat(stand.sandbox.dodo().events())
                    .filteredOn(event -> event.metadata().path("estimated").asBoolean())
                    .singleElement()
                    .satisfies(
                            event -> assertThat(event.metadata().path("tokens").asLong())
                                    .isBetween(streamed ? generated : heldUnits, streamed ? heldUnits - 1 : heldUnits));
            long billed = stand.sandbox.dodo().ingestedTokens(Stand.CUSTOMER);
            assertThat(stand.account().availableUnits()).isEqualTo(100_000 - billed);
        }
    }

    @Test
    void aRequestThatCannotBeReservedIsNotForwarded() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.refused = Fact.Reserved.class;

            RawAnswer answer = stand.ask(stand.chat("Hi", 100));

            answer.assertError(503, UNAVAILABLE, "billing_unavailable");
            assertThat(answer.header("retry-after")).isNotEmpty();
            assertThat(stand.sandbox.openai().requestCount()).isEqualTo(1);
            assertStopped(stand);

            restartWithSpace(stand);

            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    @Test
    void otherRequestsInFlightAreCutOffTooAndAllAreBooked() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000);
                RawConnection other = RawConnection.open(stand.port())) {
            other.send(stand.streamedChat("Hi tokens=10 delay=100", 100)).readUntil("\"content\":");
            stand.refused = Fact.Settled.class;
            assertThat(stand.ask(stand.chat("Hi tokens=20", 100)).complete()).isFalse();

            assertThat(endOf(other)).doesNotContain("[DONE]");
            assertStopped(stand);
            long heldUnits = stand.facts.stream()
                    .filter(fact -> fact instanceof Fact.Reserved)
                    .mapToLong(fact -> ((Fact.Reserved) fact).heldUnits())
                    .sum();

            restartWithSpace(stand);

            await().atMost(Stand.PATIENCE).until(() -> stand.sandbox.dodo().eventCount() == 2);
            long billed = stand.sandbox.dodo().ingestedTokens(Stand.CUSTOMER);
            assertThat(billed).isBetween(stand.sandbox.openai().totalTokens(), heldUnits);
            assertThat(stand.account().availableUnits()).isEqualTo(100_000 - billed);
        }
    }

    /** What is in the log is durable, whatever becomes of the tables. */
    @Test
    void tablesThatTakeNothingStopAdmissionAndNothingAnsweredIsLost() throws Exception {
        try (Stand stand = Stand.start(folder, 100_000)) {
            execute("CREATE TRIGGER refuse BEFORE INSERT ON settlement"
                    + " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            await().atMost(Stand.PATIENCE)
                    .until(() -> stand.ask(stand.chat("Hi", 100)).status() == 503);
            assertStopped(stand);

            stand.tollgate.close();
            execute("DROP TRIGGER refuse");
            stand.startAgain();

            assertThat(stand.ask(stand.chat("Hi", 100)).status()).isEqualTo(200);
            stand.assertEverythingGeneratedIsBilled();
        }
    }

    /** A limit on the size of its files stops a process from writing as a full disk does: the write itself fails. */
    @Test
    void aFileSystemThatTakesNoMoreStopsAdmissionAndLosesNothing() throws Exception {
        try (Sandbox sandbox = Stand.startSandbox(1_000_000)) {
            ServeProcess serve = new ServeProcess(sandbox, folder);
            serve.awaitReady();
            String request = "POST /v1/chat/completions HTTP/1.1\r\nHost: tollgate\r\nAuthorization: Bearer "
                    + Stand.KEY + "\r\nContent-Length: %d\r\n\r\n%s";
            String body = Stand.chatBody("Hi tokens=5", 50);
            String ask = request.formatted(body.length(), body);
            assertThat(RawConnection.ask(serve.port(), ask).status()).isEqualTo(200);
            long walBytes = Files.size(folder.resolve("data").resolve("journal.db-wal"));
            limitFiles(serve.pid(), walBytes);

            int served = 1;
            RawAnswer answer = RawConnection.ask(serve.port(), ask);
            while (answer.status() == 200 && answer.complete()) {
                served++;
                answer = RawConnection.ask(serve.port(), ask);
            }
            RawConnection.ask(serve.port(), ask).assertError(503, UNAVAILABLE, "billing_unavailable");
            assertThat(Files.readString(serve.log().toPath())).contains("ADMISSION STOPPED");

            serve.kill();
            serve.start();
            serve.awaitReady();
            assertThat(RawConnection.ask(serve.port(), ask).status()).isEqualTo(200);
            long generated = sandbox.openai().generationCount();
            await().atMost(Stand.PATIENCE).until(() -> sandbox.dodo().eventCount() == generated);
            assertThat(serve.terminate()).isIn(0, 143);
            long exact = sandbox.dodo().events().stream()
                    .filter(event -> !event.metadata().path("estimated").asBoolean())
                    .count();
            assertThat(exact).isEqualTo(served + 1);
        }
    }

    private static void limitFiles(long pid, long bytes) throws Exception {
        Process limit = new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--fsize=" + bytes + ":" + bytes)
                .inheritIO()
                .start();
        assertThat(limit.waitFor()).isZero();
    }

    private static void assertStopped(Stand stand) throws Exception {
        assertThat(Probe.admin(stand.tollgate, "/healthz").statusCode()).isEqualTo(503);
        assertThat(Probe.admin(stand.tollgate, "/readyz").statusCode()).isEqualTo(503);
        assertThat(Probe.admin(stand.tollgate, "/healthz").body()).contains("journal");
        long before = stand.sandbox.openai().requestCount();
        stand.ask(stand.chat("Hi", 100)).assertError(503, UNAVAILABLE, "billing_unavailable");
        assertThat(stand.sandbox.openai().requestCount()).isEqualTo(before);
    }

    private static String endOf(RawConnection connection) {
        StringBuilder seen = new StringBuilder();
        try {
            while (true) {
                seen.append(connection.readUntil("\n"));
            }
        } catch (java.io.IOException broken) {
            return seen.toString();
        }
    }

    private static void restartWithSpace(Stand stand) throws Exception {
        stand.tollgate.close();
        stand.refused = Void.class;
        stand.startAgain();
    }

    private void execute(String sql) throws SQLException {
        Path file = folder.resolve("data").resolve("journal.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute(sql);
        }
    }
}
