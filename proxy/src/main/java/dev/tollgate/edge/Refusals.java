package dev.tollgate.edge;

import dev.tollgate.openai.ApiError;

/** Every answer that {@link RequestGuard} can cause. Messages are fixed texts: nothing that a client sent is repeated. */
final class Refusals {

    static final ApiError REQUEST_LINE = refusal(
            400,
            "malformed_request",
            "The request line is malformed. Send the method in capital letters, one space, a path, one space, HTTP/1.1,"
                    + " and CR LF.");
    static final ApiError LINE_END = refusal(
            400, "malformed_request", "A line of the request head does not end in CR LF. End every line with CR LF.");
    static final ApiError FIELD_NAME = refusal(
            400,
            "malformed_request",
            "A header name is malformed. Use letters, digits and hyphens, with the colon directly after the name.");
    static final ApiError FIELD_VALUE = refusal(
            400,
            "malformed_request",
            "A header value has a byte that is not visible ASCII, space or tab. Escape or encode the value.");
    static final ApiError FOLDED_FIELD =
            refusal(400, "malformed_request", "A header line starts with white space. Send every header on one line.");
    static final ApiError TRAILER =
            refusal(400, "trailers_not_supported", "Trailers are not accepted. Send all headers before the body.");
    static final ApiError TE = refusal(
            400, "malformed_request", "The TE header may only say trailers. Leave it out; it changes no answer.");

    static final ApiError VERSION =
            refusal(505, "unsupported_http_version", "Only HTTP/1.1 is served here. Set the HTTP client to HTTP/1.1.");
    static final ApiError METHOD =
            refusal(501, "unsupported_method", "This method is not served. Use GET, POST or DELETE.");
    static final ApiError UPGRADE = refusal(
            400,
            "upgrade_not_supported",
            "This connection cannot change its protocol. Set the HTTP client to HTTP/1.1 without upgrades or"
                    + " WebSockets.");
    static final ApiError CONNECTION = refusal(
            400,
            "unsupported_connection_option",
            "The Connection header may only say keep-alive or close. Set the HTTP client to HTTP/1.1 without upgrades.");
    static final ApiError EXPECTATION = refusal(
            417,
            "unsupported_expectation",
            "The Expect header may only say 100-continue, on a request with a body. Leave it out.");

    static final ApiError TARGET_FORM = refusal(
            400,
            "invalid_target",
            "The request target must be a path that starts with a slash. Send the host in the Host header.");
    static final ApiError TARGET_PATH = refusal(
            400,
            "invalid_target",
            "The path has a character that is not accepted. Use letters, digits and -._~!$&'()*+,=:@ without percent"
                    + " escapes.");
    static final ApiError TARGET_SEGMENT = refusal(
            400,
            "invalid_target",
            "The path has an empty segment, or a segment of dots. Send the path in its shortest form.");
    static final ApiError TARGET_QUERY = refusal(
            400,
            "invalid_target",
            "The query has a character or an escape that is not accepted. Escape it as a percent sign and two"
                    + " hexadecimal digits; control characters are refused.");

    static final ApiError HOST = refusal(
            400, "invalid_host", "The Host header must be sent once, with a host name or address and maybe a port.");
    static final ApiError CONTENT_LENGTH = refusal(
            400,
            "ambiguous_framing",
            "The Content-Length header must be sent once, as decimal digits without zeros before.");
    static final ApiError LENGTH_AND_CODING = refusal(
            400,
            "ambiguous_framing",
            "Content-Length and Transfer-Encoding were both sent, or one of them twice. Send one of them, once.");
    static final ApiError TRANSFER_CODING = refusal(
            501,
            "unsupported_transfer_coding",
            "The only transfer coding served is chunked. Send it alone, or a Content-Length.");
    static final ApiError BODY_NOT_ALLOWED =
            refusal(400, "body_not_allowed", "Only POST, PUT and PATCH may have a body. Send the request without one.");
    static final ApiError DUPLICATE_FIELD = refusal(
            400,
            "ambiguous_header",
            "A header that decides who you are or what the body is was sent twice. Send it once.");
    static final ApiError LOOKALIKE_FIELD = refusal(
            400,
            "ambiguous_header",
            "A header name has an underscore where the known header has a hyphen. Send the name with hyphens.");

    static final ApiError CHUNK = refusal(
            400,
            "malformed_request",
            "The chunked body is malformed. Send one to eight hexadecimal digits and CR LF before every chunk, CR LF"
                    + " after it, no extensions, and 0 CR LF CR LF at the end.");
    static final ApiError TOO_MANY_CHUNKS = refusal(
            400,
            "too_many_chunks",
            "The body is cut into too many small chunks. Send larger chunks or a Content-Length.");

    static final ApiError HEAD_TIMEOUT = refusal(
            408, "request_timeout", "The request head did not arrive in time. Send the request again without pauses.");
    static final ApiError BODY_TIMEOUT = refusal(
            408, "request_timeout", "The request body did not arrive in time. Send the request again without pauses.");

    private Refusals() {}

    static ApiError requestLineTooLong(GuardLimits limits) {
        return refusal(
                414,
                "target_too_long",
                "The request line is longer than " + limits.requestLineBytes() + " bytes. Shorten the path or query.");
    }

    static ApiError headersTooLarge(GuardLimits limits) {
        return refusal(
                431,
                "header_too_large",
                "The headers are too large: at most " + limits.fields() + " headers, " + limits.fieldBytes()
                        + " bytes each, " + limits.fieldSectionBytes()
                        + " bytes in all. Send fewer or shorter headers.");
    }

    static ApiError bodyTooLarge(int mostBytes) {
        return refusal(
                413, "body_too_large", "The request body is larger than " + mostBytes + " bytes. Send a smaller body.");
    }

    private static ApiError refusal(int status, String code, String message) {
        return ApiError.invalidRequest(status, code, null, message);
    }
}
