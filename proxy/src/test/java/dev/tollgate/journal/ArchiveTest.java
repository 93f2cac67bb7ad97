package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tollgate.ledger.LedgerThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;

/** Old months move into files of their own: every question has the same answer before, during and after, whatever fails. */
class ArchiveTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final Fact.Tokens TOKENS = new Fact.Tokens(3, 4, 7, 1, 2);

    private static List<Journal.Projection<?>> blank() {
        return List.of(LedgerThread.blank());
    }

    /** The check of the file itself, whose rows are pages. */
    private static final int PAGES = 1;

    private static final long FAR = Instant.parse("2026-11-01T00:00:00Z").toEpochMilli();

    @TempDir
    Path folder;

    private final List<Fact> facts = new ArrayList<>();

    /** All that can be asked of a journal. */
    private record Answers(
            List<Fact> facts,
            List<Fact> ofAccount,
            List<Fact> ofRequest,
            List<String> recent,
            List<Account> accounts,
            List<Journal.UsageSum> usage,
            Object sums,
            List<Journal.Check> checks) {

        static Answers of(Path folder) throws JournalException {
            try (Journal.History history = SqliteJournal.read(folder)) {
                List<Fact> all = new ArrayList<>();
                history.replay(all::add);
                List<Fact> ofAccount = new ArrayList<>();
                history.replay(ACCOUNT, ofAccount::add);
                return new Answers(
                        all,
                        ofAccount,
                        history.ofRequest("r8-1"),
                        history.recentRequests(ACCOUNT, 5),
                        history.accounts(ACCOUNT.customerId()),
                        history.usage(query(Long.MIN_VALUE, Long.MAX_VALUE)),
                        history.sums(),
                        history.verify().stream().skip(PAGES).toList());
            }
        }
    }

    private static Journal.UsageQuery query(long fromMillis, long untilMillis) {
        return new Journal.UsageQuery(
                List.of(Journal.Dimension.KEY, Journal.Dimension.DAY),
                ACCOUNT.customerId(),
                "key",
                fromMillis,
                untilMillis);
    }

    /** Three months of requests, the last of which began in one month and ended in the next. */
    @BeforeEach
    void fill() throws Exception {
        facts.add(new Fact.KeyChanged("key", ACCOUNT, "0".repeat(64), "mine", "", false, at("2025-08-01T00:00:00Z")));
        facts.add(new Fact.Based(ACCOUNT, 10_000, 0, 1, List.of("e0"), at("2025-08-01T00:00:01Z")));
        for (int month = 8; month <= 10; month++) {
            for (int i = 0; i < 10; i++) {
                request("r" + month + "-" + i, at("2025-%02d-%02dT10:00:00Z".formatted(month, 1 + i % 28)));
            }
            long lastMillis = at("2025-%02d-01T00:00:00Z".formatted(month + 1)) - 1;
            facts.add(new Fact.EntryApplied(
                    ACCOUNT, "e" + month, "credit_deducted", -7, 7, lastMillis * 1_000, lastMillis));
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts);
            journal.renewSnapshot(1, ArchiveTest::blank, () -> {});
        }
    }

    private void request(String id, long atMillis) {
        facts.add(new Fact.Reserved(id, ACCOUNT, "key", "gpt", 10, 20, atMillis));
        facts.add(new Fact.Settled(id, ACCOUNT, "key", "gpt", "gpt-1", 7, TOKENS, false, atMillis));
        facts.add(new Fact.Ingested(id, ACCOUNT, atMillis));
    }

    private static long at(String time) {
        return Instant.parse(time).toEpochMilli();
    }

    private static boolean archive(Path folder, long beforeMillis) throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            return journal.archive(beforeMillis, ArchiveTest::blank, () -> {});
        }
    }

    private static Record recovered(Path folder) throws JournalException {
        Journal.Projection<?> ledger = LedgerThread.blank();
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.recover(List.of(ledger));
        }
        return ledger.snapshot();
    }

    @Test
    void everyQuestionHasTheSameAnswerOnceMonthsAreArchived() throws Exception {
        Answers before = Answers.of(folder);
        Record ledger = recovered(folder);
        assertThat(before.checks())
                .allSatisfy(check -> assertThat(check.problems()).isEmpty());

        assertThat(archive(folder, at("2025-10-31T23:59:59Z"))).isTrue();
        assertThat(archive(folder, at("2025-10-31T23:59:59Z"))).isTrue();
        assertThat(archive(folder, at("2025-10-31T23:59:59Z")))
                .as("October is not over")
                .isFalse();

        assertThat(Answers.of(folder)).isEqualTo(before);
        assertThat(recovered(folder)).isEqualTo(ledger);
        assertThat(files()).contains("journal-2025-08.db", "journal-2025-09.db").doesNotContain("journal-2025-10.db");
        assertThat(number("SELECT count(*) FROM settlement")).isEqualTo(10);
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(journal.beganMillis()).hasValue(at("2025-08-01T00:00:00Z"));
            List<String> keys = new ArrayList<>();
            journal.replayKeys(fact -> keys.add(fact.keyId()));
            assertThat(keys).containsExactly("key");
        }
    }

    @Test
    void factsAppendedOnceEverythingIsArchivedComeAfterIt() throws Exception {
        while (archive(folder, FAR)) {
            assertThat(files()).isNotEmpty();
        }
        assertThat(number("SELECT count(*) FROM settlement")).isZero();
        request("late", at("2026-11-01T00:00:00Z"));
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts.subList(facts.size() - 3, facts.size()));
        }
        Answers answers = Answers.of(folder);
        assertThat(answers.facts()).isEqualTo(facts);
        assertThat(answers.checks())
                .allSatisfy(check -> assertThat(check.problems()).isEmpty());
    }

    @Test
    void aJournalWithoutItsSnapshotIsFoldedFromItsArchives() throws Exception {
        Record ledger = recovered(folder);
        archive(folder, FAR);
        execute("DELETE FROM snapshot");
        assertThat(recovered(folder)).isEqualTo(ledger);
    }

    @Test
    void whatAnArchiveThatWasTakenAwayHadIsNotMadeUp() throws Exception {
        archive(folder, FAR);
        Record ledger = recovered(folder);
        Files.delete(folder.resolve("journal-2025-08.db"));

        assertThat(recovered(folder)).as("the snapshot has it all").isEqualTo(ledger);
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.ofRequest("r9-1")).hasSize(3);
            assertThat(history.usage(query(at("2025-09-01T00:00:00Z"), Long.MAX_VALUE)))
                    .isNotEmpty();
            for (var question : Stream.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                            () -> history.ofRequest("r8-1"),
                            () -> history.usage(query(at("2025-08-31T00:00:00Z"), Long.MAX_VALUE)),
                            history::verify,
                            history::sums,
                            () -> history.replay(ACCOUNT, fact -> {}))
                    .toList()) {
                assertThatThrownBy(question)
                        .isInstanceOf(JournalException.class)
                        .hasMessageContaining("journal-2025-08.db")
                        .hasMessageContaining("put it back");
            }
        }
        execute("DELETE FROM snapshot");
        assertThatThrownBy(() -> recovered(folder)).hasMessageContaining("journal-2025-08.db");
    }

    @Test
    void aMonthStaysWhileOneOfItsRequestsIsNotDoneWith() throws Exception {
        request("poison", at("2025-10-31T10:00:00Z"));
        facts.removeLast();
        facts.add(new Fact.Quarantined("poison", ACCOUNT, "refused", at("2025-10-31T10:00:00Z")));
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts.subList(facts.size() - 3, facts.size()));
            journal.renewSnapshot(1, ArchiveTest::blank, () -> {});
        }
        assertThat(archive(folder, FAR)).isTrue();
        assertThat(archive(folder, FAR)).isTrue();
        assertThat(archive(folder, FAR)).isFalse();
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(new Fact.Ingested("poison", ACCOUNT, FAR)));
            journal.renewSnapshot(1, ArchiveTest::blank, () -> {});
        }
        assertThat(archive(folder, FAR)).isTrue();
    }

    @Test
    void aMonthStaysWhileNoSnapshotThatCanBeUsedHasIt() throws Exception {
        execute("UPDATE snapshot_piece SET bytes = zeroblob(length(bytes))");
        assertThat(archive(folder, FAR)).isFalse();
        execute("DELETE FROM snapshot");
        assertThat(archive(folder, FAR)).isFalse();
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.renewSnapshot(1, ArchiveTest::blank, () -> {});
        }
        assertThat(archive(folder, FAR)).isTrue();
    }

    @Test
    @Tag("slow")
    void whicheverCallFailsAllIsThereAndTheNextOneEndsIt() throws Exception {
        Answers before = Answers.of(folder);
        Record ledger = recovered(folder);
        int failures = 0;
        boolean whole = false;
        while (!whole) {
            Path copy = copy("fault" + failures);
            FaultyConnections faulty = new FaultyConnections(SQLiteErrorCode.SQLITE_IOERR_WRITE);
            try (SqliteJournal journal = SqliteJournal.open(copy, faulty, LogDisk.SYSTEM)) {
                faulty.failFrom(failures);
                whole = archiveUnlessItFails(journal, () -> {});
                faulty.heal();
            }
            assertThat(Answers.of(copy)).as("after failure " + failures).isEqualTo(before);
            archive(copy, at("2025-09-02T00:00:00Z"));
            assertThat(recovered(copy)).isEqualTo(ledger);
            assertThat(Files.exists(copy.resolve("journal-2025-08.db"))).isTrue();
            if (failures % 10 == 0) {
                assertThat(Answers.of(copy))
                        .as("in the end, after failure " + failures)
                        .isEqualTo(before);
            }
            failures++;
        }
        assertThat(failures).isGreaterThan(40);
    }

    @Test
    void whereverItStopsAQuestionAskedMeanwhileHasTheSameAnswer() throws Exception {
        Answers before = Answers.of(folder);
        int stops = 0;
        try (SqliteJournal journal = SqliteJournal.open(folder)) {
            int[] asked = {0};
            journal.archive(FAR, ArchiveTest::blank, () -> {
                assertThatAnswers(before);
                asked[0]++;
            });
            stops = asked[0];
        }
        assertThat(stops).isGreaterThan(10);
    }

    private void assertThatAnswers(Answers before) {
        try {
            assertThat(Answers.of(folder)).isEqualTo(before);
        } catch (JournalException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean archiveUnlessItFails(SqliteJournal journal, Journal.Pause pause)
            throws InterruptedException {
        try {
            return journal.archive(at("2025-09-02T00:00:00Z"), ArchiveTest::blank, pause);
        } catch (JournalException e) {
            return false;
        }
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        Files.copy(folder.resolve("journal.db"), copy.resolve("journal.db"));
        return copy;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            return statement.executeQuery(sql).getLong(1);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }
}
