package dev.tollgate.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One keep-alive connection of a customer: sends a request, checks every byte of the answer that it can know, and tells its
 * load. Belongs to the loop.
 */
final class Client extends HttpReader {
    private static final byte[] OK = "HTTP/1.1 200".getBytes(US_ASCII);
    private static final byte[] TOO_MANY = "HTTP/1.1 429".getBytes(US_ASCII);
    private static final byte[] UNAVAILABLE = "HTTP/1.1 503".getBytes(US_ASCII);
    private static final int LITTLE_BYTES = 1024;
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);

    private final Load load;
    private final ByteBuf request;
    private final byte[] tail = new byte[DONE.length];
    private @Nullable ChannelHandlerContext channel;
    private boolean running;
    private boolean good;
    private boolean refused;
    private long dueNanos;
    private long sentNanos;
    private int bodyBytes;
    private long stamp = -1;

    /** @param request what this customer sends every time */
    Client(Load load, ByteBuf request) {
        this.load = load;
        this.request = request;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        channel = ctx;
        load.connected();
    }

    /** @param due when the request was meant to go out, which may be earlier than now */
    void send(long due) {
        dueNanos = due;
        sentNanos = System.nanoTime();
        running = true;
        bodyBytes = 0;
        ChannelHandlerContext ctx = java.util.Objects.requireNonNull(channel);
        ctx.writeAndFlush(request.duplicate(), ctx.voidPromise());
    }

    boolean isOpen() {
        return channel != null && channel.channel().isActive();
    }

    /** From now on reads only when told, and little; what the kernel keeps for it becomes small too. */
    void hesitate() {
        if (channel != null) {
            channel.channel()
                    .config()
                    .setAutoRead(false)
                    .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(LITTLE_BYTES).maxMessagesPerRead(1));
            channel.channel().config().setOption(ChannelOption.SO_RCVBUF, 4 * LITTLE_BYTES);
        }
    }

    void readOnce() {
        if (channel != null) {
            channel.read();
        }
    }

    void close() {
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    void head(byte[] bytes, int length) {
        good = begins(bytes, OK);
        refused = load.expectsRefusals() && (begins(bytes, TOO_MANY) || begins(bytes, UNAVAILABLE));
        if (!good && !refused) {
            load.complain(new String(bytes, 0, length, US_ASCII));
        }
        Tally.record(load.tally().firstByte, System.nanoTime() - dueNanos);
    }

    private static boolean begins(byte[] bytes, byte[] with) {
        return Arrays.equals(bytes, 0, with.length, with, 0, with.length);
    }

    @Override
    void body(byte[] bytes, int from, int to) {
        if (load.streamed()) {
            readEvents(bytes, from, to);
        } else {
            boolean fits = bodyBytes + to - from <= Traffic.ANSWER.length;
            good &= fits && Arrays.equals(bytes, from, to, Traffic.ANSWER, bodyBytes, bodyBytes + to - from);
            if (!good && !refused && bodyBytes == 0) {
                load.complain(new String(bytes, from, to - from, US_ASCII));
            }
        }
        bodyBytes += to - from;
    }

    private void readEvents(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            byte b = bytes[at];
            if (b == Traffic.STAMP_MARK) {
                if (stamp >= 0) {
                    load.tally().events++;
                    Tally.record(load.tally().delay, System.nanoTime() - stamp);
                }
                stamp = stamp < 0 ? 0 : -1;
            } else if (stamp >= 0) {
                stamp = 10 * stamp + b - '0';
            }
        }
        int kept = Math.min(tail.length, to - from);
        System.arraycopy(tail, kept, tail, 0, tail.length - kept);
        System.arraycopy(bytes, to - kept, tail, tail.length - kept, kept);
    }

    @Override
    void end(ChannelHandlerContext ctx) {
        boolean whole = load.streamed() ? Arrays.equals(tail, DONE) : bodyBytes == Traffic.ANSWER.length;
        ended(good && whole);
    }

    private void ended(boolean asExpected) {
        running = false;
        Tally tally = load.tally();
        long now = System.nanoTime();
        if (refused) {
            tally.refusals++;
            Tally.record(tally.refusal, now - sentNanos);
        } else if (asExpected) {
            tally.answers++;
            Tally.record(tally.sentToEnd, now - sentNanos);
        } else {
            tally.failures++;
        }
        Tally.record(tally.latency, now - dueNanos);
        load.answered(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (running) {
            load.complain("a connection broke off");
            ended(false);
        }
    }
}
