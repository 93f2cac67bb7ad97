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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteJournalTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final Fact.Tokens TOKENS = new Fact.Tokens(3, 4, 7, 1, 2);

    @TempDir
    Path folder;

    @Test
    void everyKindOfFactComesBackAsItWasAndInOrder() throws JournalException {
        List<Fact> facts = List.of(
                new Fact.Based(ACCOUNT, 1_000, 5, 42, List.of("e1", "e2"), 1),
                new Fact.TermsSeen(ACCOUNT, terms(Long.MAX_VALUE), 2),
                new Fact.Reserved("r1", ACCOUNT, "k", "gpt", 10, 20, 3),
                new Fact.Reserved("r2", ACCOUNT, "k", "gpt", 10, 20, 40, true, 3),
                new Fact.Shrunk("r2", ACCOUNT, 25, 3),
                new Fact.Settled("r1", ACCOUNT, "k", "gpt", null, 7, TOKENS, true, "2026-11", true, 4),
                new Fact.Voided("r2", ACCOUNT, "not_sent", 5),
                new Fact.Quarantined("r1", ACCOUNT, "refused", 6),
                new Fact.Requeued("r1", ACCOUNT, 7),
                new Fact.Ingested("r1", ACCOUNT, 8),
                new Fact.EntryApplied(ACCOUNT, "e3", "credit_deducted", -7, 7, 99, 9),
                new Fact.CaughtUp(ACCOUNT, 99, 9),
                new Fact.WrittenOff(ACCOUNT, 3, 9),
                new Fact.Based(ACCOUNT, 993, 0, 50, List.of(), 10),
                new Fact.Inherited(ACCOUNT, 12, 11),
                new Fact.Corrected("r1", ACCOUNT, "k", "gpt", 4, 7, 9, Fact.Remedy.EVENT, 2, "log", 12),
                new Fact.KeyChanged("k2", ACCOUNT, "0".repeat(64), "mine", "grant_1", true, 13));
        assertThat(facts.stream().map(Fact::getClass).distinct())
                .as("none is forgotten")
                .hasSameSizeAs(Fact.class.getPermittedSubclasses());
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts.subList(0, 4));
            journal.append(facts.subList(4, facts.size()));
        }

        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(replayed(journal)).isEqualTo(facts);
        }
    }

    @Test
    void factsAppendedAfterAReplayComeAfterTheOldOnes() throws JournalException {
        Fact first = new Fact.Reserved("r1", ACCOUNT, "k", "gpt", 10, 20, 3);
        Fact second = new Fact.Voided("r1", ACCOUNT, "not_sent", 5);
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(first));
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            replayed(journal);
            journal.append(List.of(second));
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(replayed(journal)).containsExactly(first, second);
        }
    }

    @Test
    void settledRequestsWaitInTheOutboxUntilTheyAreIngestedOrSetAside() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(settled("r1"), settled("r2"), settled("r3")));
            assertThat(pending(journal)).containsExactly("r1", "r2", "r3");

            journal.append(List.of(new Fact.Ingested("r2", ACCOUNT, 1), new Fact.Quarantined("r3", ACCOUNT, "bad", 1)));
            assertThat(pending(journal)).containsExactly("r1");
            assertThat(journal.outbox().pendingCount()).isOne();

            journal.append(List.of(new Fact.Requeued("r3", ACCOUNT, 2)));
            assertThat(pending(journal)).containsExactly("r1", "r3");
        }
    }

    @Test
    void aSecondUserOfTheSameFolderIsTurnedAway() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(journal).isNotNull();
            assertThatThrownBy(() -> SqliteJournal.open(folder))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("another process is using the journal")
                    .hasMessageContaining(folder.toString());
        }
        SqliteJournal.open(folder).close();
    }

    @Test
    void aFolderThatCannotBeWrittenIsSaidSo() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "not a folder");

        assertThatThrownBy(() -> SqliteJournal.open(file.resolve("journal")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("journal.path");
    }

    @Test
    void aFileThatIsNoJournalIsSaidSo() throws IOException {
        Files.writeString(folder.resolve("journal.db"), "this is no database, and it is long enough to be read as one");

        assertThatThrownBy(() -> SqliteJournal.open(folder))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("cannot open the journal");
    }

    @Test
    void aJournalOfAnotherFormatIsNotTouched() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA user_version = 99");
        }

        assertThatThrownBy(() -> SqliteJournal.open(folder))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("format 99");
    }

    @Test
    void aCheckpointLosesNothing() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(settled("r1")));
            journal.checkpoint();
            journal.append(List.of(settled("r2")));
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(replayed(journal)).hasSize(2);
        }
    }

    private static Fact.Settled settled(String requestId) {
        return new Fact.Settled(requestId, ACCOUNT, "k", "gpt", "gpt-1", 7, TOKENS, false, 4);
    }

    private static List<Fact> replayed(Journal journal) throws JournalException {
        List<Fact> facts = new ArrayList<>();
        journal.replay(facts::add);
        return facts;
    }

    private static List<String> pending(Journal journal) throws JournalException {
        return journal.outbox().pending(0, 100, 100).stream()
                .map(pending -> pending.delivery().id())
                .toList();
    }

    private static Fact.Terms terms(long overageLimitUnits) {
        return new Fact.Terms(
                overageLimitUnits,
                Fact.Standing.ON_HOLD,
                2,
                List.of(new Fact.Grant("cdg_1", 1_800_000_000_000L, 700), new Fact.Grant("cdg_2", 5, 0)));
    }
}
