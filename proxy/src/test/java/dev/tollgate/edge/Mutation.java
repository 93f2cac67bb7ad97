package dev.tollgate.edge;

import java.util.List;
import java.util.Random;

/** Small random changes to a request, of the kind that makes readers disagree. */
final class Mutation {

    private static final List<String> FRAGMENTS = List.of(
            "\r\n",
            "\n",
            "\r",
            " ",
            "\t",
            "\u0000",
            "\u000b",
            "\u0085",
            "\u00a0",
            ":",
            ",",
            ";",
            "_",
            "%",
            "/",
            "//",
            "..",
            "0",
            "1",
            "5",
            "a",
            "0\r\n\r\n",
            "\r\n\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: 0\r\n",
            "content_length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "transfer-encoding:\tchunked\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "Connection: upgrade\r\n",
            "Upgrade: h2c\r\n",
            "Host: x\r\n",
            "Sec-WebSocket-Key1: 1\r\nSec-WebSocket-Key2: 2\r\n",
            "Trailer: x\r\n",
            "X: y\r\n",
            " folded\r\n",
            "HTTP/1.1",
            "HTTP/1.0",
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n");

    private final Random random;

    Mutation(Random random) {
        this.random = random;
    }

    byte[] of(byte[] request) {
        StringBuilder text = new StringBuilder();
        for (byte value : request) {
            text.append((char) (value & 0xFF));
        }
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            change(text);
        }
        return Requests.bytes(text.toString());
    }

    private void change(StringBuilder text) {
        int at = random.nextInt(text.length() + 1);
        switch (random.nextInt(7)) {
            case 0 -> text.insert(at, fragment());
            case 1 -> text.insert(startOfLine(text, at), fragment());
            case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(4)));
            case 3 -> text.insert(startOfLine(text, at), line(text, startOfLine(text, at)));
            case 4 -> replace(text, at, (char) random.nextInt(256));
            case 5 -> text.setLength(Math.max(1, at));
            default -> swapCase(text, at);
        }
    }

    private String fragment() {
        return FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
    }

    private static int startOfLine(StringBuilder text, int at) {
        return text.lastIndexOf("\n", Math.max(0, at - 1)) + 1;
    }

    private static String line(StringBuilder text, int start) {
        int end = text.indexOf("\n", start);
        return text.substring(start, end < 0 ? text.length() : end + 1);
    }

    private static void replace(StringBuilder text, int at, char value) {
        if (at < text.length()) {
            text.setCharAt(at, value);
        }
    }

    private static void swapCase(StringBuilder text, int at) {
        if (at < text.length()) {
            char value = text.charAt(at);
            text.setCharAt(
                    at, Character.isUpperCase(value) ? Character.toLowerCase(value) : Character.toUpperCase(value));
        }
    }
}
