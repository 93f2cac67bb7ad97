package dev.tollgate.endtoend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * A provider that takes one request, byte by byte as its script says, and gives one answer. It parses nothing but the end of
 * the head. Its thread is its own; what it has seen may be asked from any.
 */
final class ScriptedProvider implements AutoCloseable {
    private final ServerSocket listener;
    private final CountDownLatch reading = new CountDownLatch(1);
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final String answer;
    private final int answerAfterBytes;
    private volatile boolean ended;
    private volatile @Nullable Socket open;

    /** @param answerAfterBytes how much of the request it wants to see before it answers, whatever follows */
    ScriptedProvider(String answer, int answerAfterBytes) throws IOException {
        this.answer = answer;
        this.answerAfterBytes = answerAfterBytes;
        listener = new ServerSocket();
        listener.setReceiveBufferSize(64 * 1024);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread.ofVirtual().start(this::serve);
    }

    String upstreamYaml() {
        return "upstreams: [ { name: scripted, base_url: \"http://127.0.0.1:" + listener.getLocalPort()
                + "/v1\", api_key: k } ]\n";
    }

    /** Reads from now on; before this it only accepts. */
    ScriptedProvider read() {
        reading.countDown();
        return this;
    }

    synchronized String seen() {
        return seen.toString(StandardCharsets.ISO_8859_1);
    }

    /** Whether the other side has closed. */
    boolean ended() {
        return ended;
    }

    /** Ends its connection in the middle. */
    void cut() throws IOException {
        Socket socket = open;
        if (socket != null) {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }

    private void serve() {
        try (Socket socket = listener.accept()) {
            open = socket;
            reading.await();
            InputStream in = socket.getInputStream();
            byte[] piece = new byte[64 * 1024];
            boolean answered = false;
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                if (add(piece, read) >= answerAfterBytes && !answered) {
                    answered = true;
                    socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException | InterruptedException over) {
            // The end of the connection is what the tests look at.
        }
        ended = true;
    }

    private synchronized int add(byte[] piece, int length) {
        seen.write(piece, 0, length);
        return seen.size();
    }

    @Override
    public void close() throws IOException {
        reading.countDown();
        listener.close();
    }
}
