package dev.tollgate.endtoend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ServerSocketFactory;

/**
 * Stands between Tollgate and the sandbox and passes bytes on, one small piece at a time, so that it blocks as soon as
 * the reading side does. With a TLS socket factory it speaks TLS to Tollgate. Safe on every thread.
 */
final class Relay implements AutoCloseable {
    private static final int PIECE_BYTES = 4096;

    private final ServerSocket listener;
    private final int targetPort;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicLong answeredBytes = new AtomicLong();

    Relay(ServerSocketFactory factory, int targetPort) throws IOException {
        this.listener = factory.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.targetPort = targetPort;
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Bytes of answers that Tollgate's side has taken. */
    long answeredBytes() {
        return answeredBytes.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
                sockets.add(client);
                sockets.add(target);
                Thread.ofVirtual().start(() -> pass(client, target, new AtomicLong()));
                Thread.ofVirtual().start(() -> pass(target, client, answeredBytes));
            } catch (IOException closed) {
                // Either the relay is being closed, which ends the loop, or one connection failed.
            }
        }
    }

    private static void pass(Socket from, Socket to, AtomicLong count) {
        byte[] piece = new byte[PIECE_BYTES];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                out.write(piece, 0, read);
                out.flush();
                count.addAndGet(read);
            }
        } catch (IOException ended) {
            // Closing both is all there is to do.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
