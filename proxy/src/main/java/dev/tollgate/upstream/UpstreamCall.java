package dev.tollgate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * One request to a provider and its answer. Everything, the listener's calls included, happens on the event loop of
 * the pool that made it.
 */
public interface UpstreamCall {

    /** Why reading the answer rests. A set, since each reason comes and goes on its own. */
    enum Pause {
        /** The client does not take what was written so far. */
        CLIENT_SATURATED
    }

    /**
     * What to send.
     *
     * @param path of OpenAI's API, such as {@code /chat/completions}
     * @param headers without Host, Authorization and framing, which the call adds
     * @param body sent with a Content-Length; ownership passes to the call
     * @param upload what comes instead of the body, piece by piece; null for the body
     */
    record Request(
            HttpMethod method,
            String path,
            HttpHeaders headers,
            ByteBuf body,
            @Nullable Upload upload) {
        public Request(HttpMethod method, String path, HttpHeaders headers, ByteBuf body) {
            this(method, path, headers, body, null);
        }
    }

    /** A body that is still coming. Its methods are called on the event loop of the pool. */
    interface Upload {
        /** Its length, or -1 when nobody knows. */
        long length();

        /** The head is out: pieces may go. Called at most once. */
        void begin(Sink sink);

        /** The sink takes pieces again. */
        void writable();
    }

    /** Takes the pieces of an upload; after the end of the call it only releases them. */
    interface Sink {
        /** Ownership passes. */
        void write(ByteBuf piece);

        /** The last piece was written. */
        void end();

        /** Whether the provider keeps up. */
        boolean writable();
    }

    /** Hears of the answer: a head, data, an end; or, at any point, a failure, after which nothing follows. */
    interface Listener {
        /** From here on something of the request may reach the provider. */
        void sending();

        void head(int status, HttpHeaders headers);

        /** A piece of the body; ownership passes to the listener. */
        void data(ByteBuf bytes);

        /** All that could be read for now has been handed over; a good moment to flush. */
        void paused();

        void end();

        void failed(Failure failure);
    }

    /**
     * Why there is no complete answer.
     *
     * @param sent whether the provider may have received the whole request, and so may charge for it
     */
    record Failure(Kind kind, boolean sent) {
        /** The kinds of failure. */
        public enum Kind {
            /** All connections that one event loop may have are in use. */
            CROWDED,
            /** No connection: refused, unreachable, unresolved, or too slow. */
            CONNECT,
            /** The provider's certificate or protocol is not acceptable. */
            TLS,
            /** The connection ended before the answer did. */
            RESET,
            /** No answer began in time. */
            HEAD_TIMEOUT,
            /** The answer began and then fell silent. */
            SILENCE,
            /** What came back is not HTTP as it should be. */
            MALFORMED
        }
    }

    /** Stops reading for this reason until {@link #resume}. */
    void pause(Pause reason);

    void resume(Pause reason);

    /** Nobody waits for the answer any more: it is read on without pauses, and no further provider is asked for one. */
    void callerGone();

    /**
     * Gives up: closes the connection; the listener hears nothing more. Does nothing once the call has ended.
     *
     * @return whether the provider may have received the whole request, and so may charge for it
     */
    boolean cancel();
}
