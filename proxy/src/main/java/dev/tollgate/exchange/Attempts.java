package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes requests up: each by itself, unless it says that it is a retry of one whose answer is remembered or still coming.
 * Shared by all event loops; nothing here waits.
 */
public final class Attempts {
    private final @Nullable Replays replays;

    /**
     * Whether answers are remembered for those who may ask again.
     *
     * @param windowMillis for how long after its end
     * @param memoryBytes of all answers together; what does not fit is not remembered
     */
    public record Retention(boolean enabled, long windowMillis, long memoryBytes) {
        public Retention {
            if (windowMillis < 1 || memoryBytes < 1) {
                throw new IllegalArgumentException("not a window: " + windowMillis + ", " + memoryBytes);
            }
        }
    }

    /** One client's request, whoever else waits for the same answer. On that client's event loop. */
    public interface Attempt {
        /** Takes the request up; called once, before anything else. */
        void start();

        /** A piece of a body that is passed on as it comes; ownership passes. */
        default void uploaded(ByteBuf piece, boolean last) {
            piece.release();
        }

        /** The rest of such a body will not come, or must not go on. Without its end no provider acts on it. */
        default void uploadBroken(ApiError error) {}

        /** The client reads again. */
        void clientWritable();

        /** The client has gone. */
        void clientGone();
    }

    /** A request that is refused before anything becomes of it. */
    private record Refused(Exchange exchange, ApiError error) implements Attempt {
        @Override
        public void start() {
            exchange.refuse(error);
        }

        @Override
        public void clientWritable() {
            exchange.clientWritable();
        }

        @Override
        public void clientGone() {
            exchange.clientGone();
        }
    }

    public Attempts(Retention retention, LongSupplier nanoTime) {
        replays = retention.enabled()
                ? new Replays(
                        TimeUnit.MILLISECONDS.toNanos(retention.windowMillis()), retention.memoryBytes(), nanoTime)
                : null;
    }

    /** Memory that answers take which are remembered for retries, or may be; 0 where none are. */
    public long replayBytes() {
        return replays == null ? 0 : replays.takenBytes();
    }

    public Attempt attempt(ExchangeServices services, ClientSide client, Ask ask) {
        @Nullable Retry retry = replays == null ? null : Retry.of(ask);
        if (replays == null || retry == null) {
            return new Exchange(services, client, ask);
        }
        Recording recording = new Recording(replays, retry, services.loop(), client);
        return switch (replays.claim(retry, recording)) {
            case Replays.Claim.Fresh ignored -> recording.of(new Exchange(services, recording, ask));
            case Replays.Claim.Known known -> new Viewer(services, client, ask, known.recording());
            case Replays.Claim.Unlike ignored ->
                new Refused(new Exchange(services, client, ask), ApiErrors.idempotencyKeyReused());
            case Replays.Claim.Full ignored -> new Exchange(services, client, ask);
        };
    }
}
