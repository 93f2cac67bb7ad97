package dev.tollgate.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** The bytes that go to and fro: what an OpenAI SDK sends and what OpenAI answers. */
final class Traffic {
    static final String MODEL = "gpt-4o-mini";

    /** What each answer, streamed or not, says that it used. */
    static final long UNITS = 451;

    static final int STAMP_DIGITS = 19;

    /** Encloses the time stamp of a chunk; occurs nowhere else. */
    static final byte STAMP_MARK = '~';

    private static final String USAGE = """
            {"prompt_tokens":251,"completion_tokens":200,"total_tokens":451,"prompt_tokens_details":{"cached_tokens":0,\
            "audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,\
            "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}""";

    private static final String ANSWER_HEADERS = """
            HTTP/1.1 200 OK\r
            Date: Thu, 26 Nov 2026 12:00:00 GMT\r
            Content-Type: %s\r
            %s\r
            Connection: keep-alive\r
            access-control-expose-headers: X-Request-ID\r
            openai-organization: org-bench\r
            openai-processing-ms: 412\r
            openai-version: 2020-10-01\r
            x-ratelimit-limit-requests: 30000\r
            x-ratelimit-limit-tokens: 150000000\r
            x-ratelimit-remaining-requests: 29999\r
            x-ratelimit-remaining-tokens: 149999745\r
            x-ratelimit-reset-requests: 2ms\r
            x-ratelimit-reset-tokens: 0s\r
            x-request-id: req_0123456789abcdef0123456789abcdef\r
            strict-transport-security: max-age=31536000; includeSubDomains; preload\r
            X-Content-Type-Options: nosniff\r
            Server: cloudflare\r
            CF-RAY: 8a1b2c3d4e5f6789-FRA\r
            \r
            """;

    private static final String EVENT = """
            data: {"id":"chatcmpl-Bench0123456789abcdefghijklmn","object":"chat.completion.chunk","created":1795694400,\
            "model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789",\
            "choices":[%s],"usage":%s}

            """;

    /** The body of an answer that comes in one piece. */
    static final byte[] ANSWER = answer();

    private Traffic() {}

    /** A chat request with a prompt of so many bytes. */
    static ByteBuf request(String key, int promptBytes, boolean stream) {
        String prompt =
                "Tell me what a tollgate is. ".repeat(promptBytes / 28 + 1).substring(0, promptBytes);
        String body = "{\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}],\"model\":\"" + MODEL
                + "\",\"max_completion_tokens\":400" + (stream ? ",\"stream\":true}" : "}");
        String head = """
                POST /v1/chat/completions HTTP/1.1\r
                Host: 127.0.0.1\r
                Accept-Encoding: identity\r
                Connection: keep-alive\r
                Accept: application/json\r
                Content-Type: application/json\r
                User-Agent: OpenAI/Python 2.8.1\r
                X-Stainless-Lang: python\r
                X-Stainless-Package-Version: 2.8.1\r
                X-Stainless-OS: Linux\r
                X-Stainless-Arch: x64\r
                X-Stainless-Runtime: CPython\r
                X-Stainless-Runtime-Version: 3.13.1\r
                x-stainless-retry-count: 0\r
                x-stainless-read-timeout: 600\r
                Authorization: Bearer %s\r
                Content-Length: %d\r
                \r
                """.formatted(key, body.length());
        return direct(head + body);
    }

    /** An answer in one piece, about a kibibyte of text. */
    static ByteBuf wholeAnswer() {
        String head = ANSWER_HEADERS.formatted("application/json", "Content-Length: " + ANSWER.length);
        return direct(head + new String(ANSWER, US_ASCII));
    }

    private static byte[] answer() {
        String text = "A tollgate lets through who has paid, and counts them. ".repeat(13);
        return """
                {"id":"chatcmpl-Bench0123456789abcdefghijklmn","object":"chat.completion","created":1795694400,\
                "model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"%s",\
                "refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":%s,\
                "service_tier":"default","system_fingerprint":"fp_0123456789"}
                """.formatted(text, USAGE).getBytes(US_ASCII);
    }

    /** The head of a stream and its first event, which has no text. */
    static ByteBuf streamStart() {
        String head = ANSWER_HEADERS.formatted("text/event-stream; charset=utf-8", "Transfer-Encoding: chunked");
        return direct(head + chunk(event("{\"role\":\"assistant\",\"content\":\"\"}", "null")));
    }

    /** An event with room for a time stamp between its marks, and so much more text. */
    static byte[] streamEvent(int textBytes) {
        String room = "~" + "0".repeat(STAMP_DIGITS) + "~" + "x".repeat(textBytes);
        return chunk(event("{\"content\":\"" + room + "\"}", "null")).getBytes(US_ASCII);
    }

    /** The last text event, the usage, and the end of a stream. */
    static ByteBuf streamEnd() {
        return direct(chunk(event("{}", "\"stop\"")) + chunk(EVENT.formatted("", USAGE)) + chunk("data: [DONE]\n\n")
                + "0\r\n\r\n");
    }

    private static String event(String delta, String finishReason) {
        String choice =
                "{\"index\":0,\"delta\":" + delta + ",\"logprobs\":null,\"finish_reason\":" + finishReason + "}";
        return EVENT.formatted(choice, "null");
    }

    private static String chunk(String content) {
        return Integer.toHexString(content.length()) + "\r\n" + content + "\r\n";
    }

    private static ByteBuf direct(String ascii) {
        byte[] bytes = ascii.getBytes(US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length, bytes.length).writeBytes(bytes));
    }
}
