package dev.tollgate.sandbox.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An HTTP/1.1 server on the loopback address: blocking sockets, one virtual thread per connection. Safe for all
 * threads; its monitor guards the listener.
 */
public final class HttpServer implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final String name;
    private final Handler handler;
    private final OpenRequests openRequests = new OpenRequests();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong accepted = new AtomicLong();
    private final int port;
    private ServerSocket listener;
    private Thread acceptor;

    private HttpServer(String name, int port, Handler handler) throws IOException {
        this.name = name;
        this.handler = handler;
        this.listener = bind(port);
        this.port = listener.getLocalPort();
        this.acceptor = acceptOn(listener);
    }

    /** Binds {@code port} (0 for any free one) and begins to serve. */
    public static HttpServer start(String name, int port, Handler handler) throws IOException {
        return new HttpServer(name, port, handler);
    }

    public int port() {
        return port;
    }

    /** Connections accepted since the start. */
    public long connectionsAccepted() {
        return accepted.get();
    }

    public int openConnections() {
        return connections.size();
    }

    /** Requests read whole and not yet answered whole. */
    public int openRequests() {
        return openRequests.now();
    }

    /** The most requests that were ever open at once. */
    public int peakOpenRequests() {
        return openRequests.peak();
    }

    /** Stops listening, so that connecting is refused, and resets every open connection. */
    public synchronized void refuseConnections() {
        closeQuietly(listener);
        awaitAcceptor(); // until it has left accept(), the kernel still completes connections
        connections.forEach(HttpServer::reset);
    }

    private void awaitAcceptor() {
        try {
            acceptor.join();
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Listens again, on the same port. */
    public synchronized void acceptConnections() {
        if (!listener.isClosed()) {
            return;
        }
        try {
            listener = bind(port);
        } catch (IOException taken) {
            throw new UncheckedIOException(taken);
        }
        acceptor = acceptOn(listener);
    }

    @Override
    public void close() {
        refuseConnections();
    }

    private static ServerSocket bind(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
        return socket;
    }

    private Thread acceptOn(ServerSocket socket) {
        return Thread.ofPlatform().daemon().name(name + "-accept").start(() -> acceptUntilClosed(socket));
    }

    private void acceptUntilClosed(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                serve(socket.accept());
            } catch (IOException closed) {
                // either the listener closed, which ends the loop, or one client vanished
            }
        }
    }

    private void serve(Socket socket) {
        accepted.incrementAndGet();
        connections.add(socket);
        HttpConnection connection = new HttpConnection(socket, handler, openRequests);
        Thread.ofVirtual().name(name).start(() -> {
            try {
                connection.run();
            } finally {
                connections.remove(socket);
            }
        });
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            return;
        } finally {
            closeQuietly(socket);
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception alreadyClosed) {
            return;
        }
    }
}
