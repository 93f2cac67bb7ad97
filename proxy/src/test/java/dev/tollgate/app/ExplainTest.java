package dev.tollgate.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainTest {
    private static final String T = "2026-03-01T10:00:00Z";

    @TempDir
    Path folder;

    @Test
    void aSettledRequestIsTold() throws JournalException {
        Facts.write(
                folder,
                Facts.reserved("r1", "2026-03-01T10:00:00.001Z"),
                Facts.settled("r1", 1_100, "2026-03-01T10:00:02.5Z"),
                new Fact.Ingested("r1", Facts.ACCOUNT, Facts.at("2026-03-01T10:00:04Z")));

        Commands.Ended ended = explain("r1");

        assertThat(ended.errors()).isEmpty();
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.out()).isEqualTo("""
                request    r1
                customer   cus_1
                credits    cde_1
                key        key_a
                model      gpt-4o-mini, answered by gpt-4o-mini-2024-07-18
                held       2026-03-01 10:00:00.001 UTC
                           1,234 units: 1,034 prompt + 200 output
                settled    2026-03-01 10:00:02.500 UTC
                used       1,100 units
                tokens     input 1,000 (cached 20), output 100 (reasoning 10), total 1,100
                estimated  no: these are the provider's counts
                event      acknowledged by Dodo, 2026-03-01 10:00:04.000 UTC
                """);
    }

    @Test
    void theEventIsFoundWhereverItIs() throws JournalException {
        Facts.write(folder, Facts.reserved("r1", T), Facts.settled("r1", 1_100, T));
        assertThat(explain("r1").out()).contains("event      pending: waits to be sent");

        Facts.write(folder, new Fact.Quarantined("r1", Facts.ACCOUNT, "bad\u001b[31m event", Facts.at(T)));
        assertThat(explain("r1").out())
                .contains("event      set aside 2026-03-01 10:00:00.000 UTC, still counted: bad?[31m event");

        Facts.write(folder, new Fact.Requeued("r1", Facts.ACCOUNT, Facts.at(T)));
        assertThat(explain("r1").out()).contains("event      pending: waits to be sent");
    }

    @Test
    void estimatesSayWhy() throws JournalException {
        Facts.write(
                folder,
                Facts.reserved("r1", T),
                Facts.estimated("r1", 1_234, T),
                Facts.reserved("r2", T),
                Facts.estimated("r2", 1_100, T));

        assertThat(explain("r1").out()).contains("estimated  yes: booked at its full hold; the process was killed");
        assertThat(explain("r2").out()).contains("estimated  yes: the provider's counts never came");
    }

    @Test
    void requestsThatWereReturnedOrStillRunAreTold() throws JournalException {
        Facts.write(
                folder,
                Facts.reserved("r1", T),
                new Fact.Voided("r1", Facts.ACCOUNT, "nothing_generated", Facts.at(T)),
                Facts.reserved("r2", T));

        assertThat(explain("r1").out())
                .contains("returned  2026-03-01 10:00:00.000 UTC")
                .contains("the whole hold, nothing can have been billed: nothing_generated");
        assertThat(explain("r2").out()).contains("not known yet: the request runs");
        assertThat(json("explain", "r2").at("/state").asText()).isEqualTo("open");
        assertThat(json("explain", "r1").at("/voided/reason").asText()).isEqualTo("nothing_generated");
    }

    @Test
    void aRequestIsTellableToPrograms() throws JournalException {
        Facts.write(
                folder,
                Facts.reserved("r1", T),
                Facts.settled("r1", 9_007_199_254_740_993L, T),
                new Fact.Quarantined("r1", Facts.ACCOUNT, "refused", Facts.at(T)));

        JsonNode json = json("explain", "r1");

        assertThat(json.at("/reserved/held_units").longValue()).isEqualTo(1_234);
        assertThat(json.at("/settled/units").longValue()).isEqualTo(9_007_199_254_740_993L);
        assertThat(json.at("/settled/at").asText()).isEqualTo(T);
        assertThat(json.at("/event").toString())
                .isEqualTo("{\"at\":\"2026-03-01T10:00:00Z\",\"reason\":\"refused\",\"state\":\"set_aside\"}");
    }

    @Test
    void anUnknownRequestOrCustomerIsAnErrorInASentence() throws JournalException {
        Facts.write(folder, Facts.based(1, T));

        assertThat(explain("r9").exitCode()).isEqualTo(1);
        assertThat(explain("r9").errors()).startsWith("the journal has no request r9;");
        assertThat(explain("--customer", "cus_9").exitCode()).isEqualTo(1);
        assertThat(explain("--customer", "cus_9").errors())
                .isEqualToIgnoringNewLines("the journal has nothing about customer cus_9");
    }

    @Test
    void aCustomersNumberIsToldWhileTheServiceWrites() throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(
                    Facts.based(20_000, "2026-03-01T09:00:00Z"),
                    Facts.reserved("r1", "2026-03-01T10:00:00Z"),
                    Facts.settled("r1", 1_100, "2026-03-01T10:00:01Z"),
                    Facts.entry("led_1", "credit_deducted", -1_100, 1_100, "2026-03-01T10:01:00Z"),
                    Facts.entry("led_2", "credit_added", 5_000, 0, "2026-03-01T10:02:00Z"),
                    Facts.reserved("r2", "2026-03-01T10:03:00Z"),
                    Facts.estimated("r2", 1_234, "2026-03-01T10:03:01Z"),
                    Facts.overage(500, "2026-03-01T10:04:00Z"),
                    Facts.reserved("r3", "2026-03-01T10:05:00Z")));

            Commands.Ended ended = explain("--customer", "cus_1");

            assertThat(ended.errors()).isEmpty();
            assertThat(ended.out()).isEqualTo("""
                    Customer cus_1, credits cde_1. Amounts are meter units, times are UTC.

                    What Dodo showed
                    when                     what                  entry   change  our usage  net after
                    2026-03-01 09:00:00.000  read                         +20,000          0     20,000
                    2026-03-01 10:01:00.000  credit_deducted       led_1   -1,100      1,100     18,900
                    2026-03-01 10:02:00.000  credit_added          led_2   +5,000          0     23,900
                    2026-03-01 10:04:00.000  overage allowed: 500               0          0     23,900

                    Usage settled here
                    when                     request  key    model         used  estimated
                    2026-03-01 10:00:01.000  r1       key_a  gpt-4o-mini  1,100
                    2026-03-01 10:03:01.000  r2       key_a  gpt-4o-mini  1,234  yes

                    Holds of requests that have not ended
                    since                    request  key    model         held
                    2026-03-01 10:05:00.000  r3       key_a  gpt-4o-mini  1,234

                    The sum
                    net        23,900  Dodo's balance minus overage, as shown last
                    used        2,334  all usage settled here
                    deducted    1,100  the part of it that net shows already
                    held        1,234  by requests that have not ended
                    available  21,432  net - (used - deducted) - held
                               21,932  where the key's plan takes the overage that Dodo allows: 500

                    """);
        }
    }

    @Test
    void anAccountThatWasNeverReadHasNothing() throws JournalException {
        Facts.write(folder, Facts.overage(0, T));

        assertThat(explain("--customer", "cus_1").out())
                .contains("Dodo has not been read for this account")
                .contains("Holds of requests that have not ended\nnone\n");
    }

    @Test
    void olderPostingsArePutTogetherByDayAndStillAddUp() throws JournalException {
        List<Fact> facts = new ArrayList<>(List.of(Facts.based(1_000_000, "2026-03-01T00:00:00Z")));
        for (int i = 0; i < 200; i++) {
            String time = "2026-03-%02dT10:00:00Z".formatted(1 + i / 50);
            facts.add(Facts.reserved("r" + i, time));
            facts.add(i % 10 == 0 ? Facts.estimated("r" + i, 200, time) : Facts.settled("r" + i, 200, time));
            facts.add(Facts.entry("led_" + i, "credit_deducted", -200, 200, time));
        }
        Facts.write(folder, facts);

        assertThat(explain("--customer", "cus_1").out())
                .contains("2026-03-01               50 requests                      10,000  5")
                .contains("2026-03-02               credit_deducted  50 entries     -10,000     10,000    980,000")
                .doesNotContain("r149 ")
                .contains("r150 ");
        JsonNode grouped = json("explain", "--customer", "cus_1").at("/accounts/0");
        JsonNode whole = json("explain", "--customer", "cus_1", "--all").at("/accounts/0");
        assertThat(grouped.at("/usages")).hasSize(53);
        assertThat(whole.at("/usages")).hasSize(200);
        for (JsonNode json : List.of(grouped, whole)) {
            assertThat(sum(json, "/usages", "units"))
                    .isEqualTo(json.at("/used_units").longValue());
            assertThat(sum(json, "/usages", "count")).isEqualTo(200);
            assertThat(sum(json, "/usages", "estimated")).isEqualTo(20);
            assertThat(sum(json, "/balances", "usage_units"))
                    .isEqualTo(json.at("/deducted_units").longValue());
            assertThat(sum(json, "/balances", "change_units"))
                    .isEqualTo(json.at("/net_units").longValue());
            assertThat(json.at("/available_units").longValue()).isEqualTo(960_000);
        }
    }

    @Test
    void whatWasWrittenOffIsToldAndPartOfTheSum() throws JournalException {
        Facts.write(
                folder,
                Facts.based(300, T),
                Facts.reserved("r1", T),
                Facts.settled("r1", 300, T),
                Facts.entry("led_1", "credit_expired", -120, 0, T),
                Facts.entry("led_2", "credit_deducted", -180, 180, T),
                new Fact.WrittenOff(Facts.ACCOUNT, 120, Facts.at(T)));

        assertThat(explain("--customer", "cus_1").out())
                .contains("usage written off: 120              0          0          0")
                .contains("written off  120  the part of it that Dodo dropped at zero")
                .contains("available      0  net - (used - deducted - written off) - held");
        assertThat(json("explain", "--customer", "cus_1")
                        .at("/accounts/0/written_off_units")
                        .longValue())
                .isEqualTo(120);
    }

    @Test
    void overageWithoutLimitIsNull() throws JournalException {
        Facts.write(folder, Facts.based(1, T), Facts.overage(Long.MAX_VALUE, T));

        JsonNode account = json("explain", "--customer", "cus_1").at("/accounts/0");

        assertThat(account.at("/overage_limit_units").isNull()).isTrue();
        assertThat(account.at("/available_with_overage_units").isNull()).isTrue();
        assertThat(explain("--customer", "cus_1").out()).contains("no limit");
    }

    @Test
    void factsThatContradictEachOtherAreSaidSo() throws JournalException {
        Facts.write(folder, Facts.settled("r1", 100, T));

        Commands.Ended ended = explain("--customer", "cus_1");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.errors()).contains("contradict each other").contains("journal verify");
        assertThat(explain("r1").out()).contains("used       100 units");
    }

    @Test
    void whatToExplainMustBeClear() {
        assertThat(explain().exitCode()).isEqualTo(2);
        assertThat(explain().errors()).startsWith("say what to explain: either a request id or --customer ID");
        assertThat(explain("r1", "--customer", "cus_1").exitCode()).isEqualTo(2);
        assertThat(explain("r1", "--all").errors()).startsWith("--all goes with --customer");
    }

    private Commands.Ended explain(String... arguments) {
        return Commands.run(arguments("explain", arguments));
    }

    private JsonNode json(String command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments(command, arguments)));
        all.add("--json");
        try {
            return JsonMapper.builder()
                    .build()
                    .readTree(Commands.run(all.toArray(String[]::new)).out());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private String[] arguments(String command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(command, "--journal", folder.toString()));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private static long sum(JsonNode json, String list, String number) {
        return StreamSupport.stream(json.at(list).spliterator(), false)
                .mapToLong(row -> row.get(number).longValue())
                .sum();
    }
}
