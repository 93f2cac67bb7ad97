package dev.tollgate.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The floor: a relay that does nothing but decode and encode HTTP on one event loop, with kept connections to the provider.
 * No limits, no checks, no log. What Tollgate costs beyond it is Tollgate's own.
 *
 * <p>Run as a process of its own with the port to listen on and the provider's.
 */
final class Floor {
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final ArrayDeque<Channel> idle = new ArrayDeque<>();
    private final int providerPort;

    private Floor(int providerPort) {
        this.providerPort = providerPort;
    }

    public static void main(String[] arguments) throws InterruptedException {
        new Floor(Integer.parseInt(arguments[1])).serve(Integer.parseInt(arguments[0]));
    }

    private void serve(int port) throws InterruptedException {
        new ServerBootstrap()
                .group(group)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 16_384)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HttpServerCodec(), new ClientSide());
                    }
                })
                .bind("127.0.0.1", port)
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    private final class ClientSide extends ChannelInboundHandlerAdapter {
        private final ArrayDeque<Object> early = new ArrayDeque<>();
        private @Nullable Channel provider;
        private boolean connecting;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            // The rest of a request whose connection is still being made must not go over another one.
            if (provider == null && !connecting) {
                provider = idle.pollLast();
                if (provider != null) {
                    provider.pipeline().get(ProviderSide.class).client = ctx.channel();
                }
            }
            if (provider != null) {
                provider.write(message, provider.voidPromise());
                provider = message instanceof LastHttpContent ? flushed(provider) : provider;
                return;
            }
            early.add(message);
            if (!connecting) {
                connect(ctx);
            }
        }

        /** The request is whole; the connection comes back to the pool when its answer is. */
        private @Nullable Channel flushed(Channel channel) {
            channel.flush();
            return null;
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (provider != null) {
                provider.flush();
            }
        }

        private void connect(ChannelHandlerContext ctx) {
            connecting = true;
            Channel client = ctx.channel();
            ProviderSide side = new ProviderSide(client);
            new Bootstrap()
                    .group(loop)
                    .channel(EpollSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new HttpClientCodec(), side);
                        }
                    })
                    .connect("127.0.0.1", providerPort)
                    .addListener((ChannelFuture done) -> {
                        connecting = false;
                        if (!done.isSuccess()) {
                            client.close();
                            return;
                        }
                        idle.add(done.channel());
                        early.forEach(message -> channelRead(ctx, message));
                        early.clear();
                    });
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            early.forEach(ReferenceCountUtil::release);
            if (provider != null) {
                provider.close();
            }
        }
    }

    private final class ProviderSide extends ChannelInboundHandlerAdapter {
        private Channel client;

        ProviderSide(Channel client) {
            this.client = client;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            client.write(message, client.voidPromise());
            if (message instanceof LastHttpContent) {
                client.flush();
                idle.add(ctx.channel());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            client.flush();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            idle.remove(ctx.channel());
        }
    }
}
