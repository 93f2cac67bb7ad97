package dev.tollgate.edge;

import dev.tollgate.billing.WebhookReceiver;
import dev.tollgate.exchange.ExchangeServices;
import dev.tollgate.portal.Portal;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Listens for clients. Accepted connections live on the event loops of the group that it is given; an exchange's upstream
 * connections come from the same loop. Start and stop may be called from any thread that may wait.
 */
public final class EdgeServer {
    private static final int BACKLOG_CONNECTIONS = 1024;
    private static final String HANDLER = "client";

    private final Channel listener;
    private final ChannelGroup connections;
    private final ConnectionLimit limit;

    private EdgeServer(Channel listener, ChannelGroup connections, ConnectionLimit limit) {
        this.listener = listener;
        this.connections = connections;
        this.limit = limit;
    }

    /**
     * @param services what the exchanges of an event loop work with
     * @param portalThreads where the portal may wait
     * @throws IOException when the address cannot be bound, in words for the operator
     */
    public static EdgeServer start(
            EdgeSettings settings,
            EventLoopGroup loops,
            ChannelFactory<? extends ServerChannel> channels,
            Function<EventLoop, ExchangeServices> services,
            WebhookReceiver webhooks,
            Portal portal,
            ExecutorService portalThreads)
            throws IOException {
        ContentCoding.load();
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ConnectionLimit limit = new ConnectionLimit(settings.connectionsMax(), settings.guard());
        WebhookRoute webhookRoute = new WebhookRoute(webhooks);
        RouteTable routes = new RouteTable(settings.routes());
        PortalRoute portalRoute = new PortalRoute(portal, portalThreads);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channelFactory(channels)
                .option(ChannelOption.SO_BACKLOG, BACKLOG_CONNECTIONS)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(16 * 1024, 64 * 1024))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        ChannelPipeline pipeline = channel.pipeline();
                        pipeline.addLast(limit);
                        RequestGuard guard = RequestGuard.install(pipeline, settings.guard());
                        pipeline.addLast(
                                HANDLER,
                                new ClientConnection(
                                        guard, services.apply(channel.eventLoop()), routes, webhookRoute, portalRoute));
                    }
                });
        return new EdgeServer(bind(bootstrap, settings.address()), connections, limit);
    }

    private static Channel bind(ServerBootstrap bootstrap, InetSocketAddress address) throws IOException {
        var binding = bootstrap.bind(address).awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + address.getHostString() + ":" + address.getPort()
                            + " (server.listen): " + binding.cause().getMessage()
                            + "; is the port in use, or not yours to take?",
                    binding.cause());
        }
        return binding.channel();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Connections that are being served now. */
    public int openConnections() {
        return limit.openConnections();
    }

    /**
     * Stops listening, lets running exchanges end for at most {@code patienceMillis}, and closes every connection.
     *
     * @return whether all of them ended in time
     */
    public boolean drain(long patienceMillis) throws InterruptedException {
        listener.close().sync();
        for (Channel channel : connections) {
            channel.eventLoop().execute(() -> drain(channel));
        }
        boolean ended = connections.newCloseFuture().await(patienceMillis, TimeUnit.MILLISECONDS);
        connections.close().awaitUninterruptibly();
        return ended;
    }

    private static void drain(Channel channel) {
        if (channel.pipeline().get(HANDLER) instanceof ClientConnection connection) {
            connection.drain();
        }
    }
}
