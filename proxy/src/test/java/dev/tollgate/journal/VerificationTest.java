package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a check says of a journal that somebody has changed: of corrections, of many problems, and of tables that are gone. */
class VerificationTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    @TempDir
    Path folder;

    private static Fact.Reserved reserved(String requestId) {
        return new Fact.Reserved(requestId, ACCOUNT, "k", "gpt", 10, 20, 3);
    }

    private static Fact.Settled estimate(String requestId) {
        return new Fact.Settled(requestId, ACCOUNT, "k", "gpt", null, 10, Fact.Tokens.NONE, true, 4);
    }

    private static Fact.Corrected correction(String requestId, long units, Fact.Remedy remedy, long remedyUnits) {
        return new Fact.Corrected(requestId, ACCOUNT, "k", "gpt", 4, 10, units, remedy, remedyUnits, "log", 9);
    }

    /** {@code r1} used more than was estimated, {@code r2} less, and {@code r3} was put right before Dodo heard of it. */
    private static List<Fact> story() {
        return List.of(
                new Fact.Inherited(ACCOUNT, 5, 1),
                reserved("r1"),
                reserved("r2"),
                reserved("r3"),
                estimate("r1"),
                estimate("r2"),
                estimate("r3"),
                new Fact.Ingested("r1", ACCOUNT, 5),
                new Fact.Ingested("r2", ACCOUNT, 5),
                new Fact.Quarantined("r3", ACCOUNT, "no", 6),
                new Fact.Requeued("r3", ACCOUNT, 7),
                correction("r1", 25, Fact.Remedy.EVENT, 15),
                correction("r2", 4, Fact.Remedy.CREDIT, 6),
                correction("r3", 1, Fact.Remedy.REPLACED, 0),
                new Fact.Ingested("r1-correction", ACCOUNT, 10),
                new Fact.EntryApplied(ACCOUNT, "e1", "credit_deducted", -1, 1, 99, 11),
                new Fact.WrittenOff(ACCOUNT, 40, 12));
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

    private List<Journal.Check> checks() throws JournalException {
        try (Journal.History history = SqliteJournal.read(folder)) {
            return history.verify();
        }
    }

    private List<String> problems() throws JournalException {
        return checks().stream().flatMap(check -> check.problems().stream()).toList();
    }

    @Test
    void aJournalWithCorrectionsHasNoProblemsAndSaysHowMuchWasLookedAt() throws JournalException {
        write(story());
        assertThat(problems()).isEmpty();
        assertThat(checks())
                .filteredOn(check -> check.what().startsWith("every correction is of an estimate"))
                .extracting(Journal.Check::rows)
                .containsExactly(3L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    UPDATE correction SET estimated_units = 11 WHERE request_id = 'r1' | of request r1 is not of an estimate of so much
                    UPDATE settlement SET estimated = 0 WHERE request_id = 'r1' | of request r1 is not of an estimate of so much
                    DELETE FROM settlement WHERE request_id = 'r2' | correction 13 of request r2 has no settlement of its account before it
                    UPDATE correction SET customer = 'cus_9' WHERE request_id = 'r2' | correction 13 of request r2 has no settlement
                    DELETE FROM correction WHERE request_id = 'r1' | ingestion 15 of request r1-correction has no settlement
                    UPDATE correction SET remedy = 'NOTHING' WHERE request_id = 'r1' | ingestion 15 of request r1-correction has no settlement
                    DELETE FROM quarantine | requeue 11 of request r3 has no quarantine
                    DELETE FROM outbox WHERE request_id = 'r2-correction' | the outbox lacks request r2-correction
                    DELETE FROM ingestion WHERE request_id = 'r1-correction' | the outbox lacks request r1-correction
                    DELETE FROM requeue | the outbox has request r3 as pending, its facts say otherwise
                    UPDATE outbox SET quarantined = 1 WHERE request_id = 'r3' | the outbox has request r3 as set aside, its facts say otherwise
                    UPDATE outbox SET seq = 5 WHERE request_id = 'r3' | the outbox has request r3, which is not settled at that place
                    UPDATE write_off SET units = 41 | write_off 17 takes more than the usage of cus_1/cde_1 that nothing had deducted
                    UPDATE entry SET usage_units = 2 | write_off 17 takes more than the usage
                    UPDATE inheritance SET units = 4 | write_off 17 takes more than the usage
                    UPDATE correction SET units = 24 WHERE request_id = 'r1' | write_off 17 takes more than the usage
                    UPDATE settlement SET seq = 90 WHERE request_id = 'r1' | the facts at places 18 to 89 are missing
                    UPDATE inheritance SET seq = 0 | place 0 is not a place
                    """)
    void whatCannotBeIsNamed(String damage, String problem) throws JournalException, SQLException {
        write(story());
        change(damage);
        assertThat(problems()).anySatisfy(found -> assertThat(found).contains(problem));
    }

    @Test
    void ofMoreThanAThousandProblemsAThousandAreTold() throws JournalException, SQLException {
        List<Fact> many = new ArrayList<>();
        for (int i = 0; i < 1_001; i++) {
            many.add(reserved("r" + i));
            many.add(new Fact.Voided("r" + i, ACCOUNT, "refused", 5));
        }
        write(many);
        change("DELETE FROM reservation WHERE request_id <> 'r0'");
        assertThat(checks())
                .filteredOn(check -> check.what().startsWith("every voiding has its reservation"))
                .singleElement()
                .satisfies(check -> {
                    assertThat(check.rows()).isEqualTo(1_001);
                    assertThat(check.problems()).hasSize(1_000).doesNotContain("and more");
                });
        change("DELETE FROM reservation");
        assertThat(checks())
                .filteredOn(check -> check.what().startsWith("every voiding has its reservation"))
                .singleElement()
                .satisfies(check -> assertThat(check.problems()).hasSize(1_001).endsWith("and more"));
    }
}
