package dev.tollgate.sandbox.structure;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.http.Reply;
import dev.tollgate.sandbox.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not of the published form is noticed, and the rest is not. */
class ConformityTest {
    private static final String CUSTOMER =
            "{\"customer_id\":\"c\",\"business_id\":\"b\",\"name\":\"n\",\"email\":\"e\",\"created_at\":\"2026-11-01T00:00:00Z\"}";

    private final Conformity conformity = Conformity.watch();

    @Test
    void whatIsPublishedIsFine() {
        exchange("GET", "/customers/c", "", "", 200, CUSTOMER);
        exchange("GET", "/customers", "page_size=10&page_number=0", "", 200, "{\"items\":[" + CUSTOMER + "]}");
        exchange("POST", "/customers", "", "{\"name\":\"n\",\"email\":\"e\",\"metadata\":{\"a\":1}}", 200, CUSTOMER);
        exchange("GET", "/customers/c", "", "", 404, "{\"code\":\"NOT_FOUND\",\"message\":\"no\"}");
        exchange("GET", "/customers/c", "", "", 401, "");
        exchange("DELETE", "/webhooks/w", "", "", 200, "");
        assertThatCode(conformity::requireNoDeviation).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET|/nowhere||{}|200|{}|not published",
                "GET|/customers/c|colour=red||200|CUSTOMER|colour",
                "GET|/customers|page_size=many||200|{\"items\":[]}|page_size=many",
                "POST|/customers||{\"name\":\"n\"}|200|CUSTOMER|email",
                "POST|/customers||{\"name\":\"n\",\"email\":\"e\",\"mail\":\"e\"}|200|CUSTOMER|mail",
                "POST|/customers||{\"name\":\"n\",\"email\":5}|200|CUSTOMER|email",
                "POST|/customers|||200|CUSTOMER|without a JSON object",
                "POST|/customers/c/customer-portal/session||{}|200|{\"link\":\"l\"}|a body",
                "POST|/customers||{\"name\":\"n\",\"email\":\"e\"}|201|CUSTOMER|201",
                "GET|/customers/c|||200|{\"customer_id\":\"c\"}|business_id",
                "GET|/customers/c|||418||not a published status",
                "GET|/customers/c|||404|{\"error\":\"no\"}|code",
                "DELETE|/webhooks/w|||200|{}|a body",
            })
    void whatIsNotPublishedIsNamed(
            String method, String path, String query, String body, int status, String answer, String named) {
        exchange(
                method,
                path,
                query == null ? "" : query,
                body == null ? "" : body,
                status,
                answer == null ? "" : answer.replace("CUSTOMER", CUSTOMER));
        assertThatThrownBy(conformity::requireNoDeviation).hasMessageContaining(named);
    }

    @Test
    void webhooksAreComparedToo() {
        ObjectNode customer = Json.object();
        customer.put("business_id", "b").put("type", "refund.succeeded").put("timestamp", "yesterday");
        customer.putObject("data").put("payload_type", "Payment");
        conformity.delivered(Json.bytes(customer));
        assertThatThrownBy(conformity::requireNoDeviation)
                .hasMessageContaining("refund_id")
                .hasMessageContaining("payload_type")
                .hasMessageContaining("date-time");
    }

    @Test
    void onlyTollgateIsToldOffForWhatWasRefused() {
        exchange("POST", "/customers", "", "{}", 422, "");
        assertThatCode(conformity::requireNoDeviation).doesNotThrowAnyException();
        conformity.exchanged(
                new Request("POST", "/customers", "", Map.of("user-agent", "tollgate"), bytes("{}")), Reply.empty(422));
        assertThatThrownBy(conformity::requireNoDeviation).hasMessageContaining("email");
    }

    private void exchange(String method, String path, String query, String body, int status, String answer) {
        conformity.exchanged(
                new Request(method, path, query, Map.of(), bytes(body)), new Reply(status, Map.of(), bytes(answer)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
