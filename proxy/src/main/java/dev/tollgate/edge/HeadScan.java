package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;

/** What {@link HeadScanner} found in the bytes that have come so far. */
sealed interface HeadScan {

    /** Nothing wrong so far; the head has not ended. */
    record Incomplete() implements HeadScan {}

    /** An acceptable head of so many bytes, empty line included. */
    record Complete(int headBytes, BodyFraming framing) implements HeadScan {
        public Complete {
            if (headBytes < 1) {
                throw new IllegalArgumentException("a head has bytes: " + headBytes);
            }
        }
    }

    /** The head must not be passed on. */
    record Refused(ApiError error) implements HeadScan {}
}
