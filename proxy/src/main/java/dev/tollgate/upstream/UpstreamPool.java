package dev.tollgate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContentDecompressor;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one provider. A connection serves one request at a time and is then kept for
 * the next, the most recently used first, so that surplus ones grow old and are closed.
 *
 * <p>Owned by its event loop; every method must be called there.
 */
final class UpstreamPool {
    private static final int READ_BYTES_MAX = 16 * 1024;
    private static final int READS_AT_A_TIME = 4;

    private static final HttpDecoderConfig DECODER = new HttpDecoderConfig()
            .setMaxInitialLineLength(8 * 1024)
            .setMaxHeaderSize(64 * 1024)
            .setMaxChunkSize(64 * 1024);

    /** What one piece of a compressed answer, 64 KiB, may come to; one that comes to more is made to do harm. */
    private static final int DECODED_BYTES_MAX = 16 * 1024 * 1024;

    private final EventLoop loop;
    private final UpstreamSettings settings;
    private final LongSupplier nanoTime;
    private final Bootstrap bootstrap;
    private final ArrayDeque<UpstreamConnection> idle = new ArrayDeque<>();
    private int connections;
    private boolean closed;

    UpstreamPool(
            EventLoop loop,
            UpstreamSettings settings,
            ChannelFactory<? extends Channel> channels,
            AddressResolverGroup<InetSocketAddress> resolver,
            LongSupplier nanoTime) {
        this.loop = loop;
        this.settings = settings;
        this.nanoTime = nanoTime;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channelFactory(channels)
                .resolver(resolver)
                .remoteAddress(settings.baseUrl().getHost(), settings.port())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        settings.patience().connectMillis())
                .option(ChannelOption.RECVBUF_ALLOCATOR, reads())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(32 * 1024, 128 * 1024));
    }

    /**
     * Sends a request over an idle connection or a new one.
     *
     * @param fresh whether it must be a new one
     */
    UpstreamCall call(UpstreamCall.Request request, boolean fresh, UpstreamCall.Listener listener) {
        assert loop.inEventLoop();
        PooledCall call = new PooledCall(request, listener);
        @Nullable UpstreamConnection connection = fresh ? null : takeIdle();
        if (connection != null) {
            connection.begin(call);
        } else if (closed || connections >= settings.patience().connectionsPerLoop()) {
            loop.execute(() -> call.fail(UpstreamCall.Failure.Kind.CROWDED, false));
        } else {
            connect(call);
        }
        return call;
    }

    /**
     * Few and small reads at a time: what one round of them brings is the client's to take before reading can rest, so it
     * bounds, with the client's high mark, what a client that does not read can occupy.
     */
    private static RecvByteBufAllocator reads() {
        return new AdaptiveRecvByteBufAllocator(512, 2048, READ_BYTES_MAX).maxMessagesPerRead(READS_AT_A_TIME);
    }

    /** Whether the next call may go over a kept connection. */
    boolean hasIdle() {
        return !idle.isEmpty();
    }

    /** Closes idle connections; those in use close when their call ends. */
    void close() {
        closed = true;
        while (true) {
            @Nullable UpstreamConnection connection = idle.pollFirst();
            if (connection == null) {
                return;
            }
            connection.close();
        }
    }

    private @Nullable UpstreamConnection takeIdle() {
        while (true) {
            @Nullable UpstreamConnection connection = idle.pollFirst();
            if (connection == null || connection.usable()) {
                return connection;
            }
            connection.close();
        }
    }

    private void connect(PooledCall call) {
        connections++;
        UpstreamConnection connection = new UpstreamConnection(this, settings, nanoTime);
        ChannelFuture opening = bootstrap
                .clone()
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        assemble(channel, connection);
                    }
                })
                .connect();
        opening.addListener(done -> {
            if (!done.isSuccess()) {
                connections--;
                call.fail(UpstreamCall.Failure.Kind.CONNECT, false);
                return;
            }
            opening.channel().closeFuture().addListener(closing -> closed(connection));
            awaitTls(opening.channel(), connection, call);
        });
    }

    private void assemble(Channel channel, UpstreamConnection connection) {
        ChannelPipeline pipeline = channel.pipeline();
        @Nullable SslContext tls = settings.tls();
        if (tls != null) {
            SslHandler handler =
                    tls.newHandler(channel.alloc(), settings.baseUrl().getHost(), settings.port());
            handler.setHandshakeTimeoutMillis(settings.patience().connectMillis());
            pipeline.addLast(handler);
        }
        // Every request asks for a plain answer. A provider that compresses all the same is read, and measured, none
        // the less.
        pipeline.addLast(
                new HttpClientCodec(DECODER, false, true),
                new HttpContentDecompressor(false, DECODED_BYTES_MAX),
                connection);
    }

    private void awaitTls(Channel channel, UpstreamConnection connection, PooledCall call) {
        @Nullable SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            connection.begin(call);
            return;
        }
        tls.handshakeFuture().addListener(handshake -> {
            if (handshake.isSuccess()) {
                connection.begin(call);
                return;
            }
            boolean slow = handshake.cause() instanceof SslHandshakeTimeoutException;
            boolean refused = handshake.cause() instanceof SSLException && !slow;
            call.fail(refused ? UpstreamCall.Failure.Kind.TLS : UpstreamCall.Failure.Kind.CONNECT, false);
            channel.close();
        });
    }

    /** A connection has finished a call cleanly and can take another. */
    void release(UpstreamConnection connection) {
        if (closed) {
            connection.close();
        } else {
            idle.addFirst(connection);
        }
    }

    private void closed(UpstreamConnection connection) {
        connections--;
        idle.remove(connection);
    }
}
