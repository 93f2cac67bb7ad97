package dev.tollgate.alerts;

/**
 * Something to tell somebody.
 *
 * @param id says which message a repetition is of
 * @param customerId whom a letter is for; empty for the merchant's webhook
 * @param subject of a letter, or a webhook's type
 * @param body a letter's text, or a webhook's JSON
 * @param attempts made so far
 * @param dueMillis when to try next
 */
record Message(String id, String customerId, String subject, String body, int attempts, long dueMillis) {
    private static final long FIRST_WAIT_MILLIS = 5_000;
    private static final long LONGEST_WAIT_MILLIS = 3_600_000;

    /** Over about eight hours. */
    static final int ATTEMPTS_MAX = 14;

    boolean isLetter() {
        return !customerId.isEmpty();
    }

    /** The same after an attempt in vain. */
    Message later(long nowMillis) {
        long wait = Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(2 * attempts, 20));
        return new Message(id, customerId, subject, body, attempts + 1, nowMillis + wait);
    }
}
