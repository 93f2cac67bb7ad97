package dev.tollgate.upstream;

import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * A call before, while and after a connection carries it. Owned by the pool's event loop. Whatever happens, the
 * listener hears of exactly one end, or of none once the call was cancelled, and the body is released once.
 */
final class PooledCall implements UpstreamCall {
    private final Request request;
    private final Listener listener;
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private @Nullable UpstreamConnection connection;
    private boolean bodyTaken;
    private boolean ended;

    PooledCall(Request request, Listener listener) {
        this.request = request;
        this.listener = listener;
    }

    Request request() {
        return request;
    }

    Listener listener() {
        return listener;
    }

    boolean ended() {
        return ended;
    }

    boolean reading() {
        return pauses.isEmpty();
    }

    /** Binds the call to the connection that carries it from now on. */
    void carriedBy(UpstreamConnection carrier) {
        connection = carrier;
        bodyTaken = true;
    }

    void end() {
        if (!ended) {
            ended = true;
            connection = null;
            listener.end();
        }
    }

    void fail(Failure.Kind kind, boolean sent) {
        if (ended) {
            return;
        }
        finish();
        listener.failed(new Failure(kind, sent));
    }

    @Override
    public void pause(Pause reason) {
        if (pauses.add(reason)) {
            applyReading();
        }
    }

    @Override
    public void resume(Pause reason) {
        if (pauses.remove(reason)) {
            applyReading();
        }
    }

    @Override
    public void callerGone() {
        resume(Pause.CLIENT_SATURATED);
    }

    private void applyReading() {
        if (connection != null) {
            connection.setReading(reading());
        }
    }

    @Override
    public boolean cancel() {
        if (ended) {
            return true;
        }
        @Nullable UpstreamConnection carrier = connection;
        finish();
        return carrier != null && carrier.abort();
    }

    private void finish() {
        ended = true;
        connection = null;
        if (!bodyTaken) {
            bodyTaken = true;
            request.body().release();
        }
    }
}
