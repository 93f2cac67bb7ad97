package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.SandboxClock;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.structure.Conformity;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Makes delivery attempts: one lane per endpoint, so that messages leave in the order of {@link #enqueue} and a slow
 * endpoint delays only itself. A lane that is full answers for the endpoint with a failed attempt. Safe for all threads.
 */
final class WebhookSender implements AutoCloseable {
    private static final int LANE_MAX = 100_000;
    private static final List<String> WRONG_SECRETS =
            List.of("whsec_" + Base64.getEncoder().encodeToString("not the secret".getBytes(StandardCharsets.UTF_8)));

    private final SandboxClock clock;
    private final AfterAttempt afterAttempt;
    private final Conformity conformity;
    private final HttpClient client;
    private final ConcurrentMap<String, BlockingQueue<Attempt>> lanes = new ConcurrentHashMap<>();
    private volatile Duration timeout = Duration.ofSeconds(15);
    private volatile boolean closed;

    /** Learns the status of an attempt, 0 when there was no answer. */
    @FunctionalInterface
    interface AfterAttempt {
        void accept(Dispatch dispatch, int status);
    }

    private record Attempt(Dispatch dispatch, boolean wrongSignature) {}

    WebhookSender(SandboxClock clock, AfterAttempt afterAttempt, Conformity conformity) {
        this.clock = clock;
        this.afterAttempt = afterAttempt;
        this.conformity = conformity;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .build();
    }

    void timeout(Duration wanted) {
        timeout = wanted;
    }

    /** Queues one attempt. The clock does not advance past it. */
    void enqueue(Dispatch dispatch, boolean wrongSignature) {
        clock.enterBusy();
        BlockingQueue<Attempt> lane = lanes.computeIfAbsent(dispatch.endpoint().id(), id -> openLane());
        if (closed || !lane.offer(new Attempt(dispatch, wrongSignature))) {
            afterAttempt.accept(dispatch, 0);
            clock.leaveBusy();
        }
    }

    @Override
    public void close() {
        closed = true;
        client.shutdownNow();
    }

    private BlockingQueue<Attempt> openLane() {
        BlockingQueue<Attempt> lane = new LinkedBlockingQueue<>(LANE_MAX);
        Thread.ofVirtual().name("sandbox-webhooks").start(() -> work(lane));
        return lane;
    }

    private void work(BlockingQueue<Attempt> lane) {
        try {
            while (!closed) {
                Attempt attempt = lane.poll(1, TimeUnit.SECONDS); // looks up now and then to see whether it is closed
                if (attempt != null) {
                    make(attempt);
                }
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    private void make(Attempt attempt) throws InterruptedException {
        try {
            int status = 0;
            try {
                status = client.send(request(attempt), HttpResponse.BodyHandlers.discarding())
                        .statusCode();
            } catch (IOException noAnswer) {
                status = 0;
            }
            afterAttempt.accept(attempt.dispatch(), status);
        } finally {
            clock.leaveBusy();
        }
    }

    private HttpRequest request(Attempt attempt) {
        Dispatch.Message message = attempt.dispatch().message();
        WebhookEndpoint endpoint = attempt.dispatch().endpoint();
        byte[] body = Json.bytes(envelope(message));
        if (!message.type().equals(Webhooks.UNKNOWN_TYPE)) {
            conformity.delivered(body);
        }
        long timestampSeconds = Instant.now().getEpochSecond(); // receivers compare with real time
        List<String> secrets = attempt.wrongSignature() ? WRONG_SECRETS : endpoint.secretsAt(clock.instant());
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint.url());
        endpoint.sentHeaders().forEach(request::header);
        return request.timeout(timeout)
                .header("content-type", "application/json")
                .header("user-agent", "Svix-Webhooks/rolling")
                .header("webhook-id", message.id())
                .header("webhook-timestamp", String.valueOf(timestampSeconds))
                .header("webhook-signature", Signature.header(secrets, message.id(), timestampSeconds, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    private static ObjectNode envelope(Dispatch.Message message) {
        ObjectNode envelope = Json.object()
                .put("business_id", World.BUSINESS_ID)
                .put("type", message.type())
                .put("timestamp", Times.text(message.occurredAt()));
        envelope.set("data", message.data().get());
        return envelope;
    }
}
