package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void writeJournal() throws JournalException {
        Fact.Tokens tokens = new Fact.Tokens(5, 2, 7, 1, 0);
        Facts.write(
                folder,
                Facts.settled("r1", 1_100, "2026-02-28T23:59:59.999Z"),
                Facts.settled("r2", 2_200, "2026-03-01T00:00:00Z"),
                Facts.estimated("r3", 1_234, "2026-03-01T12:00:00Z"),
                new Fact.Settled(
                        "r4",
                        new Account("cus_2", "cde_1"),
                        "key_b",
                        "=1+\"x\",y",
                        null,
                        7,
                        tokens,
                        false,
                        Facts.at("2026-03-02T00:00:00Z")));
    }

    @Test
    void usageIsListedByCustomerKeyModelAndDay() {
        assertThat(usage().out()).isEqualTo("""
                customer  key    model        day         requests  input  output  total  cached  reasoning  units  estimated
                cus_1     key_a  gpt-4o-mini  2026-02-28         1  1,000     100  1,100      20         10  1,100          0
                cus_1     key_a  gpt-4o-mini  2026-03-01         2  2,100     100  2,200      20         10  3,434          1
                cus_2     key_b  =1+"x",y     2026-03-02         1      5       2      7       1          0      7          0
                total                                            4  3,105     202  3,307      41         20  4,541          1
                """);
    }

    @Test
    void usageIsPutTogetherAsAskedFor() {
        assertThat(usage("--by", "day,customer", "--from", "2026-03-01", "--to", "2026-03-01")
                        .out())
                .isEqualTo("""
                day         customer  requests  input  output  total  cached  reasoning  units  estimated
                2026-03-01  cus_1            2  2,100     100  2,200      20         10  3,434          1
                """);
        assertThat(usage("--by", "key", "--customer", "cus_2", "--format", "csv")
                        .out())
                .contains("key_b,1,5,2,7,1,0,7,0")
                .doesNotContain("key_a");
        assertThat(usage("--by", "customer", "--key", "key_a", "--format", "csv")
                        .out())
                .contains("cus_1,3,")
                .doesNotContain("cus_2");
    }

    @Test
    void csvIsExactAndHarmlessToSpreadsheets() {
        assertThat(usage("--by", "model", "--format", "csv").out()).isEqualTo("""
                model,requests,input_tokens,output_tokens,total_tokens,cached_tokens,reasoning_tokens,units,estimated\r
                "'=1+""x"",y",1,5,2,7,1,0,7,0\r
                gpt-4o-mini,3,3100,200,3300,40,20,4534,1\r
                """);
    }

    @Test
    void jsonHasExactIntegers() {
        assertThat(usage("--by", "customer", "--customer", "cus_1", "--format", "json")
                        .out())
                .isEqualToIgnoringWhitespace("""
                {"usage": [{"customer": "cus_1", "requests": 3, "input_tokens": 3100, "output_tokens": 200,
                  "total_tokens": 3300, "cached_tokens": 40, "reasoning_tokens": 20, "units": 4534, "estimated": 1}]}
                """);
    }

    @Test
    void usageIsReadWhileTheServiceWrites() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(Facts.settled("r5", 5_000, "2026-03-01T00:00:00Z")));

            assertThat(usage("--by", "customer", "--format", "csv").out()).contains("cus_1,4,");
        }
    }

    @Test
    void noUsageIsATableWithoutRows() {
        assertThat(usage("--customer", "cus_9").out().lines()).hasSize(1);
    }

    @Test
    void badArgumentsAreSaidSo() {
        assertWrong("write a day as 2026-01-31", "--from", "yesterday");
        assertWrong("--from is after --to", "--from", "2026-03-02", "--to", "2026-03-01");
        assertWrong("--by names something twice", "--by", "day,key,day");
        assertWrong("CUSTOMER, KEY, MODEL, DAY", "--by", "colour");
        assertWrong("TABLE, CSV, JSON", "--format", "xml");
        assertWrong("Unknown option: '--customers'", "--customers");
    }

    private void assertWrong(String sentence, String... arguments) {
        Commands.Ended ended = usage(arguments);
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.errors().lines().findFirst().orElse("")).contains(sentence);
        assertThat(ended.out()).isEmpty();
    }

    private Commands.Ended usage(String... arguments) {
        List<String> all = new ArrayList<>(List.of("usage", "--journal", folder.toString()));
        all.addAll(List.of(arguments));
        return Commands.run(all.toArray(String[]::new));
    }
}
