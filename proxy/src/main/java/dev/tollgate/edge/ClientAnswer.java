package dev.tollgate.edge;

import dev.tollgate.exchange.ClientSide;
import dev.tollgate.openai.ApiError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * One answer to one client, from its head to its end; then it is spent. On the channel's event loop. Whatever comes after
 * the end, or after the client has gone, is released and otherwise ignored.
 *
 * <p>What comes between two flushes goes out as few messages: the head waits for the first piece or the end, and small pieces
 * are joined, since each message costs its way through the pipeline and each piece of a chunked answer a frame of its own. The
 * codec makes three buffers of a frame; that of a small piece is made here, as one, and passes it by.
 */
final class ClientAnswer implements ClientSide {

    /** Hears that the answer is out. */
    interface Ending {
        void ended(boolean keepAlive);
    }

    private final ChannelHandlerContext context;
    private final RequestGuard guard;
    private final Ending ending;
    /** Pieces are copied together up to so many bytes; one that is larger goes as it is. */
    private static final int JOINED_BYTES_MAX = 4096;

    /** The longest size of such a frame (RFC 9112, section 7.1), and two line ends. */
    private static final int FRAME_BYTES = 3 + 4;

    private static final int LINE_END = '\r' << 8 | '\n';

    private boolean keepAlive;
    private boolean chunked;
    private boolean over;

    /** What a flush, or the end, has to write first. */
    private @Nullable HttpResponse waitingHead;

    private @Nullable ByteBuf waitingBytes;
    private @Nullable Runnable unwanted;

    ClientAnswer(ChannelHandlerContext context, RequestGuard guard, boolean keepAlive, Ending ending) {
        this.context = context;
        this.guard = guard;
        this.keepAlive = keepAlive;
        this.ending = ending;
    }

    /** Called once the client has left, or the connection shall end soon: an endless answer should end now. */
    void whenUnwanted(Runnable action) {
        unwanted = action;
    }

    /** The client has left: nothing more is written. */
    void gone() {
        over = true;
        dropWaiting();
        tellUnwanted();
    }

    /** No further request is taken on this connection. */
    void closeWhenDone() {
        keepAlive = false;
        tellUnwanted();
    }

    private void tellUnwanted() {
        if (unwanted != null) {
            unwanted.run();
        }
    }

    @Override
    public void head(int status, HttpHeaders headers) {
        if (over) {
            return;
        }
        if (!headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            chunked = true;
        }
        announceClose(headers);
        waitingHead = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), headers);
    }

    @Override
    public void data(ByteBuf bytes) {
        if (over) {
            bytes.release();
            return;
        }
        @Nullable ByteBuf before = waitingBytes;
        if (before == null) {
            waitingBytes = bytes;
        } else if (before.readableBytes() + bytes.readableBytes() <= JOINED_BYTES_MAX) {
            waitingBytes = joined(before, bytes);
        } else {
            writeWaiting();
            waitingBytes = bytes;
        }
    }

    private ByteBuf joined(ByteBuf first, ByteBuf second) {
        ByteBuf both = context.alloc().buffer(first.readableBytes() + second.readableBytes());
        both.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return both;
    }

    private void writeWaiting() {
        if (waitingHead != null) {
            write(waitingHead);
            waitingHead = null;
        }
        if (waitingBytes != null) {
            writePiece(waitingBytes);
            waitingBytes = null;
        }
    }

    private void writePiece(ByteBuf bytes) {
        if (chunked && bytes.isReadable() && bytes.readableBytes() < JOINED_BYTES_MAX) {
            ChannelHandlerContext codec = context.pipeline().context(StrictHttpCodec.NAME);
            codec.write(frame(bytes), codec.voidPromise());
        } else {
            write(new DefaultHttpContent(bytes));
        }
    }

    private ByteBuf frame(ByteBuf bytes) {
        ByteBuf frame = context.alloc().buffer(bytes.readableBytes() + FRAME_BYTES);
        ByteBufUtil.writeAscii(frame, Integer.toHexString(bytes.readableBytes()));
        frame.writeShort(LINE_END).writeBytes(bytes).writeShort(LINE_END);
        bytes.release();
        return frame;
    }

    private void dropWaiting() {
        waitingHead = null;
        if (waitingBytes != null) {
            waitingBytes.release();
            waitingBytes = null;
        }
    }

    /** Writes a piece and flushes it; {@code done} runs when it is written, or never will be. Ownership passes. */
    void data(ByteBuf bytes, Runnable done) {
        if (over) {
            bytes.release();
            done.run();
        } else {
            writeWaiting();
            context.writeAndFlush(new DefaultHttpContent(bytes)).addListener(ignored -> done.run());
        }
    }

    @Override
    public void flush() {
        writeWaiting();
        context.flush();
    }

    @Override
    public void end() {
        if (over) {
            return;
        }
        over = true;
        context.writeAndFlush(rest(), context.voidPromise());
        ending.ended(keepAlive);
    }

    /** All that is still to be written, as one message. */
    private HttpObject rest() {
        @Nullable HttpResponse head = waitingHead;
        ByteBuf bytes = waitingBytes == null ? Unpooled.EMPTY_BUFFER : waitingBytes;
        waitingHead = null;
        waitingBytes = null;
        if (head != null) {
            return new DefaultFullHttpResponse(
                    head.protocolVersion(), head.status(), bytes, head.headers(), EmptyHttpHeaders.INSTANCE);
        }
        return bytes.isReadable()
                ? new DefaultLastHttpContent(bytes, EmptyHttpHeaders.INSTANCE)
                : LastHttpContent.EMPTY_LAST_CONTENT;
    }

    @Override
    public void refuse(ApiError error, HttpHeaders extra) {
        whole(error.status(), error.toJson(), errorHeaders(error, extra));
    }

    /** A whole answer; its body is JSON unless the headers say otherwise. */
    void whole(int status, byte[] body, HttpHeaders headers) {
        if (over) {
            return;
        }
        over = true;
        if (!headers.contains(HttpHeaderNames.CONTENT_TYPE)) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        }
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        announceClose(headers);
        context.writeAndFlush(
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(status),
                        Unpooled.wrappedBuffer(body),
                        headers,
                        DefaultHttpHeadersFactory.trailersFactory().newHeaders()),
                context.voidPromise());
        ending.ended(keepAlive);
    }

    private static HttpHeaders errorHeaders(ApiError error, HttpHeaders headers) {
        switch (error.retry()) {
            case ApiError.Retry.Unstated ignored -> {}
            case ApiError.Retry.Never ignored -> headers.set("x-should-retry", "false");
            case ApiError.Retry.After after -> headers.set(HttpHeaderNames.RETRY_AFTER, after.seconds());
        }
        return headers;
    }

    @Override
    public void abort() {
        over = true;
        dropWaiting();
        context.close();
    }

    @Override
    public void readUpload(boolean wanted) {
        if (over || wanted) {
            guard.resumeReading();
        } else {
            guard.pauseReading();
        }
    }

    @Override
    public boolean writable() {
        return context.channel().isWritable();
    }

    private void announceClose(HttpHeaders headers) {
        if (!keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
    }

    private void write(Object message) {
        context.write(message, context.voidPromise());
    }
}
