package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The first reader of every client connection: lets through, byte for byte, only requests that every HTTP/1.1 reader
 * must understand alike, and one request at a time.
 *
 * <p><b>Order.</b> A head is passed on when it is complete and accepted, its body as it comes. After the last byte of a
 * request the gate closes: what follows is held until the last handler calls {@link #nextRequest()}. So the codec behind
 * never sees two requests at once. A refusal stops everything for good and is announced by a {@link GuardRefusal}. One
 * empty line before a request line is dropped, as RFC 9112, section 2.2, asks of servers; a second one is refused.
 *
 * <p><b>Reading.</b> The guard alone switches the channel's automatic reading, and nobody else on the connection may. It
 * goes on reading while a request is being answered, so that a client that leaves is noticed; only when more than
 * {@link GuardLimits#heldBytes} of later requests are held does it stop, and then a departure is noticed when writing
 * fails. Held are at most those bytes and what one read of the transport brings. A handler that wants no more body for
 * now calls {@link #pauseReading()} and {@link #resumeReading()}; that time is not counted against the client.
 *
 * <p><b>Closing.</b> A close while the client is still sending would reset the connection, and a reset destroys an answer
 * that is still on its way. So {@code close()} from behind is put off by up to {@link GuardLimits#lingerMillis}, in which
 * everything is read and dropped, until the client closes, {@link GuardLimits#discardBytes} have been dropped, or a
 * second {@code close()} comes. Between requests a close is immediate.
 *
 * <p><b>Time.</b> A head and a body that come too slowly are refused with 408; silence between requests closes the
 * connection.
 *
 * <p>Stands behind TLS and before the codec; {@link #install} adds both. The codec must never be told to skip a body
 * ({@code HttpExpectationFailedEvent}), or it would lose its place. All state belongs to the channel's event loop, and
 * every method must be called there.
 */
final class RequestGuard extends ChannelDuplexHandler {

    private enum Phase {
        /** Between requests, or within a head. */
        HEAD,
        BODY,
        /** The request was passed on; its answer is not out yet. */
        ANSWER,
        /** Nothing is passed on any more. */
        REFUSED,
        CLOSED
    }

    /** What the running deadline is for. */
    private enum Wait {
        NOTHING,
        FIRST_BYTE,
        HEAD,
        BODY,
        LINGER
    }

    private final GuardLimits limits;
    private final HeadScanner headScanner;
    private final ChunkScanner chunkScanner;
    private final BodyClock bodyClock;

    private @Nullable ChannelHandlerContext context;
    private @Nullable DeadlineTimer timer;
    private Phase phase = Phase.HEAD;
    private Wait wait = Wait.NOTHING;
    private @Nullable ByteBuf unread;
    private BodyFraming framing = new BodyFraming.Length(0);
    private int bodyBytesLeft;
    private int discardedBytes;
    private boolean emptyLineSeen;
    private boolean answered;
    private boolean advancing;
    private boolean readingPaused;
    private @Nullable ChannelPromise lingering;

    RequestGuard(GuardLimits limits) {
        this.limits = limits;
        headScanner = new HeadScanner(limits);
        chunkScanner = new ChunkScanner(limits);
        bodyClock = new BodyClock(limits);
    }

    /** Adds a guard and the codec behind it at the end of a pipeline; the handlers of requests come after. */
    static RequestGuard install(ChannelPipeline pipeline, GuardLimits limits) {
        RequestGuard guard = new RequestGuard(limits);
        pipeline.addLast("guard", guard);
        pipeline.addLast("codec", strictCodec(limits));
        return guard;
    }

    /**
     * A second, independent reader with the same limits. It holds one request at a time, and takes a second one for a
     * fault.
     */
    static HttpServerCodec strictCodec(GuardLimits limits) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestLineBytes())
                .setMaxHeaderSize(limits.fieldSectionBytes())
                .setMaxChunkSize(Math.max(1, limits.bodyBytes()))
                .setChunkedSupported(true)
                .setAllowPartialChunks(true)
                .setAllowDuplicateContentLengths(false)
                .setValidateHeaders(true)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true);
        return new HttpServerCodec(config, 1);
    }
}
