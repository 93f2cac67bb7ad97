package dev.tollgate.app;

import dev.tollgate.app.settings.Settings;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kind of I/O that all connections share, with the channel types that go with it. */
record Transport(
        String name,
        IoHandlerFactory ioHandlers,
        ChannelFactory<? extends ServerChannel> serverChannels,
        ChannelFactory<? extends Channel> channels,
        ChannelFactory<? extends DatagramChannel> datagramChannels) {
    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    /** The wanted kind; where it does not load here, NIO, with the reason in the log. */
    static Transport choose(Settings.Transport wanted) {
        Transport chosen = switch (wanted) {
            case AUTO -> Epoll.isAvailable() ? epoll() : nio("epoll", Epoll.unavailabilityCause());
            case EPOLL -> Epoll.isAvailable() ? epoll() : nio("epoll", Epoll.unavailabilityCause());
            case IO_URING -> IoUring.isAvailable() ? ioUring() : nio("io_uring", IoUring.unavailabilityCause());
            case NIO -> nio();
        };
        LOG.info("Transport: {}", chosen.name());
        return chosen;
    }

    private static Transport epoll() {
        return new Transport(
                "epoll",
                EpollIoHandler.newFactory(),
                EpollServerSocketChannel::new,
                EpollSocketChannel::new,
                EpollDatagramChannel::new);
    }

    private static Transport ioUring() {
        return new Transport(
                "io_uring",
                IoUringIoHandler.newFactory(),
                IoUringServerSocketChannel::new,
                IoUringSocketChannel::new,
                IoUringDatagramChannel::new);
    }

    private static Transport nio(String missing, Throwable cause) {
        LOG.warn("{} does not load here, using NIO, which costs more CPU: {}", missing, String.valueOf(cause));
        return nio();
    }

    private static Transport nio() {
        return new Transport(
                "nio",
                NioIoHandler.newFactory(),
                NioServerSocketChannel::new,
                NioSocketChannel::new,
                NioDatagramChannel::new);
    }
}
