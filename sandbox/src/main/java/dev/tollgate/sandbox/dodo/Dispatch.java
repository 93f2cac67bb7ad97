package dev.tollgate.sandbox.dodo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.function.Supplier;

/** One message on its way to one endpoint, with what became of it. Guarded by its own monitor. */
final class Dispatch {
    private final Message message;
    private final WebhookEndpoint endpoint;
    private int attempts;
    private int lastStatus;
    private boolean dropped;

    /**
     * Something that happened.
     *
     * @param data asked for at every attempt, since Dodo sends the state at delivery time
     */
    record Message(String id, String type, Instant occurredAt, Supplier<ObjectNode> data) {}

    Dispatch(Message message, WebhookEndpoint endpoint) {
        this.message = message;
        this.endpoint = endpoint;
    }

    Message message() {
        return message;
    }

    WebhookEndpoint endpoint() {
        return endpoint;
    }

    synchronized void drop() {
        dropped = true;
    }

    /** Notes an attempt, with status 0 when there was no answer; returns how many there have been. */
    synchronized int attempted(int status) {
        lastStatus = status;
        return ++attempts;
    }

    synchronized DodoStandIn.Delivery snapshot() {
        return new DodoStandIn.Delivery(message.id(), message.type(), endpoint.url(), attempts, lastStatus, dropped);
    }
}
