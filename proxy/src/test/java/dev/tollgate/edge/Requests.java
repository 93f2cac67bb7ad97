package dev.tollgate.edge;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds the bytes of requests. */
final class Requests {

    private Requests() {}

    /** A head of these lines, with line ends and the empty line. */
    static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    static String get(String target) {
        return head("GET " + target + " HTTP/1.1", "Host: tollgate.test");
    }

    static String post(String body, String... fields) {
        String[] lines = new String[fields.length + 3];
        lines[0] = "POST /v1/chat/completions HTTP/1.1";
        lines[1] = "Host: tollgate.test";
        System.arraycopy(fields, 0, lines, 2, fields.length);
        lines[fields.length + 2] = "Content-Length: " + body.length();
        return head(lines) + body;
    }

    static String chunked(String body) {
        return head("POST /v1/chat/completions HTTP/1.1", "Host: tollgate.test", "Transfer-Encoding: chunked") + body;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }
}
