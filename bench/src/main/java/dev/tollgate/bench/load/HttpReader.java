package dev.tollgate.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Arrays;

/**
 * Reads HTTP/1.1 messages of a connection straight from their bytes, with as little work as the framing allows. It knows
 * {@code Content-Length} and chunks; a message with neither has no body. Belongs to its channel's event loop.
 */
abstract class HttpReader extends ChannelInboundHandlerAdapter {
    private static final int READ_MAX = 256 * 1024;

    /** The harness has one loop, so one buffer does for all connections. */
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[READ_MAX]);

    private enum Part {
        HEAD,
        LENGTH,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER
    }

    private final byte[] scratch = SCRATCH.get();
    private byte[] head = new byte[2048];
    private int headBytes;
    private Part part = Part.HEAD;
    private long left;
    private int lineBytes;

    /** A whole head, as far as the empty line. */
    abstract void head(byte[] bytes, int length);

    abstract void body(byte[] bytes, int from, int to);

    /** The last byte of a message has been read. */
    abstract void end(ChannelHandlerContext ctx);

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            while (buffer.isReadable()) {
                int length = Math.min(buffer.readableBytes(), READ_MAX);
                buffer.readBytes(scratch, 0, length);
                read(ctx, length);
            }
        } finally {
            buffer.release();
        }
    }

    private void read(ChannelHandlerContext ctx, int length) {
        int at = 0;
        while (at < length) {
            at = switch (part) {
                case HEAD -> readHead(ctx, at, length);
                case LENGTH, CHUNK -> readBody(ctx, at, length);
                case CHUNK_SIZE -> readChunkSize(at);
                case CHUNK_END -> readChunkEnd(at);
                case TRAILER -> readTrailer(ctx, at);
            };
        }
    }

    private int readHead(ChannelHandlerContext ctx, int from, int to) {
        for (int at = from; at < to; at++) {
            if (headBytes == head.length) {
                head = Arrays.copyOf(head, 2 * headBytes);
            }
            head[headBytes++] = scratch[at];
            if (scratch[at] == '\n' && endsHead()) {
                startBody(ctx);
                return at + 1;
            }
        }
        return to;
    }

    private boolean endsHead() {
        return headBytes >= 4 && head[headBytes - 2] == '\r' && head[headBytes - 3] == '\n';
    }

    private void startBody(ChannelHandlerContext ctx) {
        head(head, headBytes);
        left = contentLength();
        part = left > 0 ? Part.LENGTH : left == 0 ? Part.HEAD : Part.CHUNK_SIZE;
        headBytes = 0;
        if (left == 0) {
            end(ctx);
        }
        left = Math.max(left, 0);
    }

    /** -1 for a body in chunks. */
    private long contentLength() {
        for (int at = 0; at < headBytes; at++) {
            if (head[at] == '\n' && at + 1 < headBytes) {
                int letter = head[at + 1] | 0x20;
                if (letter == 'c' && Ascii.startsWith(head, at + 1, "content-length:")) {
                    return Ascii.number(head, at + 1 + "content-length:".length());
                }
                if (letter == 't' && Ascii.startsWith(head, at + 1, "transfer-encoding:")) {
                    return -1;
                }
            }
        }
        return 0;
    }

    private int readBody(ChannelHandlerContext ctx, int from, int to) {
        int end = (int) Math.min(to, from + left);
        body(scratch, from, end);
        left -= end - from;
        if (left == 0) {
            boolean whole = part == Part.LENGTH;
            part = whole ? Part.HEAD : Part.CHUNK_END;
            if (whole) {
                end(ctx);
            }
        }
        return end;
    }

    private int readChunkSize(int at) {
        byte b = scratch[at];
        if (b == '\n') {
            part = left == 0 ? Part.TRAILER : Part.CHUNK;
            lineBytes = 0;
        } else if (b != '\r') {
            left = 16 * left + Character.digit(b, 16);
        }
        return at + 1;
    }

    private int readChunkEnd(int at) {
        if (scratch[at] == '\n') {
            part = Part.CHUNK_SIZE;
        }
        return at + 1;
    }

    private int readTrailer(ChannelHandlerContext ctx, int at) {
        if (scratch[at] != '\n') {
            lineBytes += scratch[at] == '\r' ? 0 : 1;
        } else if (lineBytes > 0) {
            lineBytes = 0;
        } else {
            part = Part.HEAD;
            end(ctx);
        }
        return at + 1;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
