package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A guard on a channel in memory with frozen time, and a record of all that came out of it. */
final class GuardChannel implements AutoCloseable {

    private final List<ByteBuf> inputs = new ArrayList<>();
    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
    private final List<GuardRefusal> refusals = new ArrayList<>();
    private final RequestGuard guard;
    private final EmbeddedChannel channel;
    private int readCompletes;
    private Runnable onRead = () -> {};
    private Runnable onRefusal = () -> {};

    GuardChannel(GuardLimits limits) {
        guard = new RequestGuard(limits);
        channel = new EmbeddedChannel(new LingeringClose(limits, guard::isClientSending), guard, new Recorder());
        channel.freezeTime();
    }

    /** The last handler of the pipeline. */
    private final class Recorder extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (message instanceof ByteBuf bytes) {
                bytes.readBytes(passed, bytes.readableBytes());
                bytes.release();
                onRead.run();
                return;
            }
            refusals.add((GuardRefusal) message);
            onRefusal.run();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            readCompletes++;
        }
    }

    RequestGuard guard() {
        return guard;
    }

    EmbeddedChannel channel() {
        return channel;
    }

    int readCompletes() {
        return readCompletes;
    }

    void onRead(Runnable action) {
        onRead = action;
    }

    void onRefusal(Runnable action) {
        onRefusal = action;
    }

    void send(byte[] bytes) {
        ByteBuf input = UnpooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes);
        inputs.add(input);
        channel.writeInbound(input);
    }

    void send(String text) {
        send(Requests.bytes(text));
    }

    /** Sends the bytes before and after the cut as two reads. */
    void sendCut(byte[] bytes, int cut) {
        send(Requests.slice(bytes, 0, cut));
        send(Requests.slice(bytes, cut, bytes.length));
    }

    void sendByteByByte(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            send(Requests.slice(bytes, i, i + 1));
        }
    }

    void advanceMillis(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
    }

    byte[] passed() {
        return passed.toByteArray();
    }

    String passedText() {
        return passed.toString(StandardCharsets.ISO_8859_1);
    }

    List<GuardRefusal> refusals() {
        return refusals;
    }

    void assertRefused(int status, String code) {
        assertThat(refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.error().code()).isEqualTo(code);
            assertThat(refusal.error().status()).isEqualTo(status);
        });
    }

    void assertNotRefused() {
        assertThat(refusals).isEmpty();
    }

    /** Ends the connection as a client does that is gone, and makes sure that every buffer was given back. */
    @Override
    public void close() {
        if (channel.isOpen()) {
            guardContext().close(guardContext().newPromise()).awaitUninterruptibly();
        }
        channel.finishAndReleaseAll();
        assertThat(inputs).allSatisfy(input -> assertThat(input.refCnt()).isZero());
    }

    private ChannelHandlerContext guardContext() {
        return channel.pipeline().firstContext();
    }
}
