package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tollgate.sandbox.Ids;
import dev.tollgate.sandbox.SandboxClock;
import dev.tollgate.sandbox.dodo.Dispatch.Message;
import dev.tollgate.sandbox.http.Json;
import dev.tollgate.sandbox.structure.Conformity;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Endpoints, and the messages sent to them: attempts on the published schedule in sandbox time, faults as ordered. Safe
 * for all threads; its monitor is a leaf, nothing else is locked under it.
 */
final class Webhooks implements AutoCloseable {
    /** Stands for whatever Dodo may invent. */
    static final String UNKNOWN_TYPE = "credit.teleported";

    private static final int LOG_MAX = 100_000;
    private static final List<Duration> RETRY_DELAYS = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(10));

    private final SandboxClock clock;
    private final Ids ids;
    private final String defaultSecret;
    private final Random random;
    private final WebhookSender sender;
    private final ConcurrentMap<String, WebhookEndpoint> endpoints = new ConcurrentHashMap<>();
    private final Deque<Dispatch> log = new ArrayDeque<>();
    private volatile WebhookFaults faults = WebhookFaults.none();

    Webhooks(SandboxClock clock, Ids ids, String defaultSecret, long seed, Conformity conformity) {
        this.clock = clock;
        this.ids = ids;
        this.defaultSecret = defaultSecret;
        this.random = new Random(seed);
        this.sender = new WebhookSender(clock, this::afterAttempt, conformity);
    }

    /** Registers an endpoint with the default secret. */
    WebhookEndpoint add(ObjectNode settings) {
        WebhookEndpoint endpoint = new WebhookEndpoint(ids.next("ep_"), settings, defaultSecret, clock.instant());
        endpoints.put(endpoint.id(), endpoint);
        return endpoint;
    }

    Optional<WebhookEndpoint> find(String id) {
        return Optional.ofNullable(endpoints.get(id));
    }

    boolean remove(String id) {
        return endpoints.remove(id) != null;
    }

    Collection<WebhookEndpoint> all() {
        return endpoints.values().stream()
                .sorted(java.util.Comparator.comparing(WebhookEndpoint::id))
                .toList();
    }

    void faults(WebhookFaults wanted) {
        faults = wanted;
    }

    void timeout(Duration timeout) {
        sender.timeout(timeout);
    }

    /** Tells every endpoint that wants the type. Returns at once. */
    void publish(String type, Supplier<ObjectNode> data) {
        WebhookFaults current = faults;
        if (current.unknownTypes()) {
            send(new Message(ids.next("msg_"), UNKNOWN_TYPE, clock.instant(), Webhooks::mystery), current);
        }
        send(new Message(ids.next("msg_"), type, clock.instant(), data), current);
    }

    /** Sends a message again under its old id, as the dashboard's replay does. */
    void replay(String webhookId) {
        List<Dispatch> matching;
        synchronized (log) {
            matching = log.stream()
                    .filter(dispatch -> dispatch.message().id().equals(webhookId))
                    .toList();
        }
        matching.forEach(dispatch -> sender.enqueue(dispatch, faults.wrongSignature()));
    }

    List<DodoStandIn.Delivery> deliveries() {
        synchronized (log) {
            return log.stream().map(Dispatch::snapshot).toList();
        }
    }

    /** Message counts by type. */
    Map<String, Long> countsByType() {
        return deliveries().stream().collect(Collectors.groupingBy(DodoStandIn.Delivery::type, Collectors.counting()));
    }

    @Override
    public void close() {
        sender.close();
    }

    private void send(Message message, WebhookFaults current) {
        for (WebhookEndpoint endpoint : all()) {
            if (endpoint.wants(message.type())) {
                send(new Dispatch(message, endpoint), current);
            }
        }
    }

    private void send(Dispatch dispatch, WebhookFaults current) {
        remember(dispatch);
        if (chance(100) < current.dropPercent()) {
            dispatch.drop();
            return;
        }
        long spreadMillis = current.shuffleWithin().toMillis();
        for (int copy = 0; copy < current.copies(); copy++) {
            Duration wait = current.delay().plusMillis(spreadMillis == 0 ? 0 : chance(spreadMillis));
            later(wait, dispatch, current.wrongSignature());
        }
    }

    private void later(Duration wait, Dispatch dispatch, boolean wrongSignature) {
        if (wait.isZero()) {
            sender.enqueue(dispatch, wrongSignature);
        } else {
            clock.schedule(wait, () -> sender.enqueue(dispatch, wrongSignature));
        }
    }

    private void afterAttempt(Dispatch dispatch, int status) {
        int attempts = dispatch.attempted(status);
        boolean accepted = status >= 200 && status < 300;
        boolean wanted = endpoints.containsKey(dispatch.endpoint().id());
        if (!accepted && wanted && attempts <= RETRY_DELAYS.size()) {
            Duration wait = RETRY_DELAYS.get(attempts - 1);
            clock.schedule(wait, () -> sender.enqueue(dispatch, faults.wrongSignature()));
        }
    }

    private void remember(Dispatch dispatch) {
        synchronized (log) {
            log.addLast(dispatch);
            if (log.size() > LOG_MAX) {
                log.removeFirst();
            }
        }
    }

    private long chance(long bound) {
        synchronized (random) {
            return random.nextLong(bound);
        }
    }

    private static ObjectNode mystery() {
        return Json.object().put("payload_type", "Teleport").put("id", "tlp_1").put("distance", 12);
    }
}
