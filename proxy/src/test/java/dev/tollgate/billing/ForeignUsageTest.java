package dev.tollgate.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import dev.tollgate.journal.Account;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignUsageTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private final MovableClock clock = new MovableClock();
    private final AtomicLong foreignUnits = new AtomicLong();
    private final BillingObserver observer = new BillingObserver() {
        @Override
        public void foreignUsageDeducted(Account account, long units) {
            assertThat(account).isEqualTo(Books.ALICE);
            foreignUnits.addAndGet(units);
        }
    };

    @Test
    void aWebhookThatDeductsMoreThanWasUsedHereSaysSoOnce(@TempDir Path folder) throws Exception {
        try (Books books = new Books(folder, clock);
                FakeDodo dodo = new FakeDodo(clock);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            DodoClient client = DodoClientTest.client(dodo, clock, 10_000, executor);
            WebhookReceiver receiver = receiver(books, client, executor);
            books.open(Books.ALICE, 1_000);
            books.settle("req_1", Books.ALICE, 300);
            dodo.post("cus_alice", "credit_added", 1_000);
            FakeDodo.Line line = dodo.post("cus_alice", "credit_deducted", -340);

            assertThat(send(receiver, "msg_1", line)).isEqualTo(200);
            assertThat(send(receiver, "msg_2", line)).isEqualTo(200);

            assertThat(foreignUnits).hasValue(40);
            client.close();
        }
    }

    private WebhookReceiver receiver(Books books, DodoClient client, ExecutorService executor) {
        BalanceReader balances = new BalanceReader(
                client, books.thread, BillingSettings.Refreshing.USUAL, clock, clock, observer, executor);
        BillingSettings.Webhooks webhooks = new BillingSettings.Webhooks(List.of(SECRET));
        return new WebhookReceiver(
                webhooks, "cde_1", 1, books.thread, balances, customer -> true, clock, observer, executor);
    }

    private static int send(WebhookReceiver receiver, String id, FakeDodo.Line line) throws Exception {
        ObjectNode envelope = JsonNodeFactory.instance.objectNode();
        envelope.put("business_id", "bus_1").put("type", "credit.deducted").put("timestamp", "2026-08-04T06:00:00Z");
        envelope.set("data", FakeDodo.json("cus_alice", line));
        long seconds = System.currentTimeMillis() / 1000;
        String body = envelope.toString();
        WebhookReceiver.Headers headers = new WebhookReceiver.Headers(
                id, Long.toString(seconds), List.of(new Webhook(SECRET).sign(id, seconds, body)));
        return receiver.receive(headers, body.getBytes(StandardCharsets.UTF_8))
                .toCompletableFuture()
                .join()
                .status();
    }
}
