package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An archive is a true copy or none, whatever its size, and its month is found by the time of its facts. */
class ArchiveFileTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final long AUGUST = Instant.parse("2025-08-01T00:00:00Z").toEpochMilli();
    private static final long SEPTEMBER = Instant.parse("2025-09-01T00:00:00Z").toEpochMilli();
    private static final long NOVEMBER = Instant.parse("2025-11-01T00:00:00Z").toEpochMilli();

    @TempDir
    Path folder;

    private static final class Counting implements Journal.Projection<Counting.Count> {
        private long facts;

        record Count(long facts) {}

        @Override
        public Class<Count> form() {
            return Count.class;
        }

        @Override
        public void fold(Fact fact) {
            facts++;
        }

        @Override
        public Count snapshot() {
            return new Count(facts);
        }

        @Override
        public void restore(Count snapshot) {
            facts = snapshot.facts();
        }
    }

    private static List<Journal.Projection<?>> blank() {
        return List.of(new Counting());
    }

    private static Fact voided(int number, long atMillis) {
        return new Fact.Voided("r" + number, ACCOUNT, "refused", atMillis);
    }

    private void write(List<Fact> facts) throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts);
        }
    }

    private boolean archive(long beforeMillis) throws Exception {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.renewSnapshot(1, ArchiveFileTest::blank, () -> {});
            return journal.archive(beforeMillis, ArchiveFileTest::blank, () -> {});
        }
    }

    private List<Fact> replayed() throws Exception {
        List<Fact> facts = new ArrayList<>();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.replay(facts::add);
        }
        return facts;
    }

    @ParameterizedTest
    @ValueSource(ints = {9_999, 10_000, 10_001, 20_001})
    void aMonthOfAnySizeIsCopiedWhole(int size) throws Exception {
        List<Fact> facts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            facts.add(voided(i, AUGUST + i));
        }
        write(facts);
        Path file = folder.resolve("copy.db");
        int[] pauses = {0};
        try (ArchiveFile copy = ArchiveFile.create(SqliteJournal::connect, file, folder.resolve(SqliteJournal.FILE))) {
            assertThat(copy.copy(1, size, () -> pauses[0]++)).isEqualTo(size);
        }
        assertThat(pauses[0]).isEqualTo((size + 9_999) / 10_000);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeQuery("SELECT count(*) FROM voiding").getLong(1))
                    .isEqualTo(size);
        }
        assertThat(Files.exists(folder.resolve("copy.db-wal")))
                .as("it is one file")
                .isFalse();
    }

    @Test
    void onlyTheFactsOfItsPlacesAreInIt() throws Exception {
        write(List.of(voided(1, AUGUST), voided(2, AUGUST), voided(3, AUGUST), voided(4, AUGUST)));
        try (ArchiveFile copy = ArchiveFile.create(
                SqliteJournal::connect, folder.resolve("copy.db"), folder.resolve(SqliteJournal.FILE))) {
            assertThat(copy.copy(2, 3, () -> {})).isEqualTo(2);
        }
    }

    @Test
    void aCopyThatDiffersIsNone() throws Exception {
        write(List.of(voided(1, AUGUST)));
        SqliteJournal.Connections untrue = url -> {
            Connection connection = SqliteJournal.connect(url);
            try (Statement statement = connection.createStatement()) {
                statement.execute(Schema.VOIDING.createSql());
                statement.execute("CREATE TRIGGER untrue AFTER INSERT ON voiding BEGIN"
                        + " UPDATE voiding SET reason = 'another' WHERE seq = NEW.seq; END");
            }
            return connection;
        };
        try (ArchiveFile copy =
                ArchiveFile.create(untrue, folder.resolve("copy.db"), folder.resolve(SqliteJournal.FILE))) {
            assertThatThrownBy(() -> copy.copy(1, 1, () -> {}))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("the archive differs from the journal in voiding");
        }
    }

    @Test
    void aMonthEndsBeforeTheFirstFactOfTheNextAndIsMovedOnceItIsOldEnough() throws Exception {
        List<Fact> facts =
                List.of(voided(1, AUGUST), voided(2, SEPTEMBER - 1), voided(3, SEPTEMBER), voided(4, SEPTEMBER + 1));
        write(facts);
        assertThat(archive(SEPTEMBER - 1)).isFalse();
        assertThat(archive(SEPTEMBER)).isTrue();
        assertThat(archive(SEPTEMBER)).isFalse();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeQuery("SELECT min(seq) FROM voiding").getLong(1))
                    .isEqualTo(3);
            var row = statement.executeQuery("SELECT first, last, facts, from_millis, until_millis FROM archive");
            assertThat(List.of(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)))
                    .containsExactly(1L, 2L, 2L, AUGUST, SEPTEMBER);
        }
        assertThat(replayed()).isEqualTo(facts);
    }

    @Test
    void aMonthThatAClockGoingBackGivesTwiceHasTwoFiles() throws Exception {
        List<Fact> facts = List.of(voided(1, AUGUST), voided(2, SEPTEMBER), voided(3, AUGUST + 5));
        write(facts);
        while (archive(NOVEMBER)) {
            assertThat(replayed()).isEqualTo(facts);
        }
        facts = new ArrayList<>(facts);
        facts.add(voided(4, AUGUST + 9));
        write(facts.subList(3, 4));
        while (archive(NOVEMBER)) {
            assertThat(replayed()).isEqualTo(facts);
        }
        assertThat(folder.resolve("journal-2025-08.db")).exists();
        assertThat(folder.resolve("journal-2025-08-2.db")).exists();
    }

    @Test
    void aRequestThatRunsKeepsItsMonthInTheJournal() throws Exception {
        write(List.of(new Fact.Reserved("r1", ACCOUNT, "k", "gpt", 10, 20, AUGUST), voided(2, SEPTEMBER)));
        assertThat(archive(NOVEMBER)).isFalse();
        write(List.of(new Fact.Voided("r1", ACCOUNT, "refused", SEPTEMBER)));
        assertThat(archive(NOVEMBER)).isTrue();
    }

    @Test
    void aFactInNoSnapshotKeepsItsMonthInTheJournal() throws Exception {
        write(List.of(voided(1, AUGUST), voided(2, AUGUST)));
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.renewSnapshot(1, ArchiveFileTest::blank, () -> {});
            journal.append(List.of(voided(3, AUGUST), voided(4, SEPTEMBER)));
            assertThat(journal.archive(NOVEMBER, ArchiveFileTest::blank, () -> {}))
                    .isFalse();
        }
        assertThat(archive(NOVEMBER)).isTrue();
    }

    @Test
    void placesAreFoundByTime() throws Exception {
        Random random = new Random(3);
        List<Fact> facts = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        long atMillis = 100;
        for (int i = 0; i < 60; i++) {
            atMillis += random.nextInt(3);
            times.add(atMillis);
            facts.add(
                    random.nextBoolean()
                            ? voided(i, atMillis)
                            : new Fact.Reserved("r" + i, ACCOUNT, "k", "gpt", 10, 20, atMillis));
        }
        write(facts);
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"))) {
            for (long sought = 99; sought <= atMillis + 1; sought++) {
                for (int end : List.of(1, 20, 61)) {
                    assertThat(PlaceInTime.firstAtOrAfter(connection, "voiding", 1, end, sought))
                            .as("time " + sought + " before place " + end)
                            .isEqualTo(firstVoidedAtOrAfter(facts, times, end, sought));
                }
            }
        }
    }

    private static long firstVoidedAtOrAfter(List<Fact> facts, List<Long> times, int end, long sought) {
        for (int i = 0; i < end - 1; i++) {
            if (facts.get(i) instanceof Fact.Voided && times.get(i) >= sought) {
                return i + 1L;
            }
        }
        return end;
    }
}
