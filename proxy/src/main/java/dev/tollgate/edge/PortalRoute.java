package dev.tollgate.edge;

import dev.tollgate.portal.Portal;
import dev.tollgate.portal.PortalRequest;
import dev.tollgate.portal.PortalResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands requests for the portal to threads that may wait, and carries its answers back. Only so many are under way at once;
 * one too many is answered 503. Shared by all connections.
 */
final class PortalRoute {
    private static final Logger LOG = LoggerFactory.getLogger(PortalRoute.class);
    private static final int BODY_BYTES_MAX = 64 << 10;
    private static final int AT_ONCE_MAX = 2_048;

    private final Portal portal;
    private final ExecutorService executor;
    private final Semaphore places = new Semaphore(AT_ONCE_MAX);

    PortalRoute(Portal portal, ExecutorService executor) {
        this.portal = portal;
        this.executor = executor;
    }

    boolean serves(String path) {
        return portal.serves(path);
    }

    /** On the channel's event loop; ownership of the body passes. */
    void receive(ChannelHandlerContext context, HttpRequest head, ByteBuf body, ClientAnswer answer) {
        boolean tooLarge = body.readableBytes() > BODY_BYTES_MAX;
        String text = tooLarge ? "" : body.toString(StandardCharsets.UTF_8);
        body.release();
        if (tooLarge) {
            tell(answer, 413, "too_large");
            return;
        }
        if (!places.tryAcquire()) {
            tell(answer, 503, "busy");
            return;
        }
        PortalRequest request = new PortalRequest(head.method().name(), head.uri(), headers(head.headers()), text);
        try {
            Future<?> run = executor.submit(() -> {
                try {
                    serve(context, request, answer);
                } finally {
                    places.release();
                }
            });
            answer.whenUnwanted(() -> run.cancel(true));
        } catch (RejectedExecutionException e) {
            places.release();
            tell(answer, 503, "shutting_down");
        }
    }

    private static Map<String, List<String>> headers(HttpHeaders headers) {
        return headers.names().stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .distinct()
                .collect(Collectors.toMap(name -> name, headers::getAll));
    }

    private void serve(ChannelHandlerContext context, PortalRequest request, ClientAnswer answer) {
        try {
            switch (portal.handle(request)) {
                case PortalResponse.Whole whole -> context.executor().execute(() -> send(answer, whole));
                case PortalResponse.Events events -> feed(context, events, answer);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            context.executor().execute(answer::abort);
        } catch (RuntimeException e) {
            LOG.error("{} failed", request, e);
            context.executor().execute(() -> tell(answer, 500, "internal_error"));
        }
    }

    private static void send(ClientAnswer answer, PortalResponse.Whole whole) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        whole.headers().forEach(headers::set);
        answer.whole(whole.status(), whole.body().getBytes(StandardCharsets.UTF_8), headers);
    }

    private static void feed(ChannelHandlerContext context, PortalResponse.Events events, ClientAnswer answer) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        events.headers().forEach(headers::set);
        context.executor().execute(() -> {
            answer.head(200, headers);
            answer.flush();
        });
        try {
            events.feed().run(framed -> write(context, answer, framed));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            context.executor().execute(answer::end);
        }
    }

    private static boolean write(ChannelHandlerContext context, ClientAnswer answer, String framed)
            throws InterruptedException {
        CountDownLatch written = new CountDownLatch(1);
        context.executor()
                .execute(() -> answer.data(Unpooled.copiedBuffer(framed, StandardCharsets.UTF_8), written::countDown));
        written.await();
        return context.channel().isActive();
    }

    private static void tell(ClientAnswer answer, int status, String code) {
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        answer.whole(status, ("{\"error\":{\"code\":\"" + code + "\"}}").getBytes(StandardCharsets.UTF_8), headers);
    }
}
