package dev.tollgate.edge;

import static dev.tollgate.edge.Requests.get;
import static dev.tollgate.edge.Requests.head;

import java.util.ArrayList;
import java.util.List;

/** Requests whose request line or header syntax must be refused. */
final class BadHeads {

    private static final String GET = "GET / HTTP/1.1";
    private static final String POST = "POST / HTTP/1.1";
    private static final String HOST = "Host: h";

    private BadHeads() {}

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>();
        requestLines(all);
        targets(all);
        fieldSyntax(all);
        limits(all);
        return all;
    }

    private static void requestLines(List<BadRequest> all) {
        String malformed = "malformed_request";
        add(all, "two empty lines", 400, malformed, "\r\n\r\n" + get("/"));
        add(all, "bare line feed before", 400, malformed, "\n" + get("/"));
        add(all, "bare carriage return before", 400, malformed, "\r" + get("/"));
        add(all, "space before", 400, malformed, " " + get("/"));
        add(all, "lower-case method", 400, malformed, head("get / HTTP/1.1", HOST));
        add(all, "mixed-case method", 400, malformed, head("GeT / HTTP/1.1", HOST));
        add(all, "method with hyphen", 400, malformed, head("M-SEARCH / HTTP/1.1", HOST));
        add(all, "no method", 400, malformed, head("/ HTTP/1.1", HOST));
        add(all, "two spaces before target", 400, malformed, head("GET  / HTTP/1.1", HOST));
        add(all, "two spaces after target", 400, malformed, head("GET /  HTTP/1.1", HOST));
        add(all, "tab for space", 400, malformed, head("GET\t/ HTTP/1.1", HOST));
        add(all, "space at the end", 400, malformed, head("GET / HTTP/1.1 ", HOST));
        add(all, "no version", 400, malformed, "GET /\r\n\r\n");
        add(all, "no version and bare line feed", 400, malformed, "GET /\n");
        add(all, "lower-case version", 400, malformed, head("GET / http/1.1", HOST));
        add(all, "version with letters", 400, malformed, head("GET / HTTP/x.1", HOST));
        add(all, "longer version", 400, malformed, head("GET / HTTP/1.10", HOST));
        add(all, "line feed only", 400, malformed, "GET / HTTP/1.1\nHost: h\n\n");
        add(all, "carriage return only", 400, malformed, "GET / HTTP/1.1\rHost: h\r\r");
        add(all, "two carriage returns", 400, malformed, "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n");
        add(all, "TLS hello", 400, malformed, "\u0016\u0003\u0001\u0002\u0000\u0001");
        add(all, "HTTP/1.0", 505, "unsupported_http_version", head("GET / HTTP/1.0", HOST));
        add(all, "HTTP/1.2", 505, "unsupported_http_version", head("GET / HTTP/1.2", HOST));
        add(all, "HTTP/2.0", 505, "unsupported_http_version", head("GET / HTTP/2.0", HOST));
        add(all, "HTTP/2 preface", 505, "unsupported_http_version", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        add(all, "CONNECT", 501, "unsupported_method", head("CONNECT h:443 HTTP/1.1", HOST));
        add(all, "TRACE", 501, "unsupported_method", head("TRACE / HTTP/1.1", HOST));
        add(all, "very long method", 501, "unsupported_method", "A".repeat(50));
    }

    private static void targets(List<BadRequest> all) {
        for (String target : List.of(
                "http://h/",
                "//h/",
                "*",
                "h:443",
                "v1/models",
                "?q",
                "/v1//models",
                "/v1/models//",
                "/.",
                "/..",
                "/./a",
                "/a/../b",
                "/a/..",
                "/a/.",
                "/a/..?q",
                "/a%2Fb",
                "/%61",
                "/a%",
                "/a;b",
                "/a?b;c",
                "/a\\b",
                "/a#b",
                "/a?b#c",
                "/a?%",
                "/a?%4",
                "/a?%4g",
                "/a?%g4",
                "/a?%00",
                "/a?%0d%0a",
                "/a?%7F",
                "/a?b\"c",
                "/a?b<c",
                "/a?b|c",
                "/a?b{c",
                "/a?b\\c",
                "/a[b]",
                "/a\"b",
                "/a<b",
                "/a`b",
                "/a^b",
                "/a|b",
                "/a{b",
                "/a\u007fb",
                "/a\u0000b",
                "/a\u0001b",
                "/a\tb",
                "/a\u00e9b",
                "/a\u00a0b",
                "/a?\u00e9")) {
            add(all, "target " + target, 400, "invalid_target", get(target));
        }
    }

    private static void fieldSyntax(List<BadRequest> all) {
        for (String line : List.of(
                "Accept : x",
                "Accept\t: x",
                ": x",
                "Accept",
                "Acc ept: x",
                "Acc\u00e9pt: x",
                "Accept\u0000: x",
                "(Accept): x",
                "Accept@: x",
                "\u000bAccept: x",
                "Accept: a\u0000b",
                "Accept: a\u0001b",
                "Accept: a\u007fb",
                "Accept: a\u00e9b",
                "Accept: a\u000bb",
                "Accept: a\nX: b",
                "Accept: a\rX: b",
                "Accept: a\r\r",
                "Accept\n: x",
                "Accept: a\r\n b",
                "Accept: a\r\n\tb",
                " Accept: x",
                "\tAccept: x")) {
            add(all, "field line " + line, 400, "malformed_request", head(GET, HOST, line));
        }
        add(all, "folded first line", 400, "malformed_request", head(GET, " Host: h"));
        add(all, "empty line of line feed", 400, "malformed_request", "GET / HTTP/1.1\r\nHost: h\r\n\n");
        add(all, "empty line of carriage return", 400, "malformed_request", "GET / HTTP/1.1\r\nHost: h\r\n\rX");
        add(all, "TE other than trailers", 400, "malformed_request", head(GET, HOST, "TE: gzip"));
        add(all, "announced trailer", 400, "trailers_not_supported", head(POST, HOST, "Trailer: x"));
    }

    private static void limits(List<BadRequest> all) {
        add(all, "long target", 414, "target_too_long", get("/" + "a".repeat(100)));
        add(all, "endless target", 414, "target_too_long", "GET /" + "a".repeat(600));
        add(
                all,
                "target one too long",
                414,
                "target_too_long",
                get("/" + "a".repeat(100 - "GET / HTTP/1.1".length() + 1)));
        add(all, "long field", 431, "header_too_large", head(GET, HOST, "A: " + "b".repeat(198)));
        add(all, "endless value", 431, "header_too_large", "GET / HTTP/1.1\r\nA: " + "b".repeat(600));
        add(all, "endless name", 431, "header_too_large", "GET / HTTP/1.1\r\n" + "b".repeat(600));
        add(
                all,
                "many fields",
                431,
                "header_too_large",
                head(GET, HOST, "a: 1", "a: 2", "a: 3", "a: 4", "a: 5", "a: 6", "a: 7", "a: 8"));
        add(
                all,
                "large section",
                431,
                "header_too_large",
                head(GET, HOST, "a: " + "b".repeat(190), "a: " + "b".repeat(190), "a: 1"));
        add(all, "length over the limit", 413, "body_too_large", head(POST, HOST, "Content-Length: 1001"));
        add(
                all,
                "length beyond a long",
                413,
                "body_too_large",
                head(POST, HOST, "Content-Length: 18446744073709551617"));
        add(all, "length of 19 digits", 413, "body_too_large", head(POST, HOST, "Content-Length: 9223372036854775808"));
    }

    private static void add(List<BadRequest> all, String name, int status, String code, String text) {
        all.add(new BadRequest(name, text, status, code, 0));
    }
}
