package dev.tollgate.endtoend;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A client connection that sends bytes as they are, and reads one answer after the other. Owned by one thread. */
final class RawConnection implements AutoCloseable {
    private static final int SOCKET_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;

    /** The connection ended before the answer did. */
    private static final class BrokenOff extends IOException {
        private static final long serialVersionUID = 1L;
    }

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawConnection open(int port) throws IOException {
        return open(port, 0);
    }

    /** With a receive buffer of so many bytes, or the system's for 0. */
    static RawConnection open(int port, int receiveBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.setSoTimeout(SOCKET_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new RawConnection(socket);
    }

    /** One request on a connection of its own. */
    static RawAnswer ask(int port, String request) throws IOException {
        try (RawConnection connection = open(port)) {
            return connection.send(request).read();
        }
    }

    RawConnection send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.UTF_8));
    }

    RawConnection send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Reads one answer, an interim one included. Where the connection ends before, it is incomplete, maybe of status 0. */
    RawAnswer read() throws IOException {
        return read(true);
    }

    /** An answer to HEAD has no body, whatever its headers say. */
    RawAnswer readWithoutBody() throws IOException {
        return read(false);
    }

    private RawAnswer read(boolean withBody) throws IOException {
        String statusLine;
        try {
            statusLine = line();
        } catch (BrokenOff nothingCame) {
            return new RawAnswer(0, Map.of(), "", false);
        }
        int status = Integer.parseInt(statusLine.split(" ", 3)[1]);
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        boolean complete = !withBody || status < 200 || readBody(headers, body);
        return new RawAnswer(status, headers, body.toString(StandardCharsets.UTF_8), complete);
    }

    private boolean readBody(Map<String, String> headers, ByteArrayOutputStream body) throws IOException {
        try {
            if (headers.containsKey("content-length")) {
                copy(Integer.parseInt(headers.get("content-length")), body);
            } else {
                copyChunks(body);
            }
            return true;
        } catch (BrokenOff e) {
            return false;
        }
    }

    private void copyChunks(ByteArrayOutputStream body) throws IOException {
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            copy(size, body);
            line();
        }
        line();
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private void copy(int count, ByteArrayOutputStream body) throws IOException {
        for (int left = count; left > 0; ) {
            byte[] piece = new byte[Math.min(left, 64 * 1024)];
            int read = readQuietly(piece);
            body.write(piece, 0, read);
            left -= read;
        }
    }

    private int readQuietly(byte[] piece) throws IOException {
        int read;
        try {
            read = in.read(piece);
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException reset) {
            throw new BrokenOff();
        }
        if (read < 0) {
            throw new BrokenOff();
        }
        return read;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        byte[] one = new byte[1];
        while (readQuietly(one) == 1 && one[0] != '\n') {
            line.write(one[0]);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** Reads, as they are, bytes up to and with {@code text}. */
    String readUntil(String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        byte[] one = new byte[1];
        while (seen.indexOf(text, Math.max(0, seen.length() - text.length() - 1)) < 0) {
            readQuietly(one);
            seen.append((char) one[0]);
        }
        return seen.toString();
    }

    /** Waits for more; whether there is none because the other side has closed. */
    boolean ended() throws IOException {
        try {
            readQuietly(new byte[1]);
            return false;
        } catch (BrokenOff e) {
            return true;
        }
    }

    /** Closes with an RST. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
