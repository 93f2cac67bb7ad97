package dev.tollgate.exchange;

import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * The caller's half of an exchange. Every method is called on the exchange's event loop, in the order head, data…,
 * end; {@link #refuse} stands for a whole answer, {@link #abort} may come at any point. Once the caller has gone all of
 * them do nothing but release what they are given.
 */
public interface ClientSide {
    void head(int status, HttpHeaders headers);

    /** A piece of the answer; ownership passes. Leaves with the next {@link #flush} or {@link #end}. */
    void data(ByteBuf bytes);

    void flush();

    void end();

    /** A whole answer in OpenAI's error form. */
    void refuse(ApiError error, HttpHeaders headers);

    /** Cuts the connection, so that the caller cannot take what came so far for a complete answer. */
    void abort();

    /** Whether more of a body that is passed on as it comes is wanted now. */
    void readUpload(boolean wanted);

    /** Whether the caller keeps up with what is written. */
    boolean writable();
}
