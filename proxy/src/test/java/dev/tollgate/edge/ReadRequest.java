package dev.tollgate.edge;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A third reading of one request, as simple as can be: what a careless reader would take the passed bytes for. The body
 * is what has come of it, and {@code complete} tells whether it ended exactly with the bytes.
 */
record ReadRequest(String method, String target, int fields, String body, boolean complete) {

    static ReadRequest of(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        String[] lines = text.substring(0, headEnd).split("\r\n", -1);
        String[] words = lines[0].split(" ", -1);
        String rest = text.substring(headEnd + 4);
        String lower = text.substring(0, headEnd).toLowerCase(Locale.ROOT);
        if (lower.contains("\ntransfer-encoding:")) {
            return chunked(words, lines.length - 1, rest);
        }
        int length = contentLength(lower);
        return new ReadRequest(words[0], words[1], lines.length - 1, rest, rest.length() == length);
    }

    private static int contentLength(String head) {
        for (String line : head.split("\r\n", -1)) {
            if (line.startsWith("content-length:")) {
                return Integer.parseInt(
                        line.substring("content-length:".length()).strip());
            }
        }
        return 0;
    }

    private static ReadRequest chunked(String[] words, int fields, String rest) {
        StringBuilder body = new StringBuilder();
        int at = 0;
        boolean complete = false;
        int lineEnd = rest.indexOf("\r\n");
        while (lineEnd >= 0 && !complete) {
            int size = Integer.parseInt(rest.substring(at, lineEnd), 16);
            int from = lineEnd + 2;
            int to = Math.min(rest.length(), from + size);
            body.append(rest, from, to);
            at = from + size + 2;
            complete = size == 0 && rest.length() == at;
            lineEnd = at < rest.length() ? rest.indexOf("\r\n", at) : -1;
        }
        return new ReadRequest(words[0], words[1], fields, body.toString(), complete);
    }
}
