package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import dev.tollgate.ledger.Policies;
import dev.tollgate.ledger.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sqlite.SQLiteErrorCode;

/**
 * One course of requests over and over, on a disk that fails at the first call, the second, and so on until the course
 * comes to its end: what was acknowledged is there after a restart on a healthy disk, and after the failure nothing is
 * admitted.
 */
class StorageFaultTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochMilli(1_000_000));
    private static final long CREDIT_UNITS = 10_000;
    private static final int REQUESTS = 4;

    /** What the process before was told is durable. */
    private static final Fact LEFT = new Fact.CaughtUp(ACCOUNT, 1, 1);

    @TempDir
    Path folder;

    /** What the course was told is durable. */
    private final Set<String> reserved = new HashSet<>();

    private final Set<String> settled = new HashSet<>();
    private final Set<String> voided = new HashSet<>();
    private final Set<String> acknowledged = new HashSet<>();
    private boolean known;

    @ParameterizedTest
    @EnumSource(
            names = {"SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_CANTOPEN"})
    void whicheverCallFailsNothingAcknowledgedIsLost(SQLiteErrorCode code) throws Exception {
        int failing = 1;
        boolean whole = false;
        while (!whole) {
            Path data = Files.createDirectory(folder.resolve(code.name() + "-" + failing));
            leaveLog(data);
            FaultyConnections faulty = new FaultyConnections(failing, code);
            forget();
            whole = run(data, faulty, new FaultyDisk()) && faulty.calls() < failing;
            assertRecovers(data, code.name() + " at call " + failing);
            failing++;
        }
        System.out.printf("%s: %d calls, each failed once%n", code.name(), failing - 2);
        assertThat(failing).isGreaterThan(REQUESTS * 6);
    }

    @ParameterizedTest
    @EnumSource(names = "SHORT_WRITES", mode = EnumSource.Mode.EXCLUDE)
    void whicheverCallOfTheLogFailsNothingAcknowledgedIsLost(FaultyDisk.Fault fault) throws Exception {
        int failing = 1;
        boolean whole = false;
        while (!whole) {
            Path data = Files.createDirectory(folder.resolve(fault + "-" + failing));
            leaveLog(data);
            FaultyDisk disk = new FaultyDisk(failing, fault);
            forget();
            whole = run(data, SqliteJournal::connect, disk) && disk.calls() < failing;
            assertRecovers(data, fault + " at call " + failing);
            if (Files.exists(killed(data))) {
                assertRecovers(killed(data), fault + " at call " + failing + ", and killed");
            }
            failing++;
        }
        System.out.printf("%s: %d calls, each failed once%n", fault, failing - 2);
        assertThat(failing).isGreaterThan(REQUESTS * 6);
    }

    @Test
    void aDiskThatTakesLessThanItIsGivenIsGivenTheRest() throws Exception {
        Path data = Files.createDirectory(folder.resolve("short"));
        leaveLog(data);
        assertThat(run(data, SqliteJournal::connect, new FaultyDisk(Integer.MAX_VALUE, FaultyDisk.Fault.SHORT_WRITES)))
                .isTrue();
        assertRecovers(data, "short writes");
        assertRecovers(killed(data), "short writes, and killed");
    }

    private static Path killed(Path data) {
        return data.resolveSibling(data.getFileName() + "-killed");
    }

    /** Keeps what is there while the tables lack the newest groups, which a close would bring there. */
    private static void kill(Path data) throws IOException {
        Files.createDirectory(killed(data));
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.toList()) {
                Files.copy(file, killed(data).resolve(file.getFileName()));
            }
        }
    }

    /** As a process that was killed leaves it: a group that the tables lack. */
    private static void leaveLog(Path data) throws Exception {
        SqliteJournal.open(data).close();
        long mark;
        try (SqliteHistory history = SqliteHistory.open(data)) {
            mark = history.mark();
        }
        GroupLog log = new GroupLog(new FaultyDisk(), data, mark);
        log.append(new Group(1, List.of(LEFT)), 0);
        log.close(false);
    }

    private void forget() {
        List.of(reserved, settled, voided, acknowledged).forEach(Set::clear);
        known = false;
    }

    /** Whether it came to its end. */
    private boolean run(Path data, SqliteJournal.Connections connections, LogDisk disk) throws Exception {
        SqliteJournal journal;
        try {
            journal = SqliteJournal.open(data, connections, disk);
        } catch (JournalException e) {
            assertThat(e).hasMessageContaining(data.toString());
            return false;
        }
        List<String> alarms = new ArrayList<>();
        LedgerThread ledger;
        try {
            ledger = LedgerThread.recover(journal, facts -> {}, () -> alarms.add("alarm"), Thread::new, CLOCK);
        } catch (JournalException e) {
            closeAnyhow(journal);
            return false;
        }
        ledger.start();
        boolean whole = course(ledger, journal);
        if (!whole) {
            assertThat(alarms).as("the failure is told").hasSize(1);
            assertThat(ledger.failed()).isTrue();
            assertThat(ask(ledger, reserve("late"))).isEqualTo(refused());
        }
        kill(data);
        ledger.stop();
        closeAnyhow(journal);
        return whole;
    }

    private boolean course(LedgerThread ledger, SqliteJournal journal) throws Exception {
        Reading reading = new Reading(CREDIT_UNITS, 0, 0, List.of(), Fact.Terms.NONE, CLOCK.millis());
        if (!durable(ledger, new Command.ApplyReading(ACCOUNT, reading, CLOCK.millis()))) {
            return false;
        }
        known = true;
        for (int i = 0; i < REQUESTS; i++) {
            String id = "r" + i;
            if (!durable(ledger, reserve(id))) {
                return false;
            }
            reserved.add(id);
            tabulateIfPossible(journal);
            if (!end(ledger, id, i % 4 == 3)) {
                return false;
            }
        }
        return true;
    }

    /** Where it is not, the journal ends with it, which the next command learns. */
    private static void tabulateIfPossible(SqliteJournal journal) {
        try {
            journal.tabulate();
        } catch (JournalException e) {
            assertThat(e).hasMessageContaining("write");
        }
    }

    private boolean end(LedgerThread ledger, String id, boolean returned) throws Exception {
        if (returned) {
            return durable(ledger, new Command.Release(id, "not_sent", CLOCK.millis())) && voided.add(id);
        }
        if (!durable(ledger, new Command.Settle(id, null, 40, Fact.Tokens.NONE, false, CLOCK.millis()))) {
            return false;
        }
        settled.add(id);
        Fact.Settled fact =
                new Fact.Settled(id, ACCOUNT, "key", "model", null, 40, Fact.Tokens.NONE, false, CLOCK.millis());
        return durable(ledger, new Command.Acknowledge(List.of(Outbox.Delivery.of(fact)), CLOCK.millis()))
                && acknowledged.add(id);
    }

    private static Command.Reserve reserve(String id) {
        return new Command.Reserve(
                id,
                ACCOUNT,
                "key",
                "model",
                60,
                40,
                40,
                1,
                Policies.of(new Overage.Off()),
                false,
                100,
                Long.MAX_VALUE,
                CLOCK.millis());
    }

    private static boolean durable(LedgerThread ledger, Command<?> command) throws Exception {
        return ask(ledger, command) instanceof LedgerThread.Reply.Durable<?>;
    }

    private static <A> LedgerThread.Reply<A> ask(LedgerThread ledger, Command<A> command) throws Exception {
        CompletableFuture<LedgerThread.Reply<A>> reply = new CompletableFuture<>();
        ledger.submit(command, reply::complete);
        return reply.get(30, TimeUnit.SECONDS);
    }

    private static LedgerThread.Reply<Command.ReserveAnswer> refused() {
        return new LedgerThread.Reply.Refused<>(LedgerThread.Reply.Reason.FAILED);
    }

    /** A disk that fails may fail at this too; what is left open, the end of the process closes. */
    private static void closeAnyhow(SqliteJournal journal) {
        try {
            journal.close();
        } catch (JournalException e) {
            assertThat(e.getMessage()).containsAnyOf("close", "cannot write", "after a failed write");
        }
    }

    /** A commit that failed may have reached the disk all the same: one fact that nobody was told of. */
    private static void assertHas(Set<String> there, Set<String> told, String what) {
        assertThat(there).as(what).containsAll(told).hasSizeLessThanOrEqualTo(told.size() + 1);
    }

    private void assertRecovers(Path data, String what) throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(data)) {
            List<Fact> first = new ArrayList<>();
            Set<String> reservedThere = new HashSet<>();
            Set<String> settledThere = new HashSet<>();
            Set<String> voidedThere = new HashSet<>();
            Set<String> acknowledgedThere = new HashSet<>();
            AccountView.Fold fold = new AccountView.Fold();
            journal.replay(fact -> {
                fold.accept(fact);
                first.add(fact);
                switch (fact) {
                    case Fact.Reserved one -> reservedThere.add(one.requestId());
                    case Fact.Settled one -> settledThere.add(one.requestId());
                    case Fact.Voided one -> voidedThere.add(one.requestId());
                    case Fact.Ingested one -> acknowledgedThere.add(one.requestId());
                    default -> {}
                }
            });
            assertThat(first).as(what).startsWith(LEFT);
            assertHas(reservedThere, reserved, what);
            assertHas(settledThere, settled, what);
            assertHas(voidedThere, voided, what);
            assertHas(acknowledgedThere, acknowledged, what);
            AccountView view = fold.view(ACCOUNT, new Overage.Off());
            long open = (long) reservedThere.size() - settledThere.size() - voidedThere.size();
            assertThat(view.known() || !known).as(what).isTrue();
            assertThat(view.availableUnits())
                    .as(what)
                    .isEqualTo(view.known() ? CREDIT_UNITS - 40L * settledThere.size() - 100 * open : 0);
        }
        try (Journal.History history = SqliteJournal.read(data)) {
            assertThat(history.verify())
                    .as(what)
                    .allSatisfy(check -> assertThat(check.problems()).isEmpty());
        }
    }
}
