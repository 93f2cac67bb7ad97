package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The installed pipeline, with a record of what the guard let through and of what the codec made of it. */
final class TwoReaders implements AutoCloseable {

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final RequestGuard guard;
    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<HttpRequest> requests = new ArrayList<>();
    private final List<GuardRefusal> refusals = new ArrayList<>();
    private int ends;

    TwoReaders(GuardLimits limits) {
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        guard = RequestGuard.install(channel.pipeline(), limits);
        channel.pipeline().addBefore("httpCodec", "between", new Between());
        channel.pipeline().addLast(new Behind());
    }

    private final class Between extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof ByteBuf bytes) {
                bytes.getBytes(bytes.readerIndex(), passed, bytes.readableBytes());
            }
            context.fireChannelRead(message);
        }
    }

    private final class Behind extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof GuardRefusal refusal) {
                refusals.add(refusal);
                return;
            }
            assertThat(((HttpObject) message).decoderResult().isSuccess()).isTrue();
            if (message instanceof HttpRequest request) {
                requests.add(request);
            }
            if (message instanceof HttpContent content) {
                content.content().readBytes(body, content.content().readableBytes());
                content.release();
            }
            if (message instanceof LastHttpContent) {
                ends++;
            }
        }
    }

    void send(byte[] bytes) {
        channel.writeInbound(allocator.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes));
    }

    byte[] passed() {
        return passed.toByteArray();
    }

    List<HttpRequest> requests() {
        return requests;
    }

    List<GuardRefusal> refusals() {
        return refusals;
    }

    int ends() {
        return ends;
    }

    String body() {
        return body.toString(StandardCharsets.ISO_8859_1);
    }

    RequestGuard guard() {
        return guard;
    }

    /** Answers the request in progress, and lets the next one in. */
    void answer() {
        DefaultFullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.EMPTY_BUFFER);
        response.headers().set("content-length", 0);
        channel.writeOutbound(response);
        guard.nextRequest();
    }

    @Override
    public void close() {
        ChannelHandlerContext first = channel.pipeline().firstContext();
        first.close(first.newPromise()).awaitUninterruptibly();
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(allocator.metric().usedHeapMemory()).isLessThanOrEqualTo(0);
    }
}
