package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose usage is told to whom, of which time, and since when there is any. */
class UsageAnswersTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");
    private static final Account OTHER = new Account("cus_2", "cde_1");
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long NOON = 20_000 * 24 * HOUR_MILLIS + 12 * HOUR_MILLIS;

    @TempDir
    Path folder;

    private static Fact.Settled estimate(String requestId, Account account, String keyId, long atMillis) {
        return new Fact.Settled(requestId, account, keyId, "gpt", null, 10, Fact.Tokens.NONE, true, atMillis);
    }

    private static Fact.Corrected correction(String requestId, Account account, String keyId, long units) {
        return new Fact.Corrected(
                requestId, account, keyId, "gpt", NOON, 10, units, Fact.Remedy.EVENT, units - 10, "log", NOON);
    }

    private void write(Fact... facts) throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(facts));
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "any",
            value = {"cus_1, any, 30", "cus_2, any, 15", "cus_1, k1, 11", "any, k2, 19", "any, any, 45"})
    void correctionsCountForWhomTheyAre(String customerId, String keyId, long units) throws JournalException {
        write(
                estimate("r1", ACCOUNT, "k1", NOON),
                estimate("r2", ACCOUNT, "k2", NOON),
                estimate("r3", OTHER, "k3", NOON),
                correction("r1", ACCOUNT, "k1", 11),
                correction("r2", ACCOUNT, "k2", 19),
                correction("r3", OTHER, "k3", 15));
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.usage(
                            new Journal.UsageQuery(List.of(Journal.Dimension.DAY), customerId, keyId, NOON, NOON + 1)))
                    .extracting(Journal.UsageSum::units)
                    .containsExactly(units);
        }
    }

    @Test
    void usageOfATimeIsFoundAlsoWhereTheClockWasSetBack() throws JournalException {
        write(
                estimate("r1", ACCOUNT, "k1", NOON),
                estimate("r2", ACCOUNT, "k2", NOON + 20 * HOUR_MILLIS),
                estimate("r3", ACCOUNT, "k3", NOON + 10 * HOUR_MILLIS),
                estimate("r4", ACCOUNT, "k4", NOON + 48 * HOUR_MILLIS));
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.usage(new Journal.UsageQuery(
                            List.of(Journal.Dimension.KEY),
                            null,
                            null,
                            NOON + 10 * HOUR_MILLIS,
                            NOON + 20 * HOUR_MILLIS)))
                    .extracting(sum -> sum.group().getFirst())
                    .containsExactly("k3");
        }
    }

    @Test
    void theNewestRequestsOfAnAccountComeFirst() throws JournalException {
        write(
                estimate("r1", ACCOUNT, "k1", NOON),
                estimate("r2", OTHER, "k1", NOON),
                estimate("r3", ACCOUNT, "k1", NOON),
                estimate("r4", ACCOUNT, "k1", NOON));
        try (Journal.History history = SqliteJournal.read(folder)) {
            assertThat(history.recentRequests(ACCOUNT, 2)).containsExactly("r4", "r3");
        }
    }

    @Test
    void aJournalBeganWithItsFirstFact() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(journal.beganMillis()).isEmpty();
        }
        write(estimate("r1", ACCOUNT, "k1", NOON), estimate("r2", ACCOUNT, "k1", NOON + 5));
        try (Journal journal = SqliteJournal.open(folder)) {
            assertThat(journal.beganMillis()).hasValue(NOON);
        }
    }

    /** No test can take the power away; this is what SQLite promises to outlast that with. */
    @ParameterizedTest
    @CsvSource({"journal_mode, wal", "synchronous, 2", "wal_autocheckpoint, 0", "busy_timeout, 5000"})
    void commitsOutlastALossOfPower(String pragma, String value) throws SQLException {
        String url = "jdbc:sqlite:" + folder.resolve("journal.db");
        try (Connection connection = SqliteJournal.connect(url);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeQuery("PRAGMA " + pragma).getString(1)).isEqualTo(value);
        }
    }
}
