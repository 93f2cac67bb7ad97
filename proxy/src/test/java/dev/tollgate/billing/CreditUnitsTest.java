package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.journal.Fact;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
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

    @ParameterizedTest
    @CsvSource({
        "credit_deducted, false, tollgate:req_1, true",
        "credit_added, true, tollgate:req_1, true",
        "credit_added, true, a gift, true",
        "manual_adjustment, true, a gift, true",
        "manual_adjustment, false, tollgate:req_1, true",
        "manual_adjustment, false, a correction, false",
        "credit_deducted, true, a correction, false",
        "credit_deducted, false, 'see tollgate:req_1', false"
    })
    void ofManualEntriesOurOwnAndWhatGivesBackAreUsage(String type, boolean gives, String reason, boolean usage)
            throws Exception {
        ObjectNode node = FakeDodo.json("cus_1", new FakeDodo.Line("e1", type, "api", 10, 4, Instant.EPOCH));
        node.put("is_credit", gives).put("description", reason);
        assertThat(new CreditUnits(1).entry(node).usage()).isEqualTo(usage);
    }

    @Test
    void anEntryOfOursNamesItsDelivery() {
        ObjectNode node = FakeDodo.json("cus_1", new FakeDodo.Line("e1", "credit_added", "api", 0, 4, Instant.EPOCH));
        assertThat(CreditUnits.deliveryId(node)).isEmpty();
        assertThat(CreditUnits.deliveryId(node.put("description", "tollgate:req_1-correction")))
                .contains("req_1-correction");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "1, 5, 5",
                "1000, 1500, 1.5",
                "1000, 1, 0.001",
                "3, 6, 2",
                "3, 5, none",
                "10000000000, 1, 0.0000000001"
            })
    void anAmountInCreditsIsExactOrNone(long unitsPerCredit, long units, String credits) {
        assertThat(new CreditUnits(unitsPerCredit).exactCredits(units)).isEqualTo(Optional.ofNullable(credits));
    }

    @Test
    void anAmountOfMoreDecimalsThanDodoTakesIsNone() {
        assertThat(new CreditUnits(100_000_000_000L).exactCredits(1)).isEmpty();
        assertThat(new CreditUnits(100_000_000_000L).exactCredits(10)).contains("0.0000000001");
    }

    @Test
    void whatIsLeftOfAGrantIsRoundedUpAndOneThatNeverExpiresIsNone() throws Exception {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("id", "g1").put("remaining_amount", "2.01");
        assertThat(new CreditUnits(1).grant(node)).isEmpty();
        node.put("expires_at", "1970-01-01T00:00:01Z");
        assertThat(new CreditUnits(1).grant(node)).contains(new Fact.Grant("g1", 1_000, 3));
        assertThat(new CreditUnits(1).grant(node.put("remaining_amount", "-2")))
                .contains(new Fact.Grant("g1", 1_000, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\tb", "a\u007fb", " "})
    void anIdIsOfVisibleCharacters(String id) {
        ObjectNode node = FakeDodo.json("cus_1", new FakeDodo.Line(id, "credit_added", "api", 0, 4, Instant.EPOCH));
        assertThatThrownBy(() -> new CreditUnits(1).entry(node)).isInstanceOf(UnreadableException.class);
    }

    @Test
    void anIdOfTwoHundredCharactersIsOne() throws Exception {
        FakeDodo.Line longest = new FakeDodo.Line("!".repeat(200), "credit_added", "api", 0, 4, Instant.EPOCH);
        assertThat(new CreditUnits(1).entry(FakeDodo.json("cus_1", longest)).id())
                .hasSize(200);
        FakeDodo.Line tooLong = new FakeDodo.Line("!".repeat(201), "credit_added", "api", 0, 4, Instant.EPOCH);
        assertThatThrownBy(() -> new CreditUnits(1).entry(FakeDodo.json("cus_1", tooLong)))
                .isInstanceOf(UnreadableException.class);
    }

    @ParameterizedTest
    @CsvSource({"9007199254740991, 9007199254740991", "9007199254740992, 9223372036854775807"})
    void aLimitBeyondAllAmountsIsNone(String json, long units) throws Exception {
        assertThat(new CreditUnits(1).limitUnits(amount(json), "amount")).isEqualTo(units);
    }

    @Test
    void theLargestAmountIsOne() throws Exception {
        assertThat(new CreditUnits(1).balanceUnits(amount("-9007199254740992"), "amount"))
                .isEqualTo(-9007199254740992L);
        assertThatThrownBy(() -> new CreditUnits(1).balanceUnits(amount("9007199254740993"), "amount"))
                .isInstanceOf(UnreadableException.class);
    }
}
