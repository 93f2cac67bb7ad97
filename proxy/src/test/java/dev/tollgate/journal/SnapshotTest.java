package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;

/** Snapshots beside the facts: what a start folds, and what becomes of snapshots that cannot be used. */
class SnapshotTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final int FACTS = 2_000;

    @TempDir
    Path folder;

    /** Remembers the order of what it is shown, and pads its snapshot to several pieces. */
    private static final class Seen implements Journal.Projection<Seen.Ids> {
        private final List<String> ids = new ArrayList<>();
        private long folded;

        record Ids(List<String> ids, String padding) {}

        @Override
        public Class<Ids> form() {
            return Ids.class;
        }

        @Override
        public void fold(Fact fact) {
            folded++;
            ids.add(((Fact.Voided) fact).requestId());
        }

        @Override
        public Ids snapshot() {
            return new Ids(List.copyOf(ids), "x".repeat(300_000));
        }

        @Override
        public void restore(Ids snapshot) {
            ids.addAll(snapshot.ids());
        }
    }

    /** Keeps something else. */
    private record Other(List<String> reasons) implements Journal.Projection<Other.Reasons> {
        record Reasons(List<String> reasons) {}

        @Override
        public Class<Reasons> form() {
            return Reasons.class;
        }

        @Override
        public void fold(Fact fact) {
            reasons.add(((Fact.Voided) fact).reason());
        }

        @Override
        public Reasons snapshot() {
            return new Reasons(List.copyOf(reasons));
        }

        @Override
        public void restore(Reasons snapshot) {
            reasons.addAll(snapshot.reasons());
        }
    }

    @BeforeEach
    void fill() throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts(0, FACTS));
        }
    }

    private static List<Fact> facts(int from, int until) {
        List<Fact> facts = new ArrayList<>();
        for (int i = from; i < until; i++) {
            facts.add(new Fact.Voided("r" + i, ACCOUNT, "refused", i));
        }
        return facts;
    }

    private static List<String> ids(int until) {
        return facts(0, until).stream()
                .map(fact -> ((Fact.Voided) fact).requestId())
                .toList();
    }

    private static Seen recovered(Journal journal) throws Exception {
        Seen seen = new Seen();
        journal.recover(List.of(seen));
        return seen;
    }

    private static boolean renew(Journal journal) throws Exception {
        return journal.renewSnapshot(FACTS, () -> List.of(new Seen()), () -> {});
    }

    @Test
    void aStartFoldsOnlyWhatCameAfterTheSnapshot() throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(renew(journal)).isTrue();
            journal.append(facts(FACTS, FACTS + 7));
            assertThat(renew(journal)).as("there is little that is new").isFalse();
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            Seen seen = recovered(journal);
            assertThat(seen.folded).isEqualTo(7);
            assertThat(seen.ids).isEqualTo(ids(FACTS + 7));
            journal.append(facts(FACTS + 7, 2 * FACTS));
            assertThat(renew(journal)).isTrue();
            assertThat(recovered(journal).folded).isZero();
            assertThat(recovered(journal).ids).isEqualTo(ids(2 * FACTS));
        }
        assertThat(count("snapshot")).isOne();
        assertThat(count("snapshot_piece")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE snapshot_piece SET bytes = zeroblob(length(bytes)) WHERE piece = 1",
                "DELETE FROM snapshot_piece WHERE piece = 0",
                "UPDATE snapshot SET sha256 = 'beef'",
                "UPDATE snapshot SET form = 'of another version'",
                "DELETE FROM snapshot"
            })
    void aSnapshotThatIsDamagedOrForeignIsPassedOver(String damage) throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            renew(journal);
        }
        execute(damage);
        try (Journal journal = SqliteJournal.open(folder)) {
            Seen seen = recovered(journal);
            assertThat(seen.folded).isEqualTo(FACTS);
            assertThat(seen.ids).isEqualTo(ids(FACTS));
        }
    }

    @Test
    void aProgramThatKeepsSomethingElseFoldsFromTheBeginningAndWritesItsOwn() throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            renew(journal);
            Other other = new Other(new ArrayList<>());
            journal.recover(List.of(other));
            assertThat(other.reasons()).hasSize(FACTS);

            journal.append(facts(FACTS, 2 * FACTS));
            assertThat(journal.renewSnapshot(FACTS, () -> List.of(new Other(new ArrayList<>())), () -> {}))
                    .isTrue();
            Other again = new Other(new ArrayList<>());
            journal.recover(List.of(again));
            assertThat(again.reasons()).hasSize(2 * FACTS);
        }
    }

    @Test
    @Tag("slow")
    void whicheverCallFailsWhileASnapshotIsWrittenTheNextStartIsTheSame() throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            renew(journal);
            journal.append(facts(FACTS, 2 * FACTS));
        }
        int failures = 0;
        boolean whole = false;
        while (!whole) {
            assertThat(failures).as("calls of one snapshot").isLessThan(500);
            Path copy = Files.createDirectory(folder.resolve("copy" + failures));
            Files.copy(folder.resolve("journal.db"), copy.resolve("journal.db"));
            whole = renewOnADiskThatFails(copy, failures);
            try (Journal journal = SqliteJournal.open(copy)) {
                Seen seen = recovered(journal);
                assertThat(seen.ids).as("after failure " + failures).isEqualTo(ids(2 * FACTS));
                assertThat(seen.folded).isEqualTo(seen.folded == 0 ? 0 : FACTS);
                journal.append(facts(2 * FACTS, 2 * FACTS + 1));
            }
            failures++;
        }
        assertThat(failures).isGreaterThan(10);
    }

    /** Whether no call failed. */
    private static boolean renewOnADiskThatFails(Path data, int calls) throws Exception {
        FaultyConnections faulty = new FaultyConnections(SQLiteErrorCode.SQLITE_IOERR_WRITE);
        try (SqliteJournal journal = SqliteJournal.open(data, faulty, LogDisk.SYSTEM)) {
            faulty.failFrom(calls);
            boolean whole = renew(journal);
            faulty.heal();
            return whole;
        } catch (JournalException e) {
            return false;
        }
    }

    private long count(String table) {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            return statement.executeQuery("SELECT count(*) FROM " + table).getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        }
    }
}
