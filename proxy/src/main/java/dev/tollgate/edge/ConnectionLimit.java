package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts client connections and turns away those above a limit with 503.
 *
 * <p>One instance for all connections. Stands behind TLS and before the {@link RequestGuard}. A connection that is turned
 * away is answered before it has asked: its other handlers are removed, and it closes as soon as the client has read the
 * answer, or lingers for {@link GuardLimits#lingerMillis} at most. As many may linger as may be open; beyond that they
 * close at once, without an answer.
 *
 * <p>The two counts are atomic, because the connections live on all event loops; this class alone changes them.
 */
@ChannelHandler.Sharable
public final class ConnectionLimit extends ChannelInboundHandlerAdapter {

    private static final int RETRY_AFTER_SECONDS = 1;

    private final int mostConnections;
    private final GuardLimits limits;
    private final byte[] answer = answer();
    private final AtomicInteger openConnections = new AtomicInteger();
    private final AtomicInteger refusedConnections = new AtomicInteger();

    public ConnectionLimit(int mostConnections, GuardLimits limits) {
        if (mostConnections < 1) {
            throw new IllegalArgumentException("mostConnections must be positive: " + mostConnections);
        }
        this.mostConnections = mostConnections;
        this.limits = limits;
    }

    /** The connections being served now, without those being turned away. Safe on every thread. */
    public int openConnections() {
        return openConnections.get();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (enter(context.channel(), openConnections)) {
            context.fireChannelActive();
            return;
        }
        if (!enter(context.channel(), refusedConnections)) {
            context.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
            return;
        }
        refuse(context);
    }

    private boolean enter(Channel channel, AtomicInteger count) {
        if (count.incrementAndGet() > mostConnections) {
            count.decrementAndGet();
            return false;
        }
        channel.closeFuture().addListener(closed -> count.decrementAndGet());
        return true;
    }

    private void refuse(ChannelHandlerContext context) {
        ChannelPipeline pipeline = context.pipeline();
        while (pipeline.last() != this) {
            pipeline.removeLast();
        }
        pipeline.addLast("lingeringClose", new LingeringClose(limits, () -> true));
        context.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(written -> close(pipeline));
    }

    private static void close(ChannelPipeline pipeline) {
        pipeline.close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    private static byte[] answer() {
        byte[] body = new ApiError(
                        503,
                        "service_unavailable_error",
                        "too_many_connections",
                        null,
                        "Too many connections are open. Reuse connections, and try again later.",
                        new ApiError.Retry.After(RETRY_AFTER_SECONDS))
                .toJson();
        String head = "HTTP/1.1 503 Service Unavailable\r\n"
                + "content-type: application/json\r\n"
                + "content-length: " + body.length + "\r\n"
                + "retry-after: " + RETRY_AFTER_SECONDS + "\r\n"
                + "connection: close\r\n\r\n";
        return (head + new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }
}
