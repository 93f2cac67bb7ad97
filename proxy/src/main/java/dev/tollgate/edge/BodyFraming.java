package dev.tollgate.edge;

/** How the end of a request body is found (RFC 9112, section 6.3). */
sealed interface BodyFraming {

    /** Exactly so many bytes; zero when there is no body. */
    record Length(int bytes) implements BodyFraming {
        public Length {
            if (bytes < 0) {
                throw new IllegalArgumentException("negative body length: " + bytes);
            }
        }
    }

    /** Chunks up to the last chunk, of so many bytes together at most. */
    record Chunked(int mostBytes) implements BodyFraming {}
}
