package dev.tollgate.sandbox.http;

import java.io.IOException;

/** Answers one request. Called on the connection's own virtual thread and may block. */
@FunctionalInterface
public interface Handler {
    /**
     * Writes exactly one response to {@code wire}.
     *
     * @throws IOException when the client has gone or a fault cut the connection; the connection is then closed
     */
    void handle(Request request, Wire wire) throws IOException;
}
