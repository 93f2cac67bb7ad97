package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/**
 * Shows a buffer as byte arrays, since a scanner over an array is several times as fast as one over a direct buffer.
 * Heap buffers are shown in place; direct ones through a small array that all readers of a thread share, so that an open
 * stream does not occupy one. Viewers keep nothing of it.
 */
final class Windows {

    private static final int WINDOW_BYTES = 8192;

    private static final FastThreadLocal<byte[]> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
            return new byte[WINDOW_BYTES];
        }
    };

    /** Looks at {@code bytes[from..to)}; {@code base} is the position of {@code bytes[0]}. False ends the showing. */
    @FunctionalInterface
    interface Viewer {
        boolean see(byte[] bytes, int from, int to, long base);
    }

    private Windows() {}

    /** @param start the position of the first readable byte */
    static void show(ByteBuf buffer, long start, Viewer viewer) {
        int length = buffer.readableBytes();
        if (buffer.hasArray()) {
            int from = buffer.arrayOffset() + buffer.readerIndex();
            viewer.see(buffer.array(), from, from + length, start - from);
            return;
        }
        byte[] scratch = SCRATCH.get();
        int done = 0;
        boolean more = true;
        while (more && done < length) {
            int part = Math.min(length - done, scratch.length);
            buffer.getBytes(buffer.readerIndex() + done, scratch, 0, part);
            more = viewer.see(scratch, 0, part, start + done);
            done += part;
        }
    }
}
