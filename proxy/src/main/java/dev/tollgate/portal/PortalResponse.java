package dev.tollgate.portal;

import java.util.Map;

/** What the portal answers. */
public sealed interface PortalResponse {
    /** Lower-case names; {@code content-length} and the like are left to whoever sends it. */
    Map<String, String> headers();

    /** A whole answer. */
    record Whole(int status, Map<String, String> headers, String body) implements PortalResponse {
        public Whole {
            headers = Map.copyOf(headers);
        }
    }

    /** Server-sent events for as long as the feed runs. */
    record Events(Map<String, String> headers, Feed feed) implements PortalResponse {
        public Events {
            headers = Map.copyOf(headers);
        }
    }

    /** Where events come from. Runs on a thread of its own, which may wait; it is interrupted when nobody listens any more. */
    interface Feed {
        void run(Sink sink) throws InterruptedException;
    }

    /** Where events go. */
    interface Sink {
        /**
         * Sends one event, or a comment that keeps the connection alive, framed as the standard says (WHATWG HTML, section
         * 9.2). Waits until it is written.
         *
         * @return false when nobody listens any more
         */
        boolean send(String framed) throws InterruptedException;
    }
}
