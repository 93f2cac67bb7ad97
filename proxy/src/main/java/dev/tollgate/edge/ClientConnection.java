package dev.tollgate.edge;

import dev.tollgate.exchange.Ask;
import dev.tollgate.exchange.Attempts;
import dev.tollgate.exchange.ExchangeServices;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import dev.tollgate.telemetry.AccessLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client connection, the last handler of its pipeline: gathers a request, says who may make it, and hands it to an
 * {@link Attempts}; one request at a time. On the channel's event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    /** A body in more pieces than this is copied into one. */
    private static final int BODY_PARTS_MAX = 1024;

    private final RequestGuard guard;
    private final ExchangeServices services;
    private final Destination.Finder destinations;
    private final WebhookRoute webhooks;
    private final PortalRoute portal;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Incoming incoming;
    private @Nullable ClientAnswer answer;
    private @Nullable BodyDecoding decoding;
    private Attempts.@Nullable Attempt exchange;
    private boolean draining;

    /** A request whose body is still coming. A refused one is read to its end, so that the connection can go on. */
    private static final class Incoming {
        private final HttpRequest head;
        private final long startedNanos;
        private final CompositeByteBuf body;
        private Destination destination;

        Incoming(HttpRequest head, long startedNanos, Destination destination, CompositeByteBuf body) {
            this.head = head;
            this.startedNanos = startedNanos;
            this.destination = destination;
            this.body = body;
        }

        void refuse(ApiError error) {
            destination = new Destination.Refusal(error, null);
        }
    }

    ClientConnection(
            RequestGuard guard,
            ExchangeServices services,
            RouteTable routes,
            WebhookRoute webhooks,
            PortalRoute portal) {
        this.guard = guard;
        this.services = services;
        this.destinations = new Destination.Finder(routes, portal, services.gate());
        this.webhooks = webhooks;
        this.portal = portal;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case GuardRefusal refusal -> refused(ctx, refusal.error());
            case HttpRequest head -> begin(ctx, head);
            case HttpContent content -> gather(ctx, content);
            default -> ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            ReferenceCountUtil.release(head);
            refused(ctx, ApiError.invalidRequest(400, "malformed_request", null, "The request is not valid HTTP/1.1."));
            return;
        }
        Destination destination = destinations.of(head);
        boolean expectsContinue = HttpUtil.is100ContinueExpected(head);
        incoming = new Incoming(
                head, services.nanoTime().getAsLong(), destination, ctx.alloc().compositeBuffer(BODY_PARTS_MAX));
        if (expectsContinue && destination instanceof Destination.Refusal) {
            // Whether the body comes nevertheless is up to the client, so nothing can follow on this connection.
            complete(ctx, false);
        } else if (expectsContinue) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
        if (destination instanceof Destination.Provider provider && provider.streamed()) {
            begin(answer(ctx, HttpUtil.isKeepAlive(head)), incoming, provider, Unpooled.EMPTY_BUFFER);
        }
        if (head instanceof HttpContent content) {
            gather(ctx, content);
        }
    }

    private void gather(ChannelHandlerContext ctx, HttpContent content) {
        @Nullable Incoming current = incoming;
        if (current == null || content.decoderResult().isFailure()) {
            content.release();
            if (current != null) {
                refused(
                        ctx,
                        ApiError.invalidRequest(400, "malformed_request", null, "The body is not valid HTTP/1.1."));
            }
            return;
        }
        if (current.destination instanceof Destination.Provider provider && provider.streamed()) {
            passOn(current, content);
            return;
        }
        if (current.body.readableBytes() + content.content().readableBytes()
                > guard.limits().bodyBytes()) {
            current.refuse(ApiErrors.tooLarge(guard.limits().bodyBytes()));
        }
        boolean wanted = !(current.destination instanceof Destination.Refusal);
        if (wanted && content.content().isReadable()) {
            current.body.addComponent(true, content.content());
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent) {
            complete(ctx, HttpUtil.isKeepAlive(current.head));
        }
    }

    /** Once there is an answer, the rest of the body only has to go away. */
    private void passOn(Incoming current, HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (last) {
            current.body.release();
            incoming = null;
        }
        if (exchange == null) {
            content.release();
        } else {
            exchange.uploaded(content.content(), last);
        }
    }

    private ClientAnswer answer(ChannelHandlerContext ctx, boolean keepAlive) {
        ClientAnswer next = new ClientAnswer(ctx, guard, keepAlive && !draining, this::answered);
        answer = next;
        return next;
    }

    private void complete(ChannelHandlerContext ctx, boolean keepAlive) {
        Incoming current = Objects.requireNonNull(incoming);
        incoming = null;
        ClientAnswer next = answer(ctx, keepAlive);
        switch (current.destination) {
            case Destination.Refusal refusal -> {
                current.body.release();
                refuse(next, current, refusal);
            }
            case Destination.People ignored -> portal.receive(ctx, current.head, current.body, next);
            case Destination.Webhook ignored -> webhooks.receive(ctx, current.head.headers(), current.body, next);
            case Destination.Provider provider -> {
                @Nullable ContentCoding coding = provider.coding();
                if (coding == null || !current.body.isReadable()) {
                    begin(next, current, provider, contiguous(current.body));
                } else {
                    decode(coding, ctx, next, current, provider);
                }
            }
        }
    }

    private void decode(
            ContentCoding coding,
            ChannelHandlerContext ctx,
            ClientAnswer next,
            Incoming current,
            Destination.Provider provider) {
        BodyDecoding.Ending ending = new BodyDecoding.Ending() {
            @Override
            public void decoded(ByteBuf plain) {
                decoding = null;
                if (provider.form()) {
                    beginForm(next, current, provider, plain);
                } else {
                    begin(next, current, provider, plain);
                }
            }

            @Override
            public void refused(ApiError error) {
                decoding = null;
                next.refuse(error, note(error, current.startedNanos));
            }
        };
        int mostBytes =
                provider.form() ? guard.limits().formBytes() : guard.limits().bodyBytes();
        BodyDecoding begun = new BodyDecoding(coding, current.body, mostBytes, ctx.executor(), ending);
        decoding = begun;
        begun.proceed();
    }

    private void begin(ClientAnswer next, Incoming current, Destination.Provider provider, ByteBuf body) {
        Attempts.Attempt started = services.attempts()
                .attempt(
                        services,
                        next,
                        new Ask(
                                provider.route(),
                                current.head.method(),
                                provider.target(),
                                provider.caller(),
                                current.head.headers(),
                                body,
                                provider.form(),
                                current.startedNanos));
        exchange = started;
        started.start();
    }

    /** A form that had to be decoded comes in one piece. */
    private void beginForm(ClientAnswer next, Incoming current, Destination.Provider provider, ByteBuf plain) {
        current.head.headers().set(HttpHeaderNames.CONTENT_LENGTH, plain.readableBytes());
        begin(next, current, provider, Unpooled.EMPTY_BUFFER);
        if (exchange == null) {
            plain.release();
        } else {
            exchange.uploaded(plain, true);
        }
    }

    /** A body that came in one piece is that piece. */
    private static ByteBuf contiguous(CompositeByteBuf body) {
        if (body.numComponents() != 1) {
            return body;
        }
        ByteBuf only = body.component(0).retainedSlice();
        body.release();
        return only;
    }

    private void refuse(ClientAnswer next, Incoming current, Destination.Refusal refusal) {
        HttpHeaders headers = note(refusal.error(), current.startedNanos);
        if (refusal.allow() != null) {
            headers.set(HttpHeaderNames.ALLOW, refusal.allow());
        }
        next.refuse(refusal.error(), headers);
    }

    /** The guard found something that nobody must interpret: one last answer, if none has begun, then the end. */
    private void refused(ChannelHandlerContext ctx, ApiError error) {
        @Nullable Incoming broken = incoming;
        incoming = null;
        if (broken != null) {
            broken.body.release();
            if (broken.destination instanceof Destination.Provider provider && provider.streamed()) {
                uploadBroken(ctx, error);
                return;
            }
        }
        HttpHeaders headers = note(error, broken == null ? services.nanoTime().getAsLong() : broken.startedNanos);
        if (answer == null) {
            ClientAnswer last = new ClientAnswer(ctx, guard, false, this::answered);
            answer = last;
            last.refuse(error, headers);
        } else {
            ctx.close();
        }
    }

    /** What is left of the connection cannot be read, so the answer is its last. */
    private void uploadBroken(ChannelHandlerContext ctx, ApiError error) {
        if (exchange == null || answer == null) {
            ctx.close();
            return;
        }
        answer.closeWhenDone();
        exchange.uploadBroken(error);
    }

    /** Counts and logs a request that is refused before it becomes an exchange; the headers name it to the client. */
    private HttpHeaders note(ApiError error, long startedNanos) {
        String requestId = services.requestIds().get();
        long nanos = services.nanoTime().getAsLong() - startedNanos;
        services.metrics().refused(error.code() == null ? "invalid_request" : error.code());
        services.metrics().requestEnded("none", "refused", error.status(), nanos);
        services.accessLog()
                .write(AccessLog.Line.refused(
                        requestId, error.status(), error.code(), TimeUnit.NANOSECONDS.toMicros(nanos)));
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        headers.set("x-request-id", requestId);
        headers.set("x-tollgate-request-id", requestId);
        return headers;
    }

    /** An answer is out. */
    private void answered(boolean keepAlive) {
        answer = null;
        exchange = null;
        ChannelHandlerContext ctx = Objects.requireNonNull(context);
        guard.resumeReading();
        if (keepAlive && !draining) {
            guard.nextRequest();
        } else {
            ctx.close();
        }
    }

    /** Ends the connection as soon as nothing is running on it. */
    void drain() {
        draining = true;
        if (answer == null && incoming == null) {
            Objects.requireNonNull(context).close();
        } else if (answer != null) {
            answer.closeWhenDone();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null && ctx.channel().isWritable()) {
            exchange.clientWritable();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (incoming != null) {
            incoming.body.release();
            incoming = null;
        }
        if (decoding != null) {
            decoding.cancel();
            decoding = null;
        }
        if (answer != null) {
            answer.gone();
        }
        Attempts.@Nullable Attempt running = exchange;
        exchange = null;
        if (running != null) {
            running.clientGone();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A reset by the peer, or a bug in a handler; either way the connection cannot be trusted any more.
        if (!(cause instanceof IOException)) {
            LOG.error("a client connection failed", cause);
        }
        ctx.close();
    }
}
