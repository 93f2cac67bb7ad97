package dev.tollgate.edge;

import static dev.tollgate.edge.Requests.head;

import java.util.ArrayList;
import java.util.List;

/** Requests whose header fields contradict each other, or say what must not be said. */
final class BadFields {

    private static final String GET = "GET / HTTP/1.1";
    private static final String POST = "POST / HTTP/1.1";
    private static final String HOST = "Host: h";

    private BadFields() {}

    static List<BadRequest> all() {
        List<BadRequest> all = new ArrayList<>();
        connections(all);
        identities(all);
        hosts(all);
        return all;
    }

    private static void connections(List<BadRequest> all) {
        for (String value : List.of(
                "",
                "upgrade",
                "Upgrade, HTTP2-Settings",
                "keep-alive, Upgrade",
                "keep-alive, close",
                "close, close",
                "TE",
                "authorization",
                "content-length",
                " close",
                "close ",
                "x")) {
            add(
                    all,
                    "connection " + value,
                    400,
                    "unsupported_connection_option",
                    head(GET, HOST, "Connection: " + value));
        }
        add(
                all,
                "connection twice",
                400,
                "ambiguous_header",
                head(GET, HOST, "Connection: close", "Connection: close"));
        for (String line : List.of(
                "Upgrade: h2c",
                "Upgrade: websocket",
                "HTTP2-Settings: AAM",
                "Sec-WebSocket-Key: x",
                "Sec-WebSocket-Key1: x",
                "sec-websocket-key2: x")) {
            add(all, "upgrade by " + line, 400, "upgrade_not_supported", head(GET, HOST, line));
        }
        for (String value : List.of("", "100", "100-continue, x", "200-ok", "100-continue ", "100-continue;q=1")) {
            add(
                    all,
                    "expect " + value,
                    417,
                    "unsupported_expectation",
                    head(POST, HOST, "Expect: " + value, "Content-Length: 5") + "hello");
        }
        add(all, "expectation without body", 417, "unsupported_expectation", head(GET, HOST, "Expect: 100-continue"));
        add(
                all,
                "expectation twice",
                400,
                "ambiguous_header",
                head(POST, HOST, "Expect: 100-continue", "Expect: 100-continue", "Content-Length: 1") + "x");
    }

    private static void identities(List<BadRequest> all) {
        for (String name : List.of(
                "Authorization",
                "Proxy-Authorization",
                "x-api-key",
                "api-key",
                "Cookie",
                "OpenAI-Organization",
                "OpenAI-Project",
                "Idempotency-Key",
                "Content-Type",
                "Content-Encoding",
                "TE",
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature")) {
            String value = name.equals("TE") ? "trailers" : "a";
            add(
                    all,
                    name + " twice",
                    400,
                    "ambiguous_header",
                    head(GET, HOST, name + ": " + value, name + ": " + value));
        }
        add(
                all,
                "names differ in case",
                400,
                "ambiguous_header",
                head(GET, HOST, "authorization: a", "AUTHORIZATION: a"));
        for (String name : List.of(
                "Content_Length",
                "content_length",
                "CONTENT_LENGTH",
                "transfer_encoding",
                "Transfer_Encoding",
                "x_api_key",
                "X-Api_Key",
                "api_key",
                "proxy_authorization",
                "content_type",
                "content_encoding",
                "idempotency_key",
                "openai_organization",
                "http2_settings",
                "webhook_id")) {
            add(all, "underscore " + name, 400, "ambiguous_header", head(POST, HOST, name + ": 1"));
        }
    }

    private static void hosts(List<BadRequest> all) {
        add(all, "no host", 400, "invalid_host", head(GET, "Accept: x"));
        add(all, "no fields", 400, "invalid_host", head(GET));
        add(all, "host twice", 400, "invalid_host", head(GET, HOST, HOST));
        for (String value : List.of(
                "",
                " ",
                "a b",
                "a,b",
                "a, b",
                "u@h",
                "u:p@h",
                "http://h",
                "h/",
                "h:",
                "h:0",
                "h:65536",
                "h:123456",
                "h:8a",
                "h:-1",
                "h:80:80",
                ":80",
                ".h",
                "h..i",
                "h%2e",
                "h;",
                "[",
                "[]",
                "[::1",
                "::1",
                "[::1]x",
                "[::1]:",
                "[g::1]",
                "[1:2]",
                "[::1%25eth0]",
                "[::1]]",
                "h\t",
                "h ",
                "  h",
                "\th",
                "h?",
                "h#",
                "h\\",
                "h\"",
                "*")) {
            add(all, "host " + value, 400, "invalid_host", head(GET, "Host: " + value));
        }
    }

    private static void add(List<BadRequest> all, String name, int status, String code, String text) {
        all.add(new BadRequest(name, text, status, code, 0));
    }
}
