package dev.tollgate.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts off the close of a connection whose client is still sending.
 *
 * <p>Closing a socket with unread bytes resets the connection, and a reset destroys an answer that the client has not
 * read yet. So a {@code close()} from behind is held back while everything that arrives is read and dropped, until the
 * client closes, {@link GuardLimits#discardBytes} were dropped, {@link GuardLimits#lingerMillis} have passed, or
 * {@code close()} is called again. A client that has nothing more to send is closed at once.
 *
 * <p>From the held-back close on, this handler owns the channel's automatic reading. All state belongs to the channel's
 * event loop.
 */
final class LingeringClose extends ChannelDuplexHandler {

    private final GuardLimits limits;
    private final BooleanSupplier clientIsSending;
    private @Nullable ChannelPromise closing;
    private @Nullable Future<?> end;
    private long droppedBytes;

    /** {@code clientIsSending} is asked when a close comes, on the event loop. */
    LingeringClose(GuardLimits limits, BooleanSupplier clientIsSending) {
        this.limits = limits;
        this.clientIsSending = clientIsSending;
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) throws Exception {
        boolean linger = closing == null && context.channel().isActive() && clientIsSending.getAsBoolean();
        if (!linger || limits.lingerMillis() == 0) {
            super.close(context, promise);
            return;
        }
        closing = promise;
        end = context.executor()
                .schedule(() -> closeNow(context, promise), limits.lingerMillis(), TimeUnit.MILLISECONDS);
        context.channel().config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closing == null) {
            context.fireChannelRead(message);
            return;
        }
        if (message instanceof ByteBuf bytes) {
            droppedBytes += bytes.readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (droppedBytes > limits.discardBytes()) {
            closeNow(context, closing);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (closing != null) {
            closeNow(context, closing);
        }
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        cancelEnd();
    }

    private void closeNow(ChannelHandlerContext context, ChannelPromise promise) {
        cancelEnd();
        if (!promise.isDone()) {
            context.close(promise).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        }
    }

    private void cancelEnd() {
        if (end != null) {
            end.cancel(false);
            end = null;
        }
    }
}
