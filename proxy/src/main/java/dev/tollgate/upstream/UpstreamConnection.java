package dev.tollgate.upstream;

import dev.tollgate.timing.DeadlineTimer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a provider, the last handler of its pipeline. Carries at most one call; between calls it waits in
 * the pool. Owned by its event loop.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    /** As Linux numbers the states of a connection. */
    private static final int TCP_ESTABLISHED = 1;

    private final UpstreamPool pool;
    private final UpstreamSettings settings;
    private final LongSupplier nanoTime;
    private @Nullable ChannelHandlerContext context;
    private @Nullable PooledCall call;
    private boolean headSeen;
    private boolean reusable;
    private long idleMillis;
    private @Nullable ChannelFuture sending;
    private long progressNanos;
    /** How long the provider may be silent, while a call is carried. */
    private long allowedMillis;

    private @Nullable DeadlineTimer timer;

    UpstreamConnection(UpstreamPool pool, UpstreamSettings settings, LongSupplier nanoTime) {
        this.pool = pool;
        this.settings = settings;
        this.nanoTime = nanoTime;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        timer = new DeadlineTimer(added.executor(), this::deadlineReached);
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context, "not in a pipeline yet");
    }

    /** Whether an idle connection may carry another call. */
    boolean usable() {
        Channel channel = context().channel();
        return call == null && channel.isActive() && !hasBeenClosed(channel);
    }

    /**
     * Whether the kernel has seen the provider's end of the connection although its event is still to come. A request that
     * is written to such a connection is lost, and nobody can say what became of it. Only epoll can tell.
     */
    private static boolean hasBeenClosed(Channel channel) {
        return channel instanceof EpollSocketChannel epoll && epoll.tcpInfo().state() != TCP_ESTABLISHED;
    }

    void close() {
        context().close();
    }

    /** Closes in the middle of a call; whether its request may have arrived whole. */
    boolean abort() {
        @Nullable PooledCall carried = call;
        context().close();
        return !brokeOffUnsent(carried);
    }

    void setReading(boolean reading) {
        context().channel().config().setAutoRead(reading);
        if (reading) {
            progressNanos = nanoTime.getAsLong();
        }
    }

    /** Sends the call's request; from here on something of it may have reached the provider. */
    void begin(PooledCall next) {
        if (next.ended()) {
            pool.release(this);
            return;
        }
        call = next;
        headSeen = false;
        reusable = false;
        next.carriedBy(this);
        setReading(next.reading());
        watch(settings.patience().headMillis());
        next.listener().sending();
        sending = null;
        UpstreamCall.@Nullable Upload upload = next.request().upload();
        if (upload == null) {
            sending = context().writeAndFlush(message(next.request()));
        } else {
            context().writeAndFlush(head(next.request(), upload));
            upload.begin(new UploadSink(next));
        }
    }

    private HttpRequest head(UpstreamCall.Request request, UpstreamCall.Upload upload) {
        HttpRequest head =
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.path(), request.headers());
        authorise(head.headers());
        if (upload.length() >= 0) {
            head.headers().set(HttpHeaderNames.CONTENT_LENGTH, upload.length());
        } else {
            head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        return head;
    }

    /** Writes the pieces of one call's upload, for as long as this connection carries that call. */
    private final class UploadSink implements UpstreamCall.Sink {
        private final PooledCall carried;

        UploadSink(PooledCall carried) {
            this.carried = carried;
        }

        @Override
        public void write(ByteBuf piece) {
            if (call != carried) {
                piece.release();
                return;
            }
            progressNanos = nanoTime.getAsLong();
            context().writeAndFlush(new DefaultHttpContent(piece));
        }

        @Override
        public void end() {
            if (call == carried) {
                progressNanos = nanoTime.getAsLong();
                sending = context().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            }
        }

        @Override
        public boolean writable() {
            return context().channel().isWritable();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        UpstreamCall.@Nullable Upload upload =
                call == null ? null : call.request().upload();
        if (upload != null && ctx.channel().isWritable()) {
            upload.writable();
        }
    }

    private FullHttpRequest message(UpstreamCall.Request request) {
        FullHttpRequest message = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                request.method(),
                request.path(),
                request.body(),
                request.headers(),
                DefaultHttpHeadersFactory.trailersFactory().newHeaders());
        authorise(message.headers());
        if (request.body().isReadable()) {
            message.headers().set(HttpHeaderNames.CONTENT_LENGTH, request.body().readableBytes());
        }
        return message;
    }

    private void authorise(HttpHeaders headers) {
        headers.set(HttpHeaderNames.HOST, settings.authority());
        switch (settings.dialect().kind()) {
            case AZURE -> headers.set("api-key", settings.apiKey());
            case OPENAI, COMPATIBLE -> headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + settings.apiKey());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        progressNanos = nanoTime.getAsLong();
        @Nullable PooledCall current = call;
        if (current == null || current.ended()) {
            // Nobody asked for this, or nobody wants it any more: the connection cannot be trusted for a next call.
            ReferenceCountUtil.release(message);
            ctx.close();
            return;
        }
        if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            fail(UpstreamCall.Failure.Kind.MALFORMED);
            return;
        }
        if (message instanceof HttpResponse head) {
            head(current, head);
        }
        if (message instanceof HttpContent content) {
            content(current, content);
        }
    }

    private void head(PooledCall current, HttpResponse head) {
        if (head.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            return;
        }
        headSeen = true;
        idleMillis = KeepAlive.idleMillis(
                head.headers().get("keep-alive"), settings.patience().idleMillis());
        reusable = HttpUtil.isKeepAlive(head) && idleMillis > 0;
        watch(settings.patience().silenceMillis());
        current.listener().head(head.status().code(), head.headers());
    }

    private void content(PooledCall current, HttpContent content) {
        ByteBuf bytes = content.content();
        if (!headSeen) {
            content.release();
            return;
        }
        if (bytes.isReadable()) {
            current.listener().data(bytes);
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent) {
            complete(current);
        }
    }

    private void complete(PooledCall current) {
        call = null;
        timer().disarm();
        setReading(true);
        // An answer that came before the whole request was taken leaves a connection in the middle of something.
        boolean sent = sending != null && sending.isSuccess();
        if (reusable && sent && !current.ended()) {
            pool.release(this);
            timer().expireAfterMillis(idleMillis);
        } else {
            context().close();
        }
        current.end();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (call != null && !call.ended()) {
            call.listener().paused();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        timer().stop();
        fail(UpstreamCall.Failure.Kind.RESET);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(cause instanceof DecoderException ? UpstreamCall.Failure.Kind.MALFORMED : UpstreamCall.Failure.Kind.RESET);
    }

    private void fail(UpstreamCall.Failure.Kind kind) {
        @Nullable PooledCall current = call;
        call = null;
        timer().stop();
        // What was not written by now never will be, and its future says so.
        context().close();
        if (current != null) {
            current.fail(kind, !brokeOffUnsent(current));
        }
    }

    /**
     * Whether the request's last byte was never handed to the system. Then the provider has at most a part of a message
     * whose length it was told, and cannot act on it (RFC 9112, section 8).
     */
    private boolean brokeOffUnsent(@Nullable PooledCall broken) {
        if (sending == null) {
            return broken != null && broken.request().upload() != null;
        }
        return sending.isDone() && !sending.isSuccess();
    }

    /** Watches for silence; time during which reading rests does not count. */
    private void watch(long mostMillis) {
        allowedMillis = mostMillis;
        progressNanos = nanoTime.getAsLong();
        timer().expireAfterMillis(mostMillis);
    }

    private void deadlineReached() {
        @Nullable PooledCall current = call;
        if (current == null) {
            context().close();
            return;
        }
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - progressNanos);
        if (!current.reading()) {
            timer().expireAfterMillis(allowedMillis);
        } else if (silentMillis < allowedMillis) {
            timer().expireAfterMillis(allowedMillis - silentMillis);
        } else {
            fail(headSeen ? UpstreamCall.Failure.Kind.SILENCE : UpstreamCall.Failure.Kind.HEAD_TIMEOUT);
        }
    }

    private DeadlineTimer timer() {
        return Objects.requireNonNull(timer, "not in a pipeline yet");
    }
}
