package dev.tollgate.sandbox.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads requests from one connection through one buffer. Owned by the connection's thread. */
final class RequestReader {
    private static final int MAX_HEAD_BYTES = 256 * 1024;
    private static final int MAX_BODY_BYTES = 256 * 1024 * 1024;
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = new byte[0];

    private final Socket socket;
    private byte[] buffer = new byte[8192];
    private int start;
    private int end;

    RequestReader(Socket socket) {
        this.socket = socket;
    }

    /** The next request; empty when the client closed between requests. */
    Optional<Request> read() throws IOException {
        int headEnd = headEnd();
        if (headEnd < 0) {
            return Optional.empty();
        }
        String head = new String(buffer, start, headEnd - start, StandardCharsets.ISO_8859_1);
        start = headEnd;
        String[] lines = head.split("\n", -1);
        String[] requestLine = lines[0].trim().split(" ", -1);
        if (requestLine.length != 3) {
            throw new IOException("malformed request line");
        }
        Map<String, String> headers = headers(lines);
        if ("100-continue".equalsIgnoreCase(headers.get("expect"))) {
            socket.getOutputStream().write(CONTINUE);
        }
        byte[] body = body(headers);
        String target = requestLine[1];
        int question = target.indexOf('?');
        return Optional.of(new Request(
                requestLine[0],
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                headers,
                body));
    }

    /**
     * Waits while watching the client.
     *
     * @throws EOFException as soon as the client closes its side
     */
    void watch(long millis) throws IOException {
        long endNanos = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left = millis; left > 0; left = (endNanos - System.nanoTime()) / 1_000_000) {
                socket.setSoTimeout(Math.toIntExact(left));
                if (!fill()) {
                    throw new EOFException("client closed");
                }
            }
        } catch (SocketTimeoutException waited) {
            return;
        } finally {
            socket.setSoTimeout(0);
        }
    }

    /** Index just after the blank line, or -1 at the end of the stream. */
    private int headEnd() throws IOException {
        skipBlankLines();
        int scanned = start;
        while (true) {
            for (int i = scanned; i < end; i++) {
                if (buffer[i] == '\n' && i > start && endsHead(i)) {
                    return i + 1;
                }
            }
            scanned = end;
            int shift = start;
            if (end - start > MAX_HEAD_BYTES) {
                throw new IOException("request head too large");
            }
            if (!fill()) {
                if (end == start) {
                    return -1;
                }
                throw new EOFException("client closed inside a request head");
            }
            scanned -= shift - start;
        }
    }

    private boolean endsHead(int newline) {
        int before = buffer[newline - 1] == '\r' ? newline - 2 : newline - 1;
        return before >= start && buffer[before] == '\n';
    }

    private void skipBlankLines() {
        while (start < end && (buffer[start] == '\r' || buffer[start] == '\n')) {
            start++;
        }
    }

    private static Map<String, String> headers(String[] lines) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.merge(
                        lines[i].substring(0, colon).trim().toLowerCase(Locale.ROOT),
                        lines[i].substring(colon + 1).trim(),
                        (first, second) -> first + ", " + second);
            }
        }
        return headers;
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        if (headers.getOrDefault("transfer-encoding", "")
                .toLowerCase(Locale.ROOT)
                .endsWith("chunked")) {
            return chunks();
        }
        String length = headers.get("content-length");
        return length == null ? NOTHING : exactly(size(length, 10));
    }

    private byte[] chunks() throws IOException {
        byte[] body = NOTHING;
        while (true) {
            int length = size(line().split(";", 2)[0], 16);
            if (length == 0) {
                break;
            }
            byte[] chunk = exactly(length);
            int offset = body.length;
            body = Arrays.copyOf(body, Math.addExact(offset, length));
            System.arraycopy(chunk, 0, body, offset, length);
            line();
        }
        skipTrailers();
        return body;
    }

    private void skipTrailers() throws IOException {
        String trailer = line();
        while (!trailer.isEmpty()) {
            trailer = line();
        }
    }

    private static int size(String text, int radix) throws IOException {
        try {
            int size = Integer.parseInt(text.trim(), radix);
            if (size < 0 || size > MAX_BODY_BYTES) {
                throw new IOException("body size out of range");
            }
            return size;
        } catch (NumberFormatException malformed) {
            throw new IOException("malformed body size", malformed);
        }
    }

    private String line() throws IOException {
        int scanned = start;
        while (true) {
            for (int i = scanned; i < end; i++) {
                if (buffer[i] == '\n') {
                    String line = new String(buffer, start, i - start, StandardCharsets.ISO_8859_1).trim();
                    start = i + 1;
                    return line;
                }
            }
            int held = end - start;
            if (held > MAX_HEAD_BYTES || !fill()) {
                throw new EOFException("request body ended early");
            }
            scanned = start + held;
        }
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = new byte[length];
        int filled = Math.min(length, end - start);
        System.arraycopy(buffer, start, bytes, 0, filled);
        start += filled;
        if (socket.getInputStream().readNBytes(bytes, filled, length - filled) < length - filled) {
            throw new EOFException("request body ended early");
        }
        return bytes;
    }

    /** Reads more bytes behind those held; false at the end of the stream. */
    private boolean fill() throws IOException {
        if (start > 0) {
            System.arraycopy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }
        if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, buffer.length * 2);
        }
        int count = socket.getInputStream().read(buffer, end, buffer.length - end);
        end += Math.max(count, 0);
        return count >= 0;
    }
}
