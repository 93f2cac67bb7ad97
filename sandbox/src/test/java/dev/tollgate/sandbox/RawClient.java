package dev.tollgate.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A socket on which a test writes and reads bytes itself. */
public final class RawClient implements AutoCloseable {
    private final Socket socket;

    /** Everything received until the end, and what kind of end it was. */
    @SuppressWarnings("ArrayRecordComponent") // bytes are the point
    public record Received(byte[] bytes, boolean reset) {
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    public RawClient(URI server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
    }

    public void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a POST of a chat with the given body. */
    public void postChat(String key, String body) throws IOException {
        write("POST /v1/chat/completions HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer " + key
                + "\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    /** Bytes of the next read, which a split writer keeps small. */
    public int readOnce(byte[] buffer) throws IOException {
        return socket.getInputStream().read(buffer);
    }

    /** Reads one whole response with a content length. */
    public String readResponse() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("closed after " + head);
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        int at = text.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
        int length = at < 0 ? 0 : Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        return text + new String(socket.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    public Received readToEnd() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        try {
            int count = socket.getInputStream().read(buffer);
            while (count >= 0) {
                bytes.write(buffer, 0, count);
                count = socket.getInputStream().read(buffer);
            }
            return new Received(bytes.toByteArray(), false);
        } catch (SocketException reset) {
            return new Received(bytes.toByteArray(), true);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
