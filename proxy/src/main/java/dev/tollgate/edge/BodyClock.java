package dev.tollgate.edge;

import java.util.concurrent.TimeUnit;

/**
 * Whether a request body arrives fast enough: within a total time, and at a least pace in every window of
 * {@link #WINDOW_MILLIS}.
 *
 * <p>Time during which the service itself does not read is not the client's: {@link #pause} and {@link #resume} take it
 * out. All times are nanoseconds of one monotonic clock. Owned by one {@link RequestGuard}, on its event loop.
 */
final class BodyClock {

    /** Long enough that a mobile client may lose its network for a moment. */
    static final long WINDOW_MILLIS = 10_000;

    private static final long WINDOW_NANOS = TimeUnit.MILLISECONDS.toNanos(WINDOW_MILLIS);

    private final long totalNanos;
    private final long bytesPerWindow;
    private long deadlineNanos;
    private long windowEndNanos;
    private long windowBytes;
    private long pausedSinceNanos;

    BodyClock(GuardLimits limits) {
        totalNanos = TimeUnit.MILLISECONDS.toNanos(limits.bodyTimeoutMillis());
        bytesPerWindow = limits.bodyBytesPerSecond() * TimeUnit.MILLISECONDS.toSeconds(WINDOW_MILLIS);
    }

    void start(long nowNanos) {
        deadlineNanos = nowNanos + totalNanos;
        startWindow(nowNanos);
    }

    void received(int bytes) {
        windowBytes += bytes;
    }

    /** When to look next. */
    long nextCheckNanos() {
        return windowEndNanos - deadlineNanos < 0 ? windowEndNanos : deadlineNanos;
    }

    /** To be asked at {@link #nextCheckNanos}: whether the body is too slow. If not, the next window starts. */
    boolean isTooSlow(long nowNanos) {
        if (nowNanos - deadlineNanos >= 0 || windowBytes < bytesPerWindow) {
            return true;
        }
        startWindow(nowNanos);
        return false;
    }

    void pause(long nowNanos) {
        pausedSinceNanos = nowNanos;
    }

    void resume(long nowNanos) {
        deadlineNanos += nowNanos - pausedSinceNanos;
        startWindow(nowNanos);
    }

    private void startWindow(long nowNanos) {
        windowEndNanos = nowNanos + WINDOW_NANOS;
        windowBytes = 0;
    }
}
