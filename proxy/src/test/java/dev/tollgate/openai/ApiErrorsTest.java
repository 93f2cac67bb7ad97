package dev.tollgate.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tollgate.openai.ApiError.Retry;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiErrorsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<ApiError> catalogue() {
        return Stream.of(
                ApiErrors.missingKey(),
                ApiErrors.invalidKey(),
                ApiErrors.revokedKey(),
                ApiErrors.unknownRoute("GET", "/v1/\"x\"/\n"),
                ApiErrors.wrongMethod("GET", "POST"),
                ApiErrors.notJson("see byte 3"),
                ApiErrors.tooDeep(64),
                ApiErrors.tooLarge(10_000),
                ApiErrors.outOfCredits(500, 0, "https://shop.example/topup"),
                ApiErrors.requestExceedsBalance(500, 20, null),
                ApiErrors.heldByRunningRequests(500, 20),
                ApiErrors.billingUnreachable(),
                ApiErrors.upstreamUnavailable(),
                ApiErrors.upstreamUnreachable(),
                ApiErrors.upstreamTimeout(),
                ApiErrors.upstreamBrokeOff(),
                ApiErrors.overloaded(),
                ApiErrors.shuttingDown());
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void hasTheFourMembersThatSdksRead(ApiError error) throws IOException {
        JsonNode body = JSON.readTree(error.toJson()).get("error");
        assertThat(body.get("message").asText()).isEqualTo(error.message());
        assertThat(body.get("type").isTextual()).isTrue();
        assertThat(body.get("param").isTextual() || body.get("param").isNull()).isTrue();
        assertThat(body.get("code").isTextual() || body.get("code").isNull()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("catalogue")
    void endsAStreamWithTheErrorInBothFormsAndDone(ApiError error) throws IOException {
        String end = new String(error.toStreamEnd(), UTF_8);
        assertThat(end).startsWith("data: {").endsWith("}\n\ndata: [DONE]\n\n");
        assertThat(end.lines()).hasSize(4);

        JsonNode event = JSON.readTree(end.substring("data: ".length(), end.indexOf("\n\n")));
        JsonNode within = JSON.readTree(error.toJson()).get("error");
        assertThat(event.get("error")).isEqualTo(within);
        assertThat(event.get("type").asText()).isEqualTo("error");
        assertThat(event.get("message")).isEqualTo(within.get("message"));
        assertThat(event.get("code")).isEqualTo(within.get("code"));
        assertThat(event.get("param")).isEqualTo(within.get("param"));
    }

    @Test
    void tellsWhatAnExhaustedBalanceNeeds() {
        ApiError error = ApiErrors.outOfCredits(500, 0, "https://shop.example/topup");
        assertThat(error.status()).isEqualTo(402);
        assertThat(error.retry()).isEqualTo(new Retry.Never());
        assertThat(new String(error.toJson(), UTF_8))
                .isEqualTo(
                        "{\"error\":{\"message\":\"Your credit balance is exhausted: this request needs up to 500 tokens"
                                + " and 0 are left. Add credits at https://shop.example/topup\",\"type\":\"insufficient_quota\","
                                + "\"param\":null,\"code\":\"credit_balance_exhausted\",\"needed_tokens\":500,"
                                + "\"available_tokens\":0,\"topup_url\":\"https://shop.example/topup\"}}");
    }

    @Test
    void distinguishesTheThreeWaysOfNotBeingServed() {
        assertThat(ApiErrors.requestExceedsBalance(500, 20, null).code()).isEqualTo("request_exceeds_balance");
        assertThat(ApiErrors.requestExceedsBalance(500, 20, null).message()).contains("max_completion_tokens");
        assertThat(ApiErrors.heldByRunningRequests(500, 20).status()).isEqualTo(429);
        assertThat(ApiErrors.heldByRunningRequests(500, 20).retry()).isEqualTo(new Retry.After(1));
        assertThat(ApiErrors.billingUnreachable().status()).isEqualTo(503);
    }

    @Test
    void cutsALongPathOff() {
        assertThat(ApiErrors.unknownRoute("GET", "/" + "x".repeat(5000)).message())
                .hasSizeLessThan(300);
    }

    @Test
    void refusesDetailsThatAreNoDetails() {
        ApiError error = ApiErrors.overloaded();
        assertThatThrownBy(() -> error.with("code", "x")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"401", "402", "403", "407"})
    void hidesThatTheOperatorsKeyOrAccountFails(int status) {
        ApiError shown = ApiErrors.insteadOfUpstream(status, new byte[0]).orElseThrow();
        assertThat(shown.status()).isEqualTo(503);
        assertThat(shown.code()).isEqualTo("upstream_unavailable");
        assertThat(shown.retry()).isEqualTo(new Retry.Never());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":null}}",
                "{\"error\":{\"type\":\"x\",\"code\":\"organization_spend_limit_exceeded\"}}",
                "{\"type\":\"insufficient_quota\"}",
                "{\"error\":{\"type\":\"insufficient_quota\",\"message\":\"cut o",
            })
    void hidesThatTheOperatorsQuotaIsUsedUp(String body) {
        assertThat(ApiErrors.insteadOfUpstream(429, body.getBytes(UTF_8))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"insufficient_quota\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}",
                "{\"error\":{\"x\":{\"type\":\"insufficient_quota\"}}}",
                "<html>",
                "",
            })
    void passesAnOrdinaryRateLimit(String body) {
        assertThat(ApiErrors.insteadOfUpstream(429, body.getBytes(UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 413, 422, 500, 503})
    void passesWhatIsTheCustomersBusiness(int status) {
        byte[] body = "{\"error\":{\"type\":\"insufficient_quota\"}}".getBytes(UTF_8);
        assertThat(ApiErrors.insteadOfUpstream(status, body)).isEmpty();
    }
}
