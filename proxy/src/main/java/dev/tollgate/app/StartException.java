package dev.tollgate.app;

/** The service cannot start; the message tells the operator why and what to do. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    /** For a cause that already speaks to the operator. */
    StartException(Exception cause) {
        super(cause.getMessage(), cause);
    }
}
