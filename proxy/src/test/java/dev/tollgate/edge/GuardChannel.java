package dev.tollgate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
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

    /** Counts what is allocated, and records no stack per access, which would take most of the time. */
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);

    private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
    private final List<GuardRefusal> refusals = new ArrayList<>();
    private final List<ChannelFuture> closes = new ArrayList<>();
    private final RequestGuard guard;
    private final EmbeddedChannel channel;
    private int readCompletes;
    private Runnable onRead = () -> {};
    private Runnable onRefusal = () -> {};

    GuardChannel(GuardLimits limits) {
        guard = new RequestGuard(limits);
        channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        channel.pipeline().addLast(new LingeringClose(limits, guard::isClientSending), guard, new Recorder());
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
        channel.writeInbound(allocator.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes));
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

    /** Closes as the last handler does. */
    void closeFromBehind() {
        closes.add(channel.pipeline().close());
    }

    /** The outcome of every close from behind. */
    List<ChannelFuture> closes() {
        return closes;
    }

    /** Closes without asking any handler, as a client does that goes away. */
    void closeAsClient() {
        ChannelHandlerContext first = channel.pipeline().firstContext();
        first.close(first.newPromise()).awaitUninterruptibly();
        channel.runPendingTasks();
    }

    /** Ends the connection, and makes sure that every buffer was given back. */
    @Override
    public void close() {
        if (channel.isOpen()) {
            closeAsClient();
        }
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }
}
