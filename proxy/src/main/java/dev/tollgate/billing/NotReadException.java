package dev.tollgate.billing;

/** A reading could not be made; the message says why, and never quotes what was read. */
final class NotReadException extends Exception {
    private static final long serialVersionUID = 1L;

    NotReadException(String message) {
        super(message);
    }
}
