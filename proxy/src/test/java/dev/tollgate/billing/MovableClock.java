package dev.tollgate.billing;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is moved; pausing moves it. Begins at the present, which webhooks must carry. */
final class MovableClock implements InstantSource, DodoClient.Pause {
    private final AtomicLong millis = new AtomicLong(System.currentTimeMillis());

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis.get());
    }

    void advance(long byMillis) {
        millis.addAndGet(byMillis);
    }

    @Override
    public void pause(long forMillis) {
        advance(forMillis);
    }
}
