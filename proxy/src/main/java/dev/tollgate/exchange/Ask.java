package dev.tollgate.exchange;

import dev.tollgate.admission.Caller;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * One request of a known caller, complete but for a body that is passed on as it comes.
 *
 * @param target the path to ask the provider for, without {@code /v1}, and what of the query may pass
 * @param body ownership passes to the exchange; empty when it is streamed
 * @param streamed whether the body comes through {@link Exchange#uploaded}
 * @param startedNanos when its first byte was read, by the monotonic clock
 */
public record Ask(
        Route route,
        HttpMethod method,
        String target,
        Caller caller,
        HttpHeaders headers,
        ByteBuf body,
        boolean streamed,
        long startedNanos) {}
