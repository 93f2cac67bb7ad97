package dev.tollgate.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A provider that costs next to nothing: it answers every request alike, with an answer in one piece or, while a {@link
 * Pace} is set, those that ask for it with a stream. Belongs to the loop.
 */
final class Provider {
    private final Loop loop;
    private final ByteBuf answer = Traffic.wholeAnswer();
    private final ByteBuf start = Traffic.streamStart();
    private final ByteBuf end = Traffic.streamEnd();
    private final Set<Channel> connections = new HashSet<>();
    private @Nullable Pacing pacing;

    /**
     * How streams run: each of {@code streams} gets {@code events} events, the first one when its turn comes, and then one
     * in every {@code periodNanos}; their turns are spread evenly. A stream that is not taken up waits.
     *
     * @param textBytes in each event beside its time stamp
     */
    record Pace(int streams, int events, long periodNanos, int textBytes) {}

    Provider(Loop loop) {
        this.loop = loop;
    }

    int listen() {
        return loop.listen(0, Connection::new);
    }

    /** Streams from now on, or with null no more. */
    void pace(@Nullable Pace pace) {
        pacing = pace == null ? null : new Pacing(pace);
    }

    /** Closes all connections, so that those of one candidate do not stay while another is measured; says how many. */
    int disconnect() {
        List<Channel> closing = List.copyOf(connections);
        closing.forEach(Channel::close);
        return closing.size();
    }

    private static int stampAt(byte[] event) {
        int at = 0;
        while (event[at] != Traffic.STAMP_MARK) {
            at++;
        }
        return at + 1;
    }

    private final class Connection extends HttpReader {
        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            connections.add(ctx.channel());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            connections.remove(ctx.channel());
        }

        private static final byte[] STREAM = "\"stream\":true".getBytes(US_ASCII);

        private boolean streams;

        @Override
        void head(byte[] bytes, int length) {
            streams = false;
        }

        /** Finds the wish in one piece of the body, which is enough for requests of this harness. */
        @Override
        void body(byte[] bytes, int from, int to) {
            for (int at = from; pacing != null && !streams && at + STREAM.length <= to; at++) {
                streams = bytes[at] == '"' && Arrays.equals(bytes, at, at + STREAM.length, STREAM, 0, STREAM.length);
            }
        }

        @Override
        void end(ChannelHandlerContext ctx) {
            Pacing streaming = pacing;
            if (streaming == null || !streams) {
                ctx.writeAndFlush(answer.duplicate(), ctx.voidPromise());
            } else {
                ctx.writeAndFlush(start.duplicate(), ctx.voidPromise());
                streaming.add(ctx);
            }
        }
    }

    /** One clock for all streams: the k-th event of all is due at a time that follows from k alone. */
    private final class Pacing implements Runnable {
        private final Pace pace;
        private final byte[] event;
        private final int stampAt;
        private final long apartNanos;
        private final @Nullable ChannelHandlerContext[] streams;
        private final int[] sent;
        private int open;
        private long begunNanos;
        private long next;
        private boolean ticking;

        Pacing(Pace pace) {
            this.pace = pace;
            this.event = Traffic.streamEvent(pace.textBytes());
            this.stampAt = stampAt(event);
            this.apartNanos = Math.max(1, pace.periodNanos() / pace.streams());
            this.streams = new ChannelHandlerContext[pace.streams()];
            this.sent = new int[pace.streams()];
        }

        void add(ChannelHandlerContext ctx) {
            for (int slot = 0; slot < streams.length; slot++) {
                int at = (int) ((next + slot) % streams.length);
                if (streams[at] == null) {
                    streams[at] = ctx;
                    sent[at] = 0;
                    open++;
                    if (!ticking) {
                        ticking = true;
                        begunNanos = System.nanoTime() - next * apartNanos;
                        run();
                    }
                    return;
                }
            }
            ctx.close();
        }

        @Override
        public void run() {
            if (open == 0) {
                ticking = false;
                return;
            }
            long due = (System.nanoTime() - begunNanos) / apartNanos;
            for (; next <= due; next++) {
                sendNext((int) (next % streams.length));
            }
            long waitNanos = begunNanos + next * apartNanos - System.nanoTime();
            if (waitNanos > 0) {
                loop.eventLoop().schedule(this, waitNanos, TimeUnit.NANOSECONDS);
            } else {
                loop.eventLoop().execute(this);
            }
        }

        private void sendNext(int slot) {
            ChannelHandlerContext ctx = streams[slot];
            if (ctx == null) {
                return;
            }
            if (ctx.channel().isActive() && !ctx.channel().isWritable()) {
                return;
            }
            if (sent[slot]++ == pace.events() || !ctx.channel().isActive()) {
                streams[slot] = null;
                open--;
                ctx.writeAndFlush(end.duplicate(), ctx.voidPromise());
                return;
            }
            Ascii.write(System.nanoTime(), event, stampAt, Traffic.STAMP_DIGITS);
            ByteBuf bytes = ctx.alloc().directBuffer(event.length).writeBytes(event);
            ctx.writeAndFlush(bytes, ctx.voidPromise());
        }
    }
}
