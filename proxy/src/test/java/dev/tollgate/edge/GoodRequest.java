package dev.tollgate.edge;

import static dev.tollgate.edge.Requests.chunked;
import static dev.tollgate.edge.Requests.get;
import static dev.tollgate.edge.Requests.head;
import static dev.tollgate.edge.Requests.post;

import java.util.ArrayList;
import java.util.List;

/** A request that must pass unchanged; the text has one character for each byte. */
record GoodRequest(String name, String text) {

    private static final String JSON =
            "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    static List<GoodRequest> all() {
        List<GoodRequest> all = new ArrayList<>(ofClients());
        all.addAll(ofTheGrammar());
        return all;
    }

    private static List<GoodRequest> ofClients() {
        return List.of(
                good("OpenAI Python", openAiPython()),
                good("OpenAI JS", openAiNode()),
                good("OpenAI Java", openAiJava()),
                good("Go", go()),
                good("curl", curl("")),
                good("curl that awaits 100 Continue", curl("Expect: 100-continue\r\n")),
                good("curl from standard input", curlChunked()),
                good("compressed by Codex", codex()),
                good("multipart with every byte value", multipart()));
    }

    private static List<GoodRequest> ofTheGrammar() {
        return List.of(
                good("GET without body", get("/v1/models")),
                good("GET with colons and at sign", get("/v1/models/ft:gpt-4o:org::id@1,2")),
                good("root path", get("/")),
                good("trailing slash", get("/v1/models/")),
                good("dots within a segment", get("/v1/...a/.b/c..")),
                good("query with escapes", get("/v1/models?after=a%20b&include[]=x%2Fy&q=?/:@")),
                good("empty query", get("/v1/models?")),
                good("HEAD", head("HEAD /healthz HTTP/1.1", "Host: h")),
                good("DELETE with zero length", head("DELETE /v1/x HTTP/1.1", "Host: h", "Content-Length: 0")),
                good("OPTIONS", head("OPTIONS /v1/x HTTP/1.1", "Host: h", "Origin: https://a.test")),
                good("POST without body", head("POST /v1/x HTTP/1.1", "Host: h")),
                good("POST with zero length", post("")),
                good("PUT", head("PUT /v1/x HTTP/1.1", "Host: h", "Content-Length: 1") + "x"),
                good("body that looks like a request", post(get("/v1/evil"))),
                good("body of line ends", post("\r\n\r\n0\r\n\r\n")),
                good("no space after colon", head("GET / HTTP/1.1", "Host:h", "Accept:*/*")),
                good("much space around a value", head("GET / HTTP/1.1", "Host: h", "Accept: \t  */* \t")),
                good("empty value", head("GET / HTTP/1.1", "Host: h", "Accept:")),
                good("all token characters", head("GET / HTTP/1.1", "Host: h", "!#$%&'*+-.^_`|~aZ0: x")),
                good("long header", head("GET / HTTP/1.1", "Host: h", "Authorization: Bearer " + "a".repeat(3000))),
                good(
                        "longer head",
                        head("GET /" + "a".repeat(1015) + " HTTP/1.1", "Host: h", "A: " + "b".repeat(1100))),
                good("repeated harmless header", head("GET / HTTP/1.1", "Host: h", "Accept: a", "Accept: b")),
                good("names in capitals", head("POST / HTTP/1.1", "HOST: h", "CONTENT-LENGTH: 2") + "ab"),
                good("close", head("GET / HTTP/1.1", "Host: h", "Connection: Close")),
                good("TE trailers", head("GET / HTTP/1.1", "Host: h", "TE: trailers")),
                good("host with port", head("GET / HTTP/1.1", "Host: api.tollgate.test:8080")),
                good("host of IPv4", head("GET / HTTP/1.1", "Host: 127.0.0.1:65535")),
                good("host of IPv6", head("GET / HTTP/1.1", "Host: [::1]")),
                good("host of IPv6 with port", head("GET / HTTP/1.1", "Host: [2001:db8::7]:443")),
                good("host of a container", head("GET / HTTP/1.1", "Host: toll_gate")),
                good("host with final dot", head("GET / HTTP/1.1", "Host: tollgate.test.")),
                good("chunks", chunked("5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n")),
                good("chunks with zeros before", chunked("0000000a\r\n0123456789\r\n0\r\n\r\n")),
                good("empty chunked body", chunked("0\r\n\r\n")),
                good("chunk that holds an end", chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n")),
                good(
                        "Chunked in capitals",
                        head("POST / HTTP/1.1", "Host: h", "transfer-encoding: CHUNKED") + "0\r\n\r\n"));
    }

    private static String openAiPython() {
        return head(
                        "POST /v1/chat/completions HTTP/1.1",
                        "Host: 127.0.0.1:8080",
                        "Accept-Encoding: gzip, deflate",
                        "Connection: keep-alive",
                        "Accept: application/json",
                        "Content-Type: application/json",
                        "User-Agent: OpenAI/Python 3.22.1",
                        "X-Stainless-Lang: python",
                        "X-Stainless-Package-Version: 3.22.1",
                        "X-Stainless-OS: Linux",
                        "X-Stainless-Arch: x64",
                        "X-Stainless-Runtime: CPython",
                        "X-Stainless-Runtime-Version: 3.13.1",
                        "Authorization: Bearer tg_test_0123456789",
                        "X-Stainless-Async: false",
                        "x-stainless-retry-count: 0",
                        "x-stainless-read-timeout: 600",
                        "Content-Length: " + JSON.length())
                + JSON;
    }

    private static String openAiNode() {
        return head(
                        "POST /chat/completions HTTP/1.1",
                        "host: localhost:8080",
                        "connection: keep-alive",
                        "accept: application/json",
                        "content-type: application/json",
                        "user-agent: OpenAI/JS 6.49.0",
                        "x-stainless-retry-count: 0",
                        "x-stainless-lang: js",
                        "x-stainless-package-version: 6.49.0",
                        "x-stainless-os: Linux",
                        "x-stainless-arch: x64",
                        "x-stainless-runtime: node",
                        "x-stainless-runtime-version: v24.1.0",
                        "openai-organization: org-a",
                        "openai-project: proj_b",
                        "authorization: Bearer tg_test_0123456789",
                        "accept-language: *",
                        "sec-fetch-mode: cors",
                        "accept-encoding: gzip, deflate",
                        "content-length: " + JSON.length())
                + JSON;
    }

    private static String openAiJava() {
        return head(
                        "POST /v1/responses HTTP/1.1",
                        "User-Agent: OpenAIClientImpl/Java 4.101.0",
                        "X-Stainless-Lang: java",
                        "X-Stainless-Arch: x64",
                        "X-Stainless-OS: Linux",
                        "X-Stainless-OS-Version: 6.8.0-45-generic",
                        "X-Stainless-Package-Version: 4.101.0",
                        "X-Stainless-Runtime: JRE",
                        "X-Stainless-Runtime-Version: 21.0.5",
                        "Authorization: Bearer tg_test_0123456789",
                        "Accept: text/event-stream",
                        "X-Stainless-Retry-Count: 0",
                        "X-Stainless-Read-Timeout: 600",
                        "X-Stainless-Timeout: 600",
                        "Content-Type: application/json",
                        "Content-Length: " + JSON.length(),
                        "Host: tollgate.test",
                        "Connection: Keep-Alive",
                        "Accept-Encoding: gzip")
                + JSON;
    }

    private static String go() {
        return head(
                        "POST /v1/embeddings HTTP/1.1",
                        "Host: tollgate.test",
                        "User-Agent: OpenAI/Go 3.1.0",
                        "Content-Length: " + JSON.length(),
                        "Accept: application/json",
                        "Authorization: Bearer tg_test_0123456789",
                        "Content-Type: application/json",
                        "Accept-Encoding: gzip")
                + JSON;
    }

    private static String curl(String more) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
                + "Content-Type: application/json\r\nAuthorization: Bearer tg_test_0123456789\r\n"
                + "Content-Length: " + JSON.length() + "\r\n" + more + "\r\n" + JSON;
    }

    private static String curlChunked() {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
                + "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
                + Integer.toHexString(JSON.length()) + "\r\n" + JSON + "\r\n0\r\n\r\n";
    }

    private static String codex() {
        String frame = "(\u00b5/\u00fd\u0000\u0000\r\n\r\n";
        String head = head(
                "POST /v1/responses HTTP/1.1",
                "content-type: application/json",
                "content-encoding: zstd",
                "authorization: Bearer tg_test_0123456789",
                "idempotency-key: 7f2c",
                "host: tollgate.test",
                "content-length: " + frame.length());
        return head + frame;
    }

    private static String multipart() {
        StringBuilder body = new StringBuilder();
        for (char value = 0; value < 256; value++) {
            body.append(value);
        }
        String head = head(
                "POST /v1/audio/transcriptions HTTP/1.1",
                "Host: tollgate.test",
                "Content-Type: multipart/form-data; boundary=\"a b\"",
                "Content-Length: " + body.length());
        return head + body;
    }

    private static GoodRequest good(String name, String text) {
        return new GoodRequest(name, text);
    }

    byte[] bytes() {
        return Requests.bytes(text);
    }

    @Override
    public String toString() {
        return name;
    }
}
