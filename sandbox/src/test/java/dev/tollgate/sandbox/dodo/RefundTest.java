package dev.tollgate.sandbox.dodo;

import static dev.tollgate.sandbox.RunningSandbox.items;
import static dev.tollgate.sandbox.RunningSandbox.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tollgate.sandbox.RunningSandbox;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Money goes back, and with it what is left of the credits that it bought. */
class RefundTest {
    @RegisterExtension
    final RunningSandbox running = new RunningSandbox();

    private String payment = "";

    @BeforeEach
    void subscribe() throws IOException {
        running.dodo().demoWorld(1000);
        payment = items(running.get("/payments")).get(0).path("payment_id").asText();
    }

    @Test
    void aFullRefundTakesWhatIsLeft() throws IOException {
        running.ingest("e", 300);
        running.dodo().runWorker();

        JsonNode refund = json(running.post("/refunds", "{\"payment_id\":\"" + payment + "\",\"reason\":\"asked\"}"));

        assertThat(refund.path("amount").asInt()).isEqualTo(2900);
        assertThat(refund.path("is_partial").asBoolean()).isFalse();
        assertThat(running.dodo().balance("cus_demo")).isZero();
        assertThat(running.dodo().ledger("cus_demo").getLast().transactionType())
                .isEqualTo("refund");
        assertThat(json(running.get("/payments/" + payment))
                        .path("refund_status")
                        .asText())
                .isEqualTo("full");
        assertThat(running.post("/refunds", "{\"payment_id\":\"" + payment + "\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(running.get("/refunds/" + refund.path("refund_id").asText()).statusCode())
                .isEqualTo(200);
        assertThat(items(running.get("/refunds?customer_id=cus_demo"))).hasSize(1);
    }

    @Test
    void aPartialRefundTakesItsShare() throws IOException {
        String item = items(running.get("/payments/" + payment + "/line-items"))
                .get(0)
                .path("items_id")
                .asText();
        String half = "{\"payment_id\":\"" + payment + "\",\"items\":[{\"item_id\":\"" + item + "\",\"amount\":1450}]}";
        assertThat(json(running.post("/refunds", half)).path("is_partial").asBoolean())
                .isTrue();
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("500");
        assertThat(items(running.get("/payments")).get(0).path("refund_status").asText())
                .isEqualTo("partial");
    }

    @Test
    void creditsMayStay() throws IOException {
        running.dodo().rules(rules -> rules.withRefundsTakingCredits(false));
        running.post("/refunds", "{\"payment_id\":\"" + payment + "\"}");
        assertThat(running.dodo().balance("cus_demo")).isEqualByComparingTo("1000");
    }

    @Test
    void customersSeeAndEndWhatTheyPayForOnAPage() throws IOException {
        String link = json(running.post("/customers/cus_demo/customer-portal/session?return_url=http%3A%2F%2Fhere", ""))
                .path("link")
                .asText();
        String page = running.send("GET", URI.create(link), "", "").body();
        assertThat(page).contains("29.00 USD", "href=\"http://here\"", "Cancel at the end");
        String action = page.replaceAll("(?s).*action=\"([^\"]*/end/[^\"]*)\".*", "$1");
        assertThat(running.send("POST", URI.create(running.sandbox().dodoBaseUrl() + action), "", "")
                        .statusCode())
                .isEqualTo(303);
        assertThat(items(running.get("/subscriptions?cancel_at_next_billing_date=true")))
                .hasSize(1);
        assertThat(running.send("GET", URI.create(link), "", "").body()).contains("Keep it");
        running.advance(java.time.Duration.ofHours(25));
        assertThat(running.send("GET", URI.create(link), "", "").statusCode()).isEqualTo(404);
    }
}
