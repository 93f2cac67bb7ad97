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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final Account OTHER = new Account("cus_2", "cde_1");
    private static final Fact.Tokens TOKENS = new Fact.Tokens(3, 4, 7, 1, 2);

    @TempDir
    Path folder;

    @Test
    void aJournalIsReadWhileAProcessWritesItAndStaysAsItWas() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(reserved("r1", ACCOUNT)));
            try (Journal.History before = SqliteJournal.read(folder)) {
                journal.append(List.of(settled("r1", ACCOUNT, 4)));
                journal.checkpoint();
                journal.append(List.of(reserved("r2", ACCOUNT)));

                assertThat(facts(before)).containsExactly(reserved("r1", ACCOUNT));
            }
            try (Journal.History after = SqliteJournal.read(folder)) {
                assertThat(facts(after)).hasSize(3);
            }
        }
    }

    @Test
    void readingAJournalThatNobodyWritesLeavesNothingBehind() throws JournalException, IOException {
        write(story());
        Map<String, List<Byte>> before = contents(folder);
        readEverything(folder);

        assertThat(contents(folder)).isEqualTo(before);
    }

    @Test
    void readingAJournalInUseLeavesNothingBehind() throws JournalException, IOException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(story());
            journal.tabulate();
            Map<String, List<Byte>> before = contents(folder);
            readEverything(folder);

            assertThat(contents(folder)).containsOnlyKeys(before.keySet());
            assertThat(withoutSharedMemory(contents(folder))).isEqualTo(withoutSharedMemory(before));
        }
    }

    @Test
    void readingAJournalWhoseProcessWasKilledLeavesNothingBehind(@TempDir Path killed)
            throws JournalException, IOException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(story());
            journal.tabulate();
            copy(killed, "journal.db", "journal.db-wal", "journal.db-shm", "journal-log-1");
        }
        Map<String, List<Byte>> before = contents(killed);

        try (Journal.History history = SqliteJournal.read(killed)) {
            assertThat(facts(history)).isEqualTo(story());
        }
        readEverything(killed);

        assertThat(contents(killed)).containsOnlyKeys(before.keySet());
        assertThat(withoutSharedMemory(contents(killed))).isEqualTo(withoutSharedMemory(before));
    }

    @Test
    void aCopyThatLacksAFileIsSaidSo(@TempDir Path copied) throws JournalException, IOException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(story());
            copy(copied, "journal.db", "journal.db-wal");
        }

        assertThatThrownBy(() -> SqliteJournal.read(copied))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("without its -shm file");
        assertThat(contents(copied)).containsOnlyKeys("journal.db", "journal.db-wal");
    }

    @Test
    void whatAProcessWroteMeanwhileIsNotVouchedFor() throws JournalException {
        write(story());
        try (Journal.History history = SqliteJournal.read(folder)) {
            write(List.of(reserved("later", ACCOUNT)));

            assertThatThrownBy(() -> facts(history))
                    .isInstanceOf(JournalException.class)
                    .hasMessageContaining("ask again");
        }
    }

    @Test
    void aFolderWithoutAJournalIsSaidSoAndStaysEmpty() throws IOException {
        assertThatThrownBy(() -> SqliteJournal.read(folder))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("there is no journal in " + folder);
        assertThatThrownBy(() -> SqliteJournal.read(folder.resolve("nowhere")))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("there is no journal in");
        assertThat(contents(folder)).isEmpty();
    }

    @Test
    void aJournalOfAnotherFormatIsSaidSo() throws JournalException, SQLException {
        write(story());
        change("PRAGMA user_version = 99");

        assertThatThrownBy(() -> SqliteJournal.read(folder))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("has format 99, this program reads format 4");
    }

    @Test
    void aFileThatIsNoDatabaseIsSaidSo() throws IOException {
        Files.writeString(folder.resolve("journal.db"), "this is no database, and it is long enough to be read as one");

        assertThatThrownBy(() -> SqliteJournal.read(folder))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("cannot read");
    }

    @Test
    void aFolderMayHaveAnyName() throws JournalException {
        Path odd = folder.resolve("100% odd&mode=rwc#é %3F name");
        try (Journal journal = SqliteJournal.open(odd)) {
            journal.append(story());
        }
        try (Journal.History history = SqliteJournal.read(odd)) {
            assertThat(facts(history)).isEqualTo(story());
        }
    }

    @Test
    void factsOfOneRequestAndOfOneAccountComeInOrder() throws JournalException {
        write(story());
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.ofRequest("r2"))
                    .extracting(fact -> fact.getClass().getSimpleName())
                    .containsExactly("Reserved", "Settled", "Quarantined", "Requeued", "Quarantined");
            assertThat(history.ofRequest("unheard")).isEmpty();
            assertThat(history.accounts("cus_1")).containsExactly(ACCOUNT);
            assertThat(history.accounts("unheard")).isEmpty();
            List<Fact> ofAccount = new ArrayList<>();
            history.replay(ACCOUNT, ofAccount::add);
            assertThat(ofAccount)
                    .isEqualTo(story().stream()
                            .filter(fact -> fact.account().equals(ACCOUNT))
                            .toList());
        }
    }

    @Test
    void usageIsSummedUpByWhatIsAskedFor() throws JournalException {
        long midnight = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
        write(List.of(
                settled("r1", ACCOUNT, midnight - 1),
                settled("r2", ACCOUNT, midnight),
                settled("r3", OTHER, midnight)));
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.usage(new Journal.UsageQuery(
                            List.of(Journal.Dimension.DAY, Journal.Dimension.CUSTOMER), null, null, 0, midnight + 1)))
                    .containsExactly(
                            sum(1, "2026-02-28", "cus_1"),
                            sum(1, "2026-03-01", "cus_1"),
                            sum(1, "2026-03-01", "cus_2"));
            assertThat(history.usage(
                            new Journal.UsageQuery(List.of(Journal.Dimension.KEY), "cus_1", "k", 0, midnight + 1)))
                    .containsExactly(sum(2, "k"));
            assertThat(history.usage(new Journal.UsageQuery(List.of(Journal.Dimension.MODEL), null, null, 0, midnight)))
                    .containsExactly(sum(1, "gpt"));
            assertThat(history.usage(
                            new Journal.UsageQuery(List.of(Journal.Dimension.KEY), null, "other", 0, midnight + 1)))
                    .isEmpty();
        }
    }

    @Test
    void quarantineIsWhatWasSetAsideAndNotPutBackSince() throws JournalException {
        write(story());
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.setAside())
                    .containsExactly(new Journal.SetAside(
                            Outbox.Delivery.of(settled("r2", ACCOUNT, 4)),
                            new Fact.Quarantined("r2", ACCOUNT, "second", 8)));
        }
    }

    private static Fact.Settled estimate(String requestId, long units) {
        return new Fact.Settled(requestId, ACCOUNT, "k", "gpt", null, units, Fact.Tokens.NONE, true, 4);
    }

    private static Fact.Corrected correction(
            String requestId, long estimated, long units, Fact.Remedy remedy, long remedyUnits) {
        return new Fact.Corrected(requestId, ACCOUNT, "k", "gpt", 4, estimated, units, remedy, remedyUnits, "log", 9);
    }

    @Test
    void whatIsCorrectedIsSummedListedAndSentAsCorrected() throws JournalException {
        write(List.of(
                reserved("r1", ACCOUNT),
                reserved("r2", ACCOUNT),
                reserved("r3", ACCOUNT),
                estimate("r1", 10),
                estimate("r2", 10),
                estimate("r3", 10),
                new Fact.Ingested("r1", ACCOUNT, 5),
                new Fact.Ingested("r2", ACCOUNT, 5),
                new Fact.Quarantined("r3", ACCOUNT, "no", 6),
                new Fact.WrittenOff(ACCOUNT, 2, 7),
                correction("r1", 10, 25, Fact.Remedy.EVENT, 15),
                correction("r2", 10, 4, Fact.Remedy.CREDIT, 5),
                correction("r3", 10, 1, Fact.Remedy.REPLACED, 0),
                new Fact.Quarantined("r2-correction", ACCOUNT, "never", 10)));
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.verify())
                    .allSatisfy(check -> assertThat(check.problems()).isEmpty());
            assertThat(history.sums()).containsOnly(Map.entry(ACCOUNT, new Journal.Sums(false, 0, 30, 0, 1, 0)));
            assertThat(history.setAside())
                    .extracting(
                            each -> each.delivery().id() + " " + each.delivery().way() + " "
                                    + each.delivery().usage().units() + " "
                                    + each.quarantined().reason())
                    .containsExactly("r3 EVENT 1 no", "r2-correction CREDIT 5 never");
            assertThat(history.usage(
                            new Journal.UsageQuery(List.of(Journal.Dimension.CUSTOMER), null, null, 0, Long.MAX_VALUE)))
                    .extracting(Journal.UsageSum::units, Journal.UsageSum::estimated)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(30L, 0L));
            assertThat(history.ofRequest("r2")).hasSize(5);
        }
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(journal.outbox().pending(0, 10, 10))
                    .extracting(each -> each.delivery().id())
                    .containsExactly("r1-correction");
        }
    }

    @Test
    void sumsAreThoseOfTheTables() throws JournalException {
        write(story());
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.sums())
                    .containsOnly(
                            Map.entry(ACCOUNT, new Journal.Sums(true, 993, 14, 7, 5, 25)),
                            Map.entry(OTHER, new Journal.Sums(false, 0, 0, 0, 0, 0)));
        }
    }

    @Test
    void anIntactJournalHasNoProblems() throws JournalException {
        write(story());

        assertThat(problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    DELETE FROM reservation WHERE request_id = 'r1' | settlement 3 of request r1 has no reservation of its account before it
                    DELETE FROM reservation WHERE request_id = 'r4' | voiding 7 of request r4 has no reservation of its account before it
                    UPDATE reservation SET customer = 'cus_9' WHERE request_id = 'r1' | settlement 3 of request r1 has no reservation
                    INSERT INTO voiding VALUES (19, 'cus_1', 'cde_1', 0, 'r1', 'x') | request r1 is both settled and voided
                    INSERT INTO ingestion VALUES (19, 'cus_1', 'cde_1', 0, 'r9') | ingestion 19 of request r9 has no settlement
                    DELETE FROM quarantine WHERE seq = 8 | the facts at places 8 to 8 are missing
                    INSERT INTO terms VALUES (14, 'cus_1', 'cde_1', 0, 1, 'LIVE', 1, '') | place 14 is taken by several facts
                    UPDATE write_off SET units = 8 | write_off 18 takes more than the usage of cus_1/cde_1 that nothing had deducted
                    DELETE FROM outbox WHERE request_id = 'r2' | the outbox lacks request r2, which is settled and not acknowledged
                    INSERT INTO outbox VALUES (3, 'r1', 0, 0) | the outbox has request r1, which is acknowledged
                    INSERT INTO outbox VALUES (99, 'r9', 0, 0) | the outbox has request r9, which is not settled at that place
                    INSERT INTO shrinkage VALUES (17, 'cus_1', 'cde_1', 0, 'r3', 26) | shrinkage 17 of request r3 makes no running request's hold smaller
                    INSERT INTO shrinkage VALUES (17, 'cus_1', 'cde_1', 0, 'r1', 5) | shrinkage 17 of request r1 makes no running request's hold smaller
                    INSERT INTO shrinkage VALUES (17, 'cus_1', 'cde_1', 0, 'r9', 5) | shrinkage 17 of request r9 has no reservation
                    UPDATE outbox SET quarantined = 0 | the outbox has request r2 as pending, its facts say otherwise
                    """)
    void whatCannotBeIsNamed(String damage, String problem) throws JournalException, SQLException {
        write(story());
        change(damage);

        assertThat(problems()).anySatisfy(found -> assertThat(found).contains(problem));
    }

    @Test
    void aDamagedFileIsNoticed() throws JournalException, IOException {
        List<Fact> many = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            many.add(reserved("request-" + i, ACCOUNT));
        }
        write(many);
        Path file = folder.resolve("journal.db");
        byte[] bytes = Files.readAllBytes(file);
        for (int at = bytes.length / 2; at < bytes.length / 2 + 8_192; at++) {
            bytes[at] = (byte) ~bytes[at];
        }
        Files.write(file, bytes);

        assertThat(problems()).isNotEmpty();
    }

    /** Of {@link #ACCOUNT}: 993 left, 14 used, 7 of it deducted, 5 written off, 25 held; of {@link #OTHER} one request that came to nothing. */
    private static List<Fact> story() {
        return List.of(
                new Fact.Based(ACCOUNT, 1_000, 0, 42, List.of("e1"), 1),
                reserved("r1", ACCOUNT),
                settled("r1", ACCOUNT, 3),
                reserved("r2", ACCOUNT),
                settled("r2", ACCOUNT, 4),
                reserved("r4", OTHER),
                new Fact.Voided("r4", OTHER, "not_sent", 5),
                new Fact.Quarantined("r2", ACCOUNT, "first", 6),
                new Fact.Requeued("r2", ACCOUNT, 7),
                new Fact.Quarantined("r2", ACCOUNT, "second", 8),
                new Fact.Ingested("r1", ACCOUNT, 9),
                new Fact.EntryApplied(ACCOUNT, "e2", "credit_deducted", -7, 7, 99, 10),
                new Fact.TermsSeen(ACCOUNT, terms(5), 11),
                reserved("r3", ACCOUNT),
                new Fact.TermsSeen(ACCOUNT, terms(0), 12),
                new Fact.Shrunk("r3", ACCOUNT, 25, 13),
                new Fact.CaughtUp(ACCOUNT, 99, 14),
                new Fact.WrittenOff(ACCOUNT, 5, 15));
    }

    private static Fact.Reserved reserved(String requestId, Account account) {
        return new Fact.Reserved(requestId, account, "k", "gpt", 10, 20, 3);
    }

    private static Fact.Settled settled(String requestId, Account account, long atMillis) {
        return new Fact.Settled(requestId, account, "k", "gpt", "gpt-1", 7, TOKENS, false, atMillis);
    }

    private static Journal.UsageSum sum(long requests, String... group) {
        Fact.Tokens tokens = new Fact.Tokens(3 * requests, 4 * requests, 7 * requests, requests, 2 * requests);
        return new Journal.UsageSum(List.of(group), requests, tokens, 7 * requests, 0);
    }

    private void write(List<Fact> facts) throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts);
        }
    }

    private void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> problems() throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            return history.verify().stream()
                    .flatMap(check -> check.problems().stream())
                    .toList();
        }
    }

    private static void readEverything(Path folder) throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            facts(history);
            history.verify();
            history.sums();
            history.setAside();
        }
    }

    private static List<Fact> facts(Journal.History history) throws JournalException {
        List<Fact> facts = new ArrayList<>();
        history.replay(facts::add);
        return facts;
    }

    private void copy(Path to, String... names) throws IOException {
        for (String name : names) {
            Files.copy(folder.resolve(name), to.resolve(name));
        }
    }

    private static Map<String, List<Byte>> contents(Path folder) throws IOException {
        Map<String, List<Byte>> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                List<Byte> bytes = new ArrayList<>();
                for (byte each : Files.readAllBytes(file)) {
                    bytes.add(each);
                }
                contents.put(file.getFileName().toString(), bytes);
            }
        }
        return contents;
    }

    /** Readers of a journal in use announce themselves in the -shm file, which holds nothing durable. */
    private static Map<String, List<Byte>> withoutSharedMemory(Map<String, List<Byte>> contents) {
        Map<String, List<Byte>> rest = new TreeMap<>(contents);
        rest.remove("journal.db-shm");
        return rest;
    }

    private static Fact.Terms terms(long overageLimitUnits) {
        return new Fact.Terms(
                overageLimitUnits,
                Fact.Standing.ON_HOLD,
                2,
                List.of(new Fact.Grant("cdg_1", 1_800_000_000_000L, 700), new Fact.Grant("cdg_2", 5, 0)));
    }
}
