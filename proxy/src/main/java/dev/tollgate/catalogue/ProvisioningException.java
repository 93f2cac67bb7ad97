package dev.tollgate.catalogue;

/** Setting up cannot go on; the message says why, for the operator. */
public final class ProvisioningException extends Exception {
    private static final long serialVersionUID = 1L;

    ProvisioningException(String message) {
        super(message);
    }
}
