package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreditUnitsTest {
    private static JsonNode amount(String json) throws UnreadableException {
        return DodoJson.parse(("{\"amount\":" + json + "}").getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"100000\"', 100000",
        "'100000', 100000",
        "'\"250.00\"', 250",
        "'250.00', 250",
        "'1e3', 1000",
        "'-3', -3",
        "'0.1', 0",
        "'9007199254740991', 9007199254740991"
    })
    void decimalsAreReadAsStringsAndAsNumbers(String json, long units) throws Exception {
        assertThat(new CreditUnits(1).balanceUnits(amount(json), "amount")).isEqualTo(units);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "true", "\"\"", "\"ten\"", "\"NaN\"", "1e999999999", "\"1e-999999999\"", "1e17", "[]"})
    void whatIsNoAmountIsSaidToBeUnreadable(String json) {
        assertThatThrownBy(() -> new CreditUnits(1).balanceUnits(amount(json), "amount"))
                .isInstanceOf(UnreadableException.class)
                .hasMessageContaining("amount");
    }

    @Test
    void balancesAreRoundedDownAndOverageIsRoundedUp() throws Exception {
        CreditUnits units = new CreditUnits(1000);
        assertThat(units.balanceUnits(amount("\"1.2345\""), "amount")).isEqualTo(1234);
        assertThat(units.overageUnits(amount("\"1.2345\""), "amount")).isEqualTo(1235);
        assertThat(units.balanceUnits(amount("\"-1.2345\""), "amount")).isEqualTo(-1235);
        assertThat(units.limitUnits(amount("\"1.2345\""), "amount")).isEqualTo(1234);
    }

    @ParameterizedTest
    @CsvSource({"null, 9223372036854775807", "9223372036854775806, 9223372036854775807", "5, 5", "-5, 0"})
    void aLimitThatIsAbsentOrBeyondAllAmountsIsNone(String json, long units) throws Exception {
        assertThat(new CreditUnits(1).limitUnits(amount(json), "amount")).isEqualTo(units);
    }

    @ParameterizedTest
    @CsvSource({
        "credit_deducted, subscription, true", "overage_charged, subscription, true", "credit_deducted, api, false",
        "credit_added, subscription, false", "credit_expired, subscription, false", "manual_adjustment, api, false",
        "something_new, subscription, false"
    })
    void onlyWhatAMeterDeductedIsUsage(String type, String reference, boolean usage) throws Exception {
        FakeDodo.Line line = new FakeDodo.Line("e1", type, reference, 10, 4, Instant.parse("2026-08-04T06:00:00Z"));
        assertThat(new CreditUnits(1).entry(FakeDodo.json("cus_1", line)).usage())
                .isEqualTo(usage);
    }

    @Test
    void timesAreExactToTheMicrosecond() throws Exception {
        ObjectNode node = FakeDodo.json("cus_1", new FakeDodo.Line("e1", "credit_added", "api", 0, 4, Instant.EPOCH));
        node.put("created_at", "1970-01-01T01:00:01.936281+01:00");
        assertThat(new CreditUnits(1).entry(node).createdMicros()).isEqualTo(1_936_281);
    }

    @Test
    void anEntryIdThatWouldNotSurviveTheJournalIsRefused() {
        ObjectNode node = FakeDodo.json("cus_1", new FakeDodo.Line("a\nb", "credit_added", "api", 0, 4, Instant.EPOCH));
        assertThatThrownBy(() -> new CreditUnits(1).entry(node)).isInstanceOf(UnreadableException.class);
    }
}
