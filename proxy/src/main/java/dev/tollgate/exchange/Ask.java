package dev.tollgate.exchange;

import dev.tollgate.admission.Caller;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * One complete request of a known caller.
 *
 * @param target the path to ask the provider for, without {@code /v1}, and what of the query may pass
 * @param body ownership passes to the exchange
 * @param startedNanos when its first byte was read, by the monotonic clock
 */
public record Ask(
        Route route,
        HttpMethod method,
        String target,
        Caller caller,
        HttpHeaders headers,
        ByteBuf body,
        long startedNanos) {}
