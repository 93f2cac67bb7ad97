package dev.tollgate.edge;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;

/** The second, independent reader of a client's requests, with the limits of the {@link RequestGuard} before it. */
final class StrictHttpCodec {
    /** In a pipeline. */
    static final String NAME = "httpCodec";

    /** The guard lets one request in at a time; a second one would be a fault of ours. */
    private static final int REQUESTS_AT_A_TIME = 1;

    private StrictHttpCodec() {}

    /**
     * A codec in its strictest form. Body content comes in pieces as large as the reads, never gathered. A decoding
     * failure behind the guard means that two readers disagree: answer 400 and close.
     */
    static HttpServerCodec create(GuardLimits limits) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.requestLineBytes())
                .setMaxHeaderSize(limits.fieldSectionBytes())
                .setMaxChunkSize(Math.max(1, limits.bodyBytes()))
                .setChunkedSupported(true)
                .setAllowPartialChunks(true)
                .setAllowDuplicateContentLengths(false)
                .setValidateHeaders(true)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true);
        return new HttpServerCodec(config, REQUESTS_AT_A_TIME);
    }
}
