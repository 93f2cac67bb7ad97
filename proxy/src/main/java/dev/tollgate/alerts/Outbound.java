package dev.tollgate.alerts;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was told and what is still on its way, both kept in a file, so that nothing is told twice or forgotten over a
 * restart. At most {@value #WAITING_MAX} messages wait; beyond that the newest is dropped and the log says so. Safe on
 * every thread.
 */
final class Outbound implements AutoCloseable {
    static final int WAITING_MAX = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Outbound.class);

    private final AlertFile file;
    private final Dispatch dispatch;
    private final InstantSource clock;
    private final Executor executor;
    private final AtomicBoolean delivering = new AtomicBoolean();

    /** Both guarded by this object. */
    private final Set<String> told;

    private final List<Message> waiting;

    Outbound(AlertFile file, Dispatch dispatch, InstantSource clock, Executor executor) {
        this.file = file;
        this.dispatch = dispatch;
        this.clock = clock;
        this.executor = executor;
        AlertFile.Content content = file.read();
        told = new HashSet<>(content.told());
        waiting = new ArrayList<>(content.waiting());
    }

    /** A message for the merchant. */
    Message call(String type, ObjectNode data) {
        ObjectNode envelope = JsonNodeFactory.instance.objectNode();
        envelope.put("type", type)
                .put("timestamp", Instant.ofEpochMilli(clock.millis()).toString())
                .set("data", data);
        return new Message("msg_" + UUID.randomUUID().toString().replace("-", ""), "", type, envelope.toString(), 0, 0);
    }

    Message letter(String customerId, String subject, String text) {
        return new Message("ltr_" + UUID.randomUUID().toString().replace("-", ""), customerId, subject, text, 0, 0);
    }

    synchronized boolean isNews(String key) {
        return !told.contains(key);
    }

    synchronized Set<String> told() {
        return Set.copyOf(told);
    }

    /** Tells it, and not again until it is over. */
    void tell(String key, List<Message> messages) {
        synchronized (this) {
            if (!told.add(key)) {
                return;
            }
            add(messages);
        }
        deliverDue();
    }

    /** It may be told again; of what was told, these messages say that it is over. */
    void over(String key, List<Message> messages) {
        synchronized (this) {
            if (!told.remove(key)) {
                return;
            }
            add(messages);
        }
        deliverDue();
    }

    private void add(List<Message> messages) {
        for (Message message : messages) {
            if (message.isLetter() ? !dispatch.writesLetters() : !dispatch.callsMerchant()) {
                continue;
            }
            if (waiting.size() >= WAITING_MAX) {
                LOG.error("too many alerts wait to be delivered; one is dropped: {}", message.subject());
                continue;
            }
            waiting.add(message);
        }
        file.write(new AlertFile.Content(told, waiting));
    }

    /** Starts to deliver what is due, unless that is being done. */
    void deliverDue() {
        if (due().isEmpty() || !delivering.compareAndSet(false, true)) {
            return;
        }
        try {
            executor.execute(this::deliver);
        } catch (RejectedExecutionException e) {
            delivering.set(false);
        }
    }

    private synchronized List<Message> due() {
        long nowMillis = clock.millis();
        return waiting.stream()
                .filter(message -> message.dueMillis() <= nowMillis)
                .toList();
    }

    private void deliver() {
        try {
            for (List<Message> due = due(); !due.isEmpty(); due = due()) {
                for (Message message : due) {
                    settle(message, dispatch.carry(message));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            delivering.set(false);
        }
    }

    private synchronized void settle(Message message, Dispatch.Fate fate) {
        waiting.remove(message);
        if (fate == Dispatch.Fate.IN_VAIN) {
            Message later = message.later(clock.millis());
            if (later.attempts() >= Message.ATTEMPTS_MAX) {
                LOG.error("an alert could not be delivered in {} attempts: {}", later.attempts(), message.subject());
            } else {
                LOG.warn("an alert was not taken and is sent again later: {}", message.subject());
                waiting.add(later);
            }
        }
        file.write(new AlertFile.Content(told, waiting));
    }

    @Override
    public void close() {
        dispatch.close();
    }
}
