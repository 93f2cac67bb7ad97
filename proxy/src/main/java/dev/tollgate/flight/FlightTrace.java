package dev.tollgate.flight;

import org.jspecify.annotations.Nullable;

/**
 * What an earlier process left behind about one request that was under way when it stopped.
 *
 * @param units what it had used by estimate, in meter units; 0 before {@link Stage#ANSWERING}
 */
public record FlightTrace(Stage stage, long units) {

    /** How far a request has come. The order is that of a request's life. */
    public enum Stage {
        /** Nothing has been sent to a provider. */
        WAITING(1),
        /** Something may have reached a provider. Nothing tells how much was generated. */
        SENT(2),
        /** A stream has begun, so what has come tells how much was generated. */
        ANSWERING(3),
        /** The provider said no, or never had the request: nothing is billed, whatever was sent. */
        UNBILLED(4);

        /** As it stands in a slot. */
        private final long code;

        Stage(long code) {
            this.code = code;
        }

        long code() {
            return code;
        }

        static @Nullable Stage of(long code) {
            for (Stage stage : values()) {
                if (stage.code == code) {
                    return stage;
                }
            }
            return null;
        }
    }

    public FlightTrace {
        if (units < 0) {
            throw new IllegalArgumentException("units are negative: " + units);
        }
    }
}
