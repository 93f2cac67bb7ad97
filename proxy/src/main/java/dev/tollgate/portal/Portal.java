package dev.tollgate.portal;

/** The part of the public port that is for people. Safe on every thread. */
public interface Portal {

    /** A portal that has nothing to show. */
    Portal NONE = new Portal() {
        @Override
        public boolean serves(String path) {
            return false;
        }

        @Override
        public PortalResponse handle(PortalRequest request) {
            throw new IllegalStateException("nothing is served here");
        }
    };

    /** Whether a path, without its query, is the portal's. Never waits. */
    boolean serves(String path);

    /** Answers one request; may wait, so never on an event loop. */
    PortalResponse handle(PortalRequest request) throws InterruptedException;
}
