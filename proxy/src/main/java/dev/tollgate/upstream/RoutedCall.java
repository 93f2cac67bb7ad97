package dev.tollgate.upstream;

import dev.tollgate.upstream.UpstreamDirectory.Upstream;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call on its way through the providers of a model. It moves on to the next one only while nothing can have been billed:
 * the request did not go out whole, or the provider refused it. Its listener hears of one answer or one failure, as if
 * there were a single provider. On one event loop.
 */
final class RoutedCall implements UpstreamCall {
    private static final Logger LOG = LoggerFactory.getLogger(RoutedCall.class);

    private final Upstreams upstreams;
    private final List<Upstream> candidates;
    private final @Nullable String model;
    private final Upstreams.Preparation preparation;
    private final Listener listener;
    private int next;
    private boolean wanted = true;
    private @Nullable Attempt current;

    RoutedCall(
            Upstreams upstreams,
            List<Upstream> candidates,
            @Nullable String model,
            Upstreams.Preparation preparation,
            Listener listener) {
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException("nobody serves " + model);
        }
        this.upstreams = upstreams;
        this.candidates = candidates;
        this.model = model;
        this.preparation = preparation;
        this.listener = listener;
    }

    void start() {
        @Nullable Attempt first = nextAttempt();
        // With every circuit open nothing is gained by refusing in a provider's place.
        begin(first != null ? first : new Attempt(candidates.getFirst(), false, false));
    }

    private @Nullable Attempt nextAttempt() {
        while (next < candidates.size()) {
            Upstream upstream = candidates.get(next++);
            Circuit.Entry entry = upstream.circuit().enter();
            if (entry != Circuit.Entry.BARRED) {
                return new Attempt(upstream, entry == Circuit.Entry.PROBE, false);
            }
        }
        return null;
    }

    private void begin(Attempt attempt) {
        current = attempt;
        attempt.begin();
    }

    /** Goes on with another provider, if there is one that may be asked. */
    private boolean moveOn(Attempt from) {
        @Nullable Attempt other = wanted && preparation.repeatable() ? nextAttempt() : null;
        if (other == null) {
            return false;
        }
        upstreams.metrics().upstreamFailedOver(from.name());
        return goOnWith(other);
    }

    /** False when the request cannot be made for it, which only a bug can bring about. */
    private boolean goOnWith(Attempt other) {
        try {
            begin(other);
            return true;
        } catch (RuntimeException e) {
            LOG.error("a request could not be prepared for upstream {}", other.name(), e);
            other.abandon();
            return false;
        }
    }

    @Override
    public void pause(Pause reason) {
        if (current != null && current.call != null) {
            current.call.pause(reason);
        }
    }

    @Override
    public void resume(Pause reason) {
        if (current != null && current.call != null) {
            current.call.resume(reason);
        }
    }

    @Override
    public void callerGone() {
        wanted = false;
        resume(Pause.CLIENT_SATURATED);
    }

    @Override
    public boolean cancel() {
        @Nullable Attempt running = current;
        current = null;
        return running == null || running.abandon();
    }

    /** One provider's turn. */
    private final class Attempt implements Listener {
        /** Of an answer that nobody waits for any more, so much is read to keep its connection. */
        private static final int DISCARD_BYTES_MAX = 64 * 1024;

        private final Upstream upstream;
        private final boolean probe;
        private final boolean fresh;
        private @Nullable UpstreamCall call;
        private boolean kept;
        private boolean judged;
        private boolean passedOver;
        private int discardedBytes;

        Attempt(Upstream upstream, boolean probe, boolean fresh) {
            this.upstream = upstream;
            this.probe = probe;
            this.fresh = fresh;
        }

        String name() {
            return upstream.settings().name();
        }

        void begin() {
            UpstreamSettings settings = upstream.settings();
            Request asked = preparation.prepare(settings.dialect());
            Request request = new Request(
                    asked.method(),
                    settings.target(asked.path(), model),
                    asked.headers(),
                    asked.body(),
                    asked.upload());
            settings.dialect().headers().forEach(request.headers()::set);
            UpstreamPool pool = upstreams.pool(upstream);
            kept = !fresh && pool.hasIdle();
            call = pool.call(request, fresh, this);
        }

        boolean abandon() {
            if (probe && !judged) {
                judged = true;
                upstream.circuit().probeAbandoned();
            }
            return call != null && call.cancel();
        }

        private void judge(boolean healthy) {
            judged = true;
            if (healthy) {
                upstream.circuit().succeeded();
            } else {
                upstream.circuit().failed();
            }
        }

        @Override
        public void sending() {
            listener.sending();
        }

        @Override
        public void head(int status, HttpHeaders headers) {
            judge(!isFault(status));
            passedOver = isRefusal(status) && moveOn(this);
            if (!passedOver) {
                listener.head(status, headers);
            }
        }

        /** What speaks of the provider or of the operator's account there, never of the request alone. */
        private static boolean isFault(int status) {
            return switch (status) {
                case 401, 402, 407, 502, 503, 504 -> true;
                default -> false;
            };
        }

        /** What is said before anything is generated, and may be said otherwise elsewhere. */
        private static boolean isRefusal(int status) {
            return switch (status) {
                case 401, 402, 403, 407, 429, 503 -> true;
                default -> false;
            };
        }

        @Override
        public void data(ByteBuf bytes) {
            if (!passedOver) {
                listener.data(bytes);
                return;
            }
            discardedBytes += bytes.readableBytes();
            bytes.release();
            if (discardedBytes > DISCARD_BYTES_MAX && call != null) {
                call.cancel();
            }
        }

        @Override
        public void paused() {
            if (!passedOver) {
                listener.paused();
            }
        }

        @Override
        public void end() {
            if (!passedOver) {
                current = null;
                listener.end();
            }
        }

        @Override
        public void failed(Failure failure) {
            if (passedOver) {
                return;
            }
            upstreams.metrics().upstreamFailed(name(), failure.kind().name().toLowerCase(Locale.ROOT));
            if (retriesFresh(failure)) {
                if (goOnWith(new Attempt(upstream, probe, true))) {
                    return;
                }
            } else {
                assess(failure);
                if (!failure.sent() && moveOn(this)) {
                    return;
                }
            }
            current = null;
            listener.failed(failure);
        }

        /** A kept connection that the provider closed says nothing about the provider. */
        private boolean retriesFresh(Failure failure) {
            return wanted
                    && preparation.repeatable()
                    && failure.kind() == Failure.Kind.RESET
                    && !failure.sent()
                    && kept;
        }

        private void assess(Failure failure) {
            if (judged) {
                return;
            }
            if (failure.kind() != Failure.Kind.CROWDED) {
                judge(false);
            } else if (probe) {
                judged = true;
                upstream.circuit().probeAbandoned();
            }
        }
    }
}
