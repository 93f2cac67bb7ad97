package dev.tollgate.exchange;

import java.util.Locale;

/** How a request ended, whatever status the caller saw. */
enum Outcome {
    /** The whole answer was delivered. */
    SERVED,
    /** Tollgate said no. */
    REFUSED,
    /** The provider said no, to the caller. */
    PROVIDER_REFUSED,
    /** The provider said no, to the operator: wrong key, no access, no money. */
    PROVIDER_REFUSED_OPERATOR,
    /** The provider gave no answer. */
    PROVIDER_FAILED,
    /** The provider's answer ended before it was complete. */
    PROVIDER_BROKE_OFF,
    /** The caller left before the answer was complete. */
    CLIENT_GONE,
    /** The usage could not be made durable, so the end of the answer was withheld. */
    NOT_SETTLED;

    /** As it stands in logs and metrics. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
