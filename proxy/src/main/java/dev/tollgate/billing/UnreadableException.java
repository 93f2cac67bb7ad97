package dev.tollgate.billing;

/** Something Dodo sent does not have the form it should have. The message names the member, never its value. */
final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
        super(message);
    }
}
