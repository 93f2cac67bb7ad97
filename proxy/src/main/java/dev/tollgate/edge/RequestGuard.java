package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import dev.tollgate.timing.DeadlineTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
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
 * <p><b>Reading.</b> The guard alone switches the channel's automatic reading, and nobody behind it may. It goes on
 * reading while a request is being answered, so that a client that leaves is noticed; only when more than
 * {@link GuardLimits#heldBytes} of later requests are held does it stop, and then a departure is noticed when writing
 * fails. Held are at most those bytes and what one read of the transport brings. A handler that wants no more body for
 * now calls {@link #pauseReading()} and {@link #resumeReading()}; that time is not counted against the client. After a
 * refusal nothing is read until the connection closes; {@link LingeringClose} then drops what the client still sends.
 *
 * <p><b>Time.</b> A head or a body that comes too slowly is refused with 408; silence between requests closes the
 * connection without a word. While a request is being answered no deadline runs here.
 *
 * <p>Stands behind TLS and before the codec; {@link #install} adds all that belongs to it. The codec must never be told
 * to skip a body ({@code HttpExpectationFailedEvent}), or the two would disagree. All state belongs to the channel's
 * event loop, and every method must be called there.
 */
final class RequestGuard extends ChannelInboundHandlerAdapter {

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
        BODY
    }

    private final GuardLimits limits;
    private final HeadScanner headScanner;
    private final BodyScanner bodyScanner = new BodyScanner();
    private final BodyClock bodyClock;

    private @Nullable ChannelHandlerContext context;
    private @Nullable DeadlineTimer timer;
    private Phase phase = Phase.HEAD;
    private Wait wait = Wait.NOTHING;
    private @Nullable ByteBuf unread;
    private boolean emptyLineSeen;
    private boolean answeredEarly;
    private boolean advancing;
    private boolean readingPaused;
    private boolean reading = true;

    RequestGuard(GuardLimits limits) {
        this.limits = limits;
        headScanner = new HeadScanner(limits);
        bodyClock = new BodyClock(limits);
    }

    /**
     * Adds a guard, the lingering close before it and the strict codec behind it at the end of a pipeline. The handlers
     * of requests come after.
     */
    static RequestGuard install(ChannelPipeline pipeline, GuardLimits limits) {
        RequestGuard guard = new RequestGuard(limits);
        pipeline.addLast("lingeringClose", new LingeringClose(limits, guard::isClientSending));
        pipeline.addLast("requestGuard", guard);
        pipeline.addLast(StrictHttpCodec.NAME, StrictHttpCodec.create(limits));
        return guard;
    }

    GuardLimits limits() {
        return limits;
    }

    /**
     * Lets the next request in, now or when it comes. To be called once per request, when its answer has been written.
     *
     * <p>An answer may be out before the body has come in; the rest of that body is still passed on, up to its last
     * content, and the next request follows it. After a refusal or a close this does nothing.
     *
     * @throws IllegalStateException when no request is waiting for its answer
     */
    void nextRequest() {
        switch (phase) {
            case HEAD -> throw new IllegalStateException("no request is waiting for its answer");
            case BODY -> answeredEarly = true;
            case ANSWER -> {
                openGate();
                advanceOutsideRead();
            }
            case REFUSED, CLOSED -> {}
        }
    }

    /** Reads no more from the client for now. What has been read already still comes. */
    void pauseReading() {
        if (readingPaused) {
            return;
        }
        readingPaused = true;
        bodyClock.pause(timer().nowNanos());
        watch();
        switchReading();
    }

    void resumeReading() {
        if (!readingPaused) {
            return;
        }
        readingPaused = false;
        bodyClock.resume(timer().nowNanos());
        watch();
        switchReading();
    }

    /** Whether more of the present request, or something after it, has come or is to be expected. */
    boolean isClientSending() {
        return phase == Phase.BODY || phase == Phase.REFUSED || unread != null;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        timer = new DeadlineTimer(context.executor(), this::deadlineReached);
        if (context.channel().isActive()) {
            watch();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        end();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        watch();
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            context.fireChannelRead(message);
            return;
        }
        if (phase == Phase.REFUSED || phase == Phase.CLOSED || !bytes.isReadable()) {
            bytes.release();
            return;
        }
        if (phase == Phase.BODY) {
            bodyClock.received(bytes.readableBytes());
        }
        // Pieces are merged by copying, so that many tiny reads cannot pin many buffers. A whole request in one read is
        // never copied.
        unread = unread == null ? bytes : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), unread, bytes);
        advance();
    }

    private void advanceOutsideRead() {
        boolean held = unread != null;
        boolean outside = !advancing;
        advance();
        if (held && outside) {
            context().fireChannelReadComplete();
        }
    }

    /** Goes on as far as the bytes and the gate allow. Handlers behind may call back in; the running loop goes on. */
    private void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            boolean more = true;
            while (more && unread != null && context().channel().isOpen()) {
                more = step(unread);
            }
        } finally {
            advancing = false;
        }
        watch();
        switchReading();
    }

    /** Passes one part on; false when more bytes or an answer must come first. */
    private boolean step(ByteBuf bytes) {
        return switch (phase) {
            case HEAD -> isEmptyLineAhead(bytes) ? dropEmptyLine(bytes) : head(bytes);
            case BODY -> body(bytes);
            case ANSWER, REFUSED, CLOSED -> false;
        };
    }

    private boolean isEmptyLineAhead(ByteBuf bytes) {
        int start = bytes.readerIndex();
        return !emptyLineSeen
                && bytes.getByte(start) == '\r'
                && (bytes.readableBytes() == 1 || bytes.getByte(start + 1) == '\n');
    }

    private boolean dropEmptyLine(ByteBuf bytes) {
        if (bytes.readableBytes() == 1) {
            return false;
        }
        emptyLineSeen = true;
        take(bytes, 2).release();
        return true;
    }

    private boolean head(ByteBuf bytes) {
        return switch (headScanner.scan(bytes)) {
            case HeadScan.Incomplete incomplete -> false;
            case HeadScan.Refused refused -> {
                refuse(refused.error());
                yield false;
            }
            case HeadScan.Complete complete -> {
                startRequest(complete.framing(), bytes.readableBytes() - complete.headBytes());
                pass(bytes, complete.headBytes());
                yield true;
            }
        };
    }

    private void startRequest(BodyFraming framing, int bytesAhead) {
        wait = Wait.NOTHING;
        bodyScanner.start(framing);
        if (bodyScanner.isDone()) {
            phase = Phase.ANSWER;
            return;
        }
        phase = Phase.BODY;
        bodyClock.start(timer().nowNanos());
        bodyClock.received(bytesAhead);
    }

    private boolean body(ByteBuf bytes) {
        int count = bodyScanner.scan(bytes);
        ApiError refusal = bodyScanner.refusal();
        if (bodyScanner.isDone()) {
            endRequest();
        }
        if (count > 0) {
            pass(bytes, count);
        }
        if (refusal != null && phase == Phase.BODY) {
            refuse(refusal);
        }
        return refusal == null;
    }

    private void endRequest() {
        phase = Phase.ANSWER;
        if (answeredEarly) {
            openGate();
        }
    }

    private void openGate() {
        phase = Phase.HEAD;
        answeredEarly = false;
        emptyLineSeen = false;
        headScanner.reset();
    }

    /** The state must be settled before: who receives the bytes may call back in. */
    private void pass(ByteBuf bytes, int count) {
        context().fireChannelRead(take(bytes, count));
    }

    private ByteBuf take(ByteBuf bytes, int count) {
        if (count < bytes.readableBytes()) {
            return bytes.readRetainedSlice(count);
        }
        unread = null;
        return bytes;
    }

    private void refuse(ApiError error) {
        phase = Phase.REFUSED;
        releaseUnread();
        watch();
        switchReading();
        context().fireChannelRead(new GuardRefusal(error));
    }

    private void switchReading() {
        boolean full = phase == Phase.ANSWER && unread != null && unread.readableBytes() > limits.heldBytes();
        boolean wanted = !full && !readingPaused && phase != Phase.REFUSED;
        if (wanted != reading) {
            reading = wanted;
            context().channel().config().setAutoRead(wanted);
        }
    }

    /** Starts the deadline of what is now being waited for, unless it runs already. */
    private void watch() {
        Wait needed = readingPaused ? Wait.NOTHING : awaited();
        if (needed == wait) {
            return;
        }
        wait = needed;
        switch (needed) {
            case NOTHING -> timer().disarm();
            case FIRST_BYTE -> timer().expireAfterMillis(limits.idleTimeoutMillis());
            case HEAD -> timer().expireAfterMillis(limits.headTimeoutMillis());
            case BODY -> timer().expireAt(bodyClock.nextCheckNanos());
        }
    }

    private Wait awaited() {
        return switch (phase) {
            case HEAD -> unread == null ? Wait.FIRST_BYTE : Wait.HEAD;
            case BODY -> Wait.BODY;
            case ANSWER, REFUSED, CLOSED -> Wait.NOTHING;
        };
    }

    private void deadlineReached() {
        switch (wait) {
            case NOTHING -> {}
            case FIRST_BYTE -> context().close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            case HEAD -> refuseOutsideRead(Refusals.HEAD_TIMEOUT);
            case BODY -> bodyCheckDue();
        }
    }

    private void bodyCheckDue() {
        if (bodyClock.isTooSlow(timer().nowNanos())) {
            refuseOutsideRead(Refusals.BODY_TIMEOUT);
            return;
        }
        timer().expireAt(bodyClock.nextCheckNanos());
    }

    private void refuseOutsideRead(ApiError error) {
        refuse(error);
        context().fireChannelReadComplete();
    }

    private void end() {
        phase = Phase.CLOSED;
        releaseUnread();
        timer().stop();
    }

    private void releaseUnread() {
        if (unread != null) {
            unread.release();
            unread = null;
        }
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private DeadlineTimer timer() {
        return Objects.requireNonNull(timer);
    }
}
