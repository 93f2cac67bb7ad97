package dev.tollgate.exchange;

import dev.tollgate.admission.Caller;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * One complete request of a known caller.
 *
 * @param body ownership passes to the exchange
 * @param startedNanos when its first byte was read, by the monotonic clock
 */
public record Ask(Route route, Caller caller, HttpHeaders headers, ByteBuf body, long startedNanos) {}
