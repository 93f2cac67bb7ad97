package dev.tollgate.edge;

import dev.tollgate.billing.WebhookReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Hands Dodo's webhooks to billing and carries its answer back. On the channel's event loop. */
final class WebhookRoute {
    private final WebhookReceiver receiver;

    WebhookRoute(WebhookReceiver receiver) {
        this.receiver = receiver;
    }

    /** @param body ownership passes */
    void receive(ChannelHandlerContext context, HttpHeaders headers, ByteBuf body, ClientAnswer answer) {
        byte[] bytes = ByteBufUtil.getBytes(body);
        body.release();
        WebhookReceiver.Headers signed = new WebhookReceiver.Headers(
                only(headers, "webhook-id"), only(headers, "webhook-timestamp"), headers.getAll("webhook-signature"));
        receiver.receive(signed, bytes)
                .whenComplete((told, failure) -> context.executor().execute(() -> {
                    boolean failed = failure != null;
                    tell(answer, failed ? 503 : told.status(), failed ? "try again" : told.reason());
                }));
    }

    /** A header that stands there once; two of them are as good as none. */
    private static @Nullable String only(HttpHeaders headers, String name) {
        var values = headers.getAll(name);
        return values.size() == 1 ? values.getFirst() : null;
    }

    private static void tell(ClientAnswer answer, int status, String reason) {
        byte[] json = ("{\"result\":\"" + reason + "\"}").getBytes(StandardCharsets.UTF_8);
        answer.whole(status, json, DefaultHttpHeadersFactory.headersFactory().newHeaders());
    }
}
