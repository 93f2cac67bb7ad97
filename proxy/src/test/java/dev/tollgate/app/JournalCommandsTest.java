package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalCommandsTest {
    private static final String T = "2026-03-01T10:00:00Z";

    @TempDir
    Path folder;

    private Path data() {
        return folder.resolve("data");
    }

    @Test
    void anIntactJournalIsVerifiedWhileTheServiceWrites() throws JournalException {
        try (Journal journal = SqliteJournal.open(data())) {
            journal.append(story());

            Commands.Ended ended = verify();

            assertThat(ended.exitCode()).isZero();
            assertThat(ended.out().lines().map(line -> line.replaceAll(" {2,}", "|")))
                    .contains(
                            "checked|rows|problems",
                            "facts are numbered from 1 without gap or repetition|9|none",
                            "every settlement has its reservation before it|2|none",
                            "every ingestion has its settlement before it|0|none",
                            "the outbox marks what is in quarantine|2|none",
                            "the ledger adds every account up to what the database does (facts)|9|none")
                    .noneMatch(line -> line.matches(".*\\|[1-9]\\d*$"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    DELETE FROM outbox WHERE request_id = 'r1' | the outbox lacks request r1
                    INSERT INTO voiding VALUES (10, 'cus_1', 'cde_1', 0, 'r1', 'x') | request r1 is both settled and voided
                    UPDATE entry SET usage_units = 99999 | the ledger stops at fact 8: cus_1/cde_1: more usage was deducted than used
                    UPDATE basis SET balance_units = 9223372036854775807 | the ledger stops at fact 10: long overflow
                    """)
    void aProblemIsNamedAndTheExitCodeSaysSo(String damage, String problem) throws JournalException, SQLException {
        Facts.write(data(), story());
        Facts.write(data(), Facts.entry("led_2", "credit_added", 5_000, 0, T));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data().resolve("journal.db"));
                Statement statement = connection.createStatement()) {
            statement.execute(damage);
        }

        Commands.Ended ended = verify();

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.out()).contains(problem);
    }

    @Test
    void quarantineIsListed() throws JournalException {
        Facts.write(data(), story());

        Commands.Ended ended = replay();

        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualTo("""
                request  customer  units  settled                  set aside                why
                r1       cus_1     1,100  2026-03-01 10:00:00.000  2026-03-01 10:00:00.000  refused
                r2       cus_1       300  2026-03-01 10:00:00.000  2026-03-01 10:00:00.000  refused again
                """);
    }

    @Test
    void namedEventsArePutBackToBeSent() throws JournalException {
        Facts.write(data(), story());

        assertThat(replay("r1").out())
                .isEqualToIgnoringNewLines("1 event put back; sent after the next start of the service");

        assertThat(pending()).containsExactly("r1");
        assertThat(replay().out()).contains("r2").doesNotContain("r1");
        assertThat(verify().exitCode()).isZero();
    }

    @Test
    void allEventsArePutBackToBeSent() throws JournalException {
        Facts.write(data(), story());

        assertThat(replay("--all").out()).startsWith("2 events put back");

        assertThat(pending()).containsExactly("r1", "r2");
        assertThat(replay().out()).isEqualToIgnoringNewLines("nothing is in quarantine");
        assertThat(replay("--all").out()).isEqualToIgnoringNewLines("nothing is in quarantine");
        assertThat(verify().exitCode()).isZero();
    }

    @Test
    void nothingIsPutBackWhenSomethingNamedIsNotInQuarantine() throws JournalException {
        Facts.write(data(), story());

        Commands.Ended ended = replay("r1", "r9");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.errors()).contains("request r9 is not in quarantine").contains("nothing was put back");
        assertThat(pending()).isEmpty();
    }

    @Test
    void nothingIsPutBackWhileTheServiceRuns() throws JournalException {
        try (Journal journal = SqliteJournal.open(data())) {
            journal.append(story());

            assertThat(replay().out()).contains("r1");
            Commands.Ended ended = replay("--all");

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.errors())
                    .startsWith("nothing was put back; stop the service")
                    .contains("another process is using the journal");
            assertThat(journal.outbox().pendingCount()).isZero();
        }
    }

    @Test
    void namesAndAllDoNotGoTogether() {
        assertThat(replay("r1", "--all").exitCode()).isEqualTo(2);
        assertThat(replay("r1", "--all").errors()).startsWith("name request ids or say --all, not both");
    }

    @ParameterizedTest
    @ValueSource(strings = {"usage", "explain r1", "explain --customer cus_1", "journal verify", "replay", "replay r1"})
    void noJournalIsAnErrorAndNoneIsMade(String command) {
        Commands.Ended ended = Commands.run((command + " --journal " + data()).split(" "));

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.errors()).startsWith("there is no journal in " + data());
        assertThat(data()).doesNotExist();
    }

    @Test
    void theSettingsNameTheJournalAndTheirSecretsMayBeMissing() throws JournalException, IOException {
        Facts.write(data(), story());
        Path env = Files.writeString(folder.resolve("env"), "JOURNAL=" + data() + "\n");
        Path config = Files.writeString(folder.resolve("tollgate.yaml"), """
                journal: { path: "${JOURNAL}" }
                upstreams: [{ name: openai, base_url: "https://api.openai.com/v1", api_key: "${NOT_SET}" }]
                keys: [{ key: "${NOT_SET_EITHER}", customer: cus_1 }]
                """);

        Commands.Ended ended = Commands.run("replay", "--config", config.toString(), "--env-file", env.toString());

        assertThat(ended.errors()).isEmpty();
        assertThat(ended.out()).contains("refused again");
    }

    @Test
    void settingsThatDoNotNameTheJournalAreWrong() throws IOException {
        Path config = Files.writeString(folder.resolve("tollgate.yaml"), "journal: { path: \"${NOT_SET}\" }\n");

        Commands.Ended ended = Commands.run("usage", "--config", config.toString(), "--env-file", folder + "/none");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.errors()).contains("journal.path").contains("NOT_SET").contains("--journal DIR");
    }

    private static List<Fact> story() {
        return List.of(
                Facts.based(20_000, T),
                Facts.reserved("r1", T),
                Facts.settled("r1", 1_100, T),
                Facts.reserved("r2", T),
                Facts.settled("r2", 300, T),
                new Fact.Quarantined("r1", Facts.ACCOUNT, "refused", Facts.at(T)),
                new Fact.Quarantined("r2", Facts.ACCOUNT, "refused again", Facts.at(T)),
                Facts.entry("led_1", "credit_deducted", -1_100, 1_100, T),
                Facts.reserved("r3", T));
    }

    private Commands.Ended verify() {
        return Commands.run("journal", "verify", "--journal", data().toString());
    }

    private Commands.Ended replay(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "replay";
        all[1] = "--journal";
        all[2] = data().toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Commands.run(all);
    }

    private List<String> pending() throws JournalException {
        try (Journal journal = SqliteJournal.open(data())) {
            return journal.outbox().pending(0, 10, 10).stream()
                    .map(each -> each.delivery().id())
                    .toList();
        }
    }
}
