package dev.tollgate.edge;

import static dev.tollgate.edge.Requests.chunked;
import static dev.tollgate.edge.Requests.head;

import java.util.ArrayList;
import java.util.List;

/** Requests whose body has no one end, or a malformed one. */
final class BadBodies {

    private static final String POST = "POST / HTTP/1.1";
    private static final String HOST = "Host: h";

    private BadBodies() {}

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>();
        bodyFraming(all);
        chunks(all);
        return all;
    }

    private static void bodyFraming(List<BadRequest> all) {
        for (String value : List.of(
                "", " ", "+5", "-5", "5,5", "5, 5", "5 ", "5\t", "\t5", "  5", "0x5", "5.0", "5e0", "05", "00", "5;",
                "\"5\"", "five", "5 5", "-0")) {
            add(
                    all,
                    "length " + value,
                    400,
                    "ambiguous_framing",
                    head(POST, HOST, "Content-Length: " + value) + "hello");
        }
        for (String value : List.of(
                "",
                "identity",
                "gzip",
                "gzip, chunked",
                "chunked, gzip",
                "chunked, chunked",
                "chunked,",
                ", chunked",
                "chunked;q=1",
                "x chunked",
                "chunke",
                "chunkedd",
                "\tchunked",
                "  chunked",
                "chunked ",
                "chunked\t",
                "\"chunked\"")) {
            add(
                    all,
                    "coding " + value,
                    501,
                    "unsupported_transfer_coding",
                    head(POST, HOST, "Transfer-Encoding: " + value));
        }
        String ambiguous = "ambiguous_framing";
        add(
                all,
                "same length twice",
                400,
                ambiguous,
                head(POST, HOST, "Content-Length: 5", "Content-Length: 5") + "hello");
        add(all, "two lengths", 400, ambiguous, head(POST, HOST, "content-length: 5", "Content-Length: 6") + "hello!");
        add(
                all,
                "length and coding",
                400,
                ambiguous,
                head(POST, HOST, "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n");
        add(
                all,
                "coding and length",
                400,
                ambiguous,
                head(POST, HOST, "Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n");
        add(
                all,
                "coding twice",
                400,
                ambiguous,
                head(POST, HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"));
        add(
                all,
                "coding and identity",
                400,
                ambiguous,
                head(POST, HOST, "Transfer-Encoding: chunked", "Transfer-Encoding: identity"));
        for (String method : List.of("GET", "HEAD", "DELETE", "OPTIONS", "FOO")) {
            String line = method + " / HTTP/1.1";
            add(all, method + " with length", 400, "body_not_allowed", head(line, HOST, "Content-Length: 5") + "hello");
            add(all, method + " chunked", 400, "body_not_allowed", head(line, HOST, "Transfer-Encoding: chunked"));
        }
    }

    private static void chunks(List<BadRequest> all) {
        for (String body : List.of(
                "\r\n",
                "g\r\n",
                " 5\r\nhello\r\n",
                "5 \r\nhello\r\n",
                "5;a=b\r\nhello\r\n",
                "5;\r\nhello\r\n",
                "+5\r\nhello\r\n",
                "-5\r\nhello\r\n",
                "0x5\r\nhello\r\n",
                "5\nhello\r\n",
                "5\rhello\r\n",
                "5\r\nhelloX\r\n",
                "5\r\nhello\n",
                "5\r\nhello\rX",
                "5\r\nhello0\r\n\r\n",
                "000000005\r\nhello\r\n",
                "00\r\n\r\n",
                "000\r\n\r\n",
                "0 \r\n\r\n",
                "0;a\r\n\r\n",
                "0\r\n\n",
                "0\n\n",
                "0\r\n\rX",
                "5\r\nhello\r\n\r\n",
                "0\r\n : x\r\n\r\n",
                "\u00e9\r\n")) {
            addChunked(all, 400, "malformed_request", body);
        }
        addChunked(all, 400, "trailers_not_supported", "0\r\nX: y\r\n\r\n");
        addChunked(all, 400, "trailers_not_supported", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n");
        addChunked(all, 413, "body_too_large", "3e9\r\n");
        addChunked(all, 413, "body_too_large", "FFFFFFFF\r\n");
        addChunked(all, 413, "body_too_large", "1f4\r\n" + "a".repeat(500) + "\r\n1f5\r\n");
    }

    private static void addChunked(List<BadRequest> all, int status, String code, String body) {
        int headBytes = chunked("").length();
        all.add(new BadRequest("chunks " + body, chunked(body), status, code, headBytes));
    }

    private static void add(List<BadRequest> all, String name, int status, String code, String text) {
        all.add(new BadRequest(name, text, status, code, 0));
    }
}
