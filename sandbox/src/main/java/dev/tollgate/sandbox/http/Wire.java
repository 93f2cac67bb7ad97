package dev.tollgate.sandbox.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * The writing side of one connection. Bytes are gathered and leave in one write per {@link #flush}, unless an armed
 * {@link Fault} says otherwise. Owned by the connection's thread.
 */
public final class Wire {
    private static final byte[] NEW_LINE = {'\r', '\n'};
    private static final byte[] LAST_CHUNK = {'0', '\r', '\n', '\r', '\n'};
    private static final int GATHER_BYTES = 16 * 1024;

    private final Socket socket;
    private final OutputStream out;
    private final RequestReader reader;
    private byte[] gathered = new byte[4096];
    private int length;
    private long writtenBytes;
    private Fault fault = Fault.NONE;
    private Runnable beforeCut = () -> {};
    private boolean keepAlive = true;

    Wire(Socket socket, RequestReader reader) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.reader = reader;
    }

    /**
     * What goes wrong with one response. Positions count from the first byte of the status line; -1 means never.
     *
     * @param cutAfterBytes where the connection ends
     * @param reset whether it ends with RST instead of FIN
     * @param stallAfterBytes where writing pauses, once
     * @param stallMillis how long, in real time
     * @param splitBytes size of each write to the socket, 0 for unsplit
     */
    public record Fault(int cutAfterBytes, boolean reset, int stallAfterBytes, long stallMillis, int splitBytes) {
        public static final Fault NONE = new Fault(-1, false, -1, 0, 0);
    }

    /** Makes the current response misbehave. Ends with it. */
    public void arm(Fault wanted) {
        fault = wanted;
    }

    /** Writes the whole reply and flushes. */
    public void send(Reply reply) throws IOException {
        boolean bodiless = reply.status() == 204 || reply.status() == 304;
        head(reply.status(), reply.headers(), bodiless ? "" : "content-length: " + reply.body().length + "\r\n");
        append(reply.body());
        flush();
    }

    /** Begins a response in chunked transfer coding. */
    public void startChunked(int status, Map<String, String> headers) throws IOException {
        head(status, headers, "transfer-encoding: chunked\r\n");
    }

    /** Adds one chunk. Leaves when flushed, or when enough has gathered. */
    public void chunk(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return;
        }
        append((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        append(bytes);
        append(NEW_LINE);
        if (length >= GATHER_BYTES) {
            flush();
        }
    }

    /** Ends a chunked response. */
    public void endChunked() throws IOException {
        append(LAST_CHUNK);
        flush();
    }

    /** Writes bytes verbatim, status line included, then closes after this response. */
    public void raw(byte[] bytes) throws IOException {
        keepAlive = false;
        append(bytes);
        flush();
    }

    /** Hands everything gathered to the socket. */
    public void flush() throws IOException {
        int count = length;
        length = 0;
        int done = 0;
        while (done < count) {
            int piece = pieceBefore(count - done);
            out.write(gathered, done, piece);
            writtenBytes += piece;
            done += piece;
        }
        if (gathered.length > 4 * GATHER_BYTES) {
            gathered = new byte[GATHER_BYTES];
        }
    }

    /** Waits in real time; fails as soon as the client closes. */
    public void pause(long millis) throws IOException {
        reader.watch(millis);
    }

    /** Something to do just before this response is cut on purpose, while the client cannot know yet. */
    public void beforeCut(Runnable action) {
        beforeCut = action;
    }

    /** Ends the connection here and now. */
    public void cut(boolean reset) throws IOException {
        beforeCut.run();
        if (reset) {
            socket.setSoLinger(true, 0);
        }
        socket.close();
        throw new IOException("connection cut on purpose");
    }

    /** Bytes of this response that the socket has taken. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Bytes of this response so far, gathered ones included. */
    public long position() {
        return writtenBytes + length;
    }

    /** Closes the connection after this response. */
    public void closeAfterwards() {
        keepAlive = false;
    }

    /** Ends the response; false when the connection must not be used again. */
    boolean finish() throws IOException {
        flush();
        if (fault.cutAfterBytes >= 0 && writtenBytes >= fault.cutAfterBytes) {
            cut(fault.reset);
        }
        fault = Fault.NONE;
        beforeCut = () -> {};
        writtenBytes = 0;
        return keepAlive;
    }

    private int pieceBefore(int wanted) throws IOException {
        if (fault.equals(Fault.NONE)) {
            return wanted;
        }
        if (fault.cutAfterBytes >= 0 && writtenBytes >= fault.cutAfterBytes) {
            cut(fault.reset);
        }
        if (fault.stallAfterBytes == writtenBytes) {
            long millis = fault.stallMillis;
            fault = new Fault(fault.cutAfterBytes, fault.reset, -1, 0, fault.splitBytes);
            pause(millis);
        }
        int piece = fault.splitBytes > 0 ? Math.min(wanted, fault.splitBytes) : wanted;
        piece = shorten(piece, fault.cutAfterBytes);
        return shorten(piece, fault.stallAfterBytes);
    }

    private int shorten(int piece, int mark) {
        return mark > writtenBytes ? (int) Math.min(piece, mark - writtenBytes) : piece;
    }

    private void head(int status, Map<String, String> headers, String framing) {
        StringBuilder head = new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(status)
                .append(' ')
                .append(Reasons.of(status))
                .append("\r\n");
        headers.forEach((name, value) -> {
            head.append(name).append(": ").append(value).append("\r\n");
            if (name.equalsIgnoreCase("connection") && value.equalsIgnoreCase("close")) {
                keepAlive = false;
            }
        });
        append(head.append(framing).append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private void append(byte[] bytes) {
        if (length + bytes.length > gathered.length) {
            gathered = Arrays.copyOf(gathered, Math.max(gathered.length * 2, length + bytes.length));
        }
        System.arraycopy(bytes, 0, gathered, length, bytes.length);
        length += bytes.length;
    }
}
