package dev.tollgate.sandbox.dodo;

import java.time.Duration;

/**
 * What goes wrong with webhook deliveries. Durations are sandbox time.
 *
 * @param copies how often every message is delivered, under one id
 * @param dropPercent share of messages that are never delivered
 * @param delay before the first attempt
 * @param shuffleWithin first attempts are spread at random over this time, which mixes their order
 * @param unknownTypes whether a message of a type nobody knows precedes every message
 * @param wrongSignature whether messages are signed with another key
 */
public record WebhookFaults(
        int copies,
        int dropPercent,
        Duration delay,
        Duration shuffleWithin,
        boolean unknownTypes,
        boolean wrongSignature) {
    public WebhookFaults {
        if (copies < 1 || dropPercent < 0 || dropPercent > 100) {
            throw new IllegalArgumentException("copies " + copies + ", dropPercent " + dropPercent);
        }
    }

    public static WebhookFaults none() {
        return new WebhookFaults(1, 0, Duration.ZERO, Duration.ZERO, false, false);
    }

    public WebhookFaults withCopies(int value) {
        return new WebhookFaults(value, dropPercent, delay, shuffleWithin, unknownTypes, wrongSignature);
    }

    public WebhookFaults withDropPercent(int value) {
        return new WebhookFaults(copies, value, delay, shuffleWithin, unknownTypes, wrongSignature);
    }

    public WebhookFaults withDelay(Duration value) {
        return new WebhookFaults(copies, dropPercent, value, shuffleWithin, unknownTypes, wrongSignature);
    }

    public WebhookFaults withShuffleWithin(Duration value) {
        return new WebhookFaults(copies, dropPercent, delay, value, unknownTypes, wrongSignature);
    }

    public WebhookFaults withUnknownTypes(boolean value) {
        return new WebhookFaults(copies, dropPercent, delay, shuffleWithin, value, wrongSignature);
    }

    public WebhookFaults withWrongSignature(boolean value) {
        return new WebhookFaults(copies, dropPercent, delay, shuffleWithin, unknownTypes, value);
    }
}
