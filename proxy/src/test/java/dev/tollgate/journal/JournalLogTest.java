package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The log and the tables together: a group is durable with the first, and comes into the second once and in order. */
class JournalLogTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    @TempDir
    Path folder;

    @TempDir
    Path killed;

    private static List<Fact> facts(int from, int until) {
        List<Fact> facts = new ArrayList<>();
        for (int i = from; i < until; i++) {
            facts.add(new Fact.Voided("r" + i, ACCOUNT, "refused", i));
        }
        return facts;
    }

    private static List<Fact> replayed(Path folder) throws JournalException {
        List<Fact> facts = new ArrayList<>();
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.replay(facts::add);
        }
        return facts;
    }

    private static List<Fact> read(Path folder) throws JournalException {
        List<Fact> facts = new ArrayList<>();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.replay(facts::add);
        }
        return facts;
    }

    /** What is there when the process is killed now. */
    private void kill() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.copy(file, killed.resolve(file.getFileName()));
            }
        }
    }

    private static long number(Path folder, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            return statement.executeQuery(sql).getLong(1);
        }
    }

    @Test
    void whatWasAppendedIsThereAlthoughTheTablesNeverGotIt() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
            journal.append(facts(3, 5));
            assertThat(journal.untabulated()).isEqualTo(5);
            kill();
        }
        assertThat(number(killed, "SELECT count(*) FROM voiding")).isZero();
        assertThat(replayed(killed)).isEqualTo(facts(0, 5));
        assertThat(LogDisk.SYSTEM.list(killed)).isEmpty();
    }

    @Test
    void whatTheTablesHaveAlreadyIsNotTakenTwice() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
            journal.tabulate();
            journal.append(facts(3, 5));
            journal.tabulate();
            assertThat(journal.untabulated()).isZero();
            journal.append(facts(5, 6));
            kill();
        }
        assertThat(number(killed, "SELECT count(*) FROM voiding")).isEqualTo(5);
        assertThat(replayed(killed)).isEqualTo(facts(0, 6));
        assertThat(replayed(killed)).isEqualTo(facts(0, 6));
    }

    @ParameterizedTest
    @CsvSource({"NOTHING_DONE, 2", "HALF_DONE, 2", "ALL_DONE, 4"})
    void aGroupThatCannotBeWrittenEndsTheJournalAlsoOnceTheDiskIsWell(FaultyDisk.Fault fault, int left)
            throws Exception {
        FaultyDisk disk = new FaultyDisk(Integer.MAX_VALUE, fault);
        SqliteJournal journal = SqliteJournal.open(folder, SqliteJournal::connect, disk);
        journal.append(facts(0, 2));
        disk.failFromNow();
        assertThatThrownBy(() -> journal.append(facts(2, 4))).hasMessageContaining("no space left");
        disk.heal();
        assertThatThrownBy(() -> journal.append(facts(4, 6)))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("restart the process");
        journal.tabulate();
        journal.close();
        assertThat(replayed(folder)).isEqualTo(facts(0, left));
    }

    @Test
    void aJournalThatEndedInOrderHasNoLog() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
        }
        assertThat(LogDisk.SYSTEM.list(folder)).isEmpty();
        assertThat(number(folder, "SELECT count(*) FROM voiding")).isEqualTo(3);
    }

    @Test
    void whatAKilledProcessLeftIsReadAndIsInTheTablesThen() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
            kill();
        }
        assertThat(read(killed)).isEqualTo(facts(0, 3));
        assertThat(number(killed, "SELECT count(*) FROM voiding")).isEqualTo(3);
        assertThat(read(killed)).isEqualTo(facts(0, 3));
    }

    /** Whoever runs this may have all rights; a lock file that cannot be made is like a folder that cannot be written. */
    @Test
    void aCopyThatMayNotBeWrittenIsSaidSoUnlessTheTablesHaveAll() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
            kill();
        }
        Files.delete(killed.resolve("journal.lock"));
        Files.createSymbolicLink(killed.resolve("journal.lock"), folder.resolve("nowhere/journal.lock"));
        assertThatThrownBy(() -> read(killed))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("its last 3 facts must be brought from the log into the tables")
                .hasMessageContaining("copy the whole folder");
        Files.delete(killed.resolve("journal.lock"));
        read(killed);
        Files.write(killed.resolve(LogDisk.PREFIX + "1"), new byte[1_000]);
        Files.delete(killed.resolve("journal.lock"));
        Files.createSymbolicLink(killed.resolve("journal.lock"), folder.resolve("nowhere/journal.lock"));
        assertThat(read(killed)).isEqualTo(facts(0, 3));
    }

    @Test
    void aLogThatWasTakenFromAnotherJournalIsSaidSo() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
            kill();
        }
        SqliteJournal.open(folder).close();
        Files.copy(killed.resolve(LogDisk.PREFIX + "1"), folder.resolve(LogDisk.PREFIX + "1"));
        assertThat(replayed(folder)).as("it has nothing that the tables lack").isEqualTo(facts(0, 3));
        Path other = Files.createDirectory(folder.resolve("other"));
        SqliteJournal.open(other).close();
        Files.copy(killed.resolve(LogDisk.PREFIX + "1"), other.resolve(LogDisk.PREFIX + "1"));
        assertThatThrownBy(() -> SqliteJournal.open(other)).hasMessageContaining("belongs to another state");
    }

    @ParameterizedTest
    @CsvSource({"3, 4", "1003, 1004"})
    void aJournalFromBeforeTheLogIsTakenOver(int before, int after) throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, 3));
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("DROP TABLE log");
            statement.execute("PRAGMA user_version = " + before);
        }
        assertThat(read(folder)).as("a reader takes it as it is").isEqualTo(facts(0, 3));
        assertThat(number(folder, "PRAGMA user_version")).isEqualTo(before);
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            assertThat(number(folder, "PRAGMA user_version"))
                    .as("older programs must not pass over the log")
                    .isEqualTo(after);
            journal.append(facts(3, 4));
        }
        assertThat(read(folder)).isEqualTo(facts(0, 4));
    }

    @Test
    void noMoreThanSoManyFactsWait() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            long most = 0;
            for (int i = 0; i < 23; i++) {
                journal.append(facts(5_000 * i, 5_000 * i + 5_000));
                most = Math.max(most, journal.untabulated());
            }
            assertThat(most).isEqualTo(SqliteJournal.WAITING_MAX);
            assertThat(journal.untabulated()).isEqualTo(15_000);
        }
        assertThat(number(folder, "SELECT count(*) FROM voiding")).isEqualTo(115_000);
    }

    @Test
    void tablesThatAreBusyHoldUpNobodyWhoAppends() throws Exception {
        try (SqliteJournal journal = SqliteJournal.open(folder);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = other.createStatement()) {
            journal.append(facts(0, 1));
            statement.execute("BEGIN IMMEDIATE");
            CompletableFuture<Void> tabulating = CompletableFuture.runAsync(() -> {
                try {
                    journal.tabulate();
                } catch (JournalException e) {
                    throw new IllegalStateException(e);
                }
            });
            for (int i = 1; i < 100; i++) {
                journal.append(facts(i, i + 1));
            }
            assertThat(tabulating).isNotDone();
            assertThat(journal.untabulated()).isEqualTo(100);
            statement.execute("COMMIT");
            tabulating.get(30, TimeUnit.SECONDS);
        }
        assertThat(replayed(folder)).isEqualTo(facts(0, 100));
    }
}
