package dev.tollgate.openai;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.EmptyArrays;

/**
 * Shows a buffer as byte arrays, since a scanner over an array is several times as fast as one over a direct buffer.
 * Heap buffers are shown in place; direct ones through a small array that is used again and again.
 */
final class Windows {

    private static final int WINDOW_BYTES_MAX = 8192;
    private static final int WINDOW_BYTES_MIN = 1024;

    /** Looks at {@code bytes[from..to)}; {@code base} is the position of {@code bytes[0]}. False ends the showing. */
    @FunctionalInterface
    interface Viewer {
        boolean see(byte[] bytes, int from, int to, long base);
    }

    private byte[] scratch = EmptyArrays.EMPTY_BYTES;

    /** @param start the position of the first readable byte */
    void show(ByteBuf buffer, long start, Viewer viewer) {
        int length = buffer.readableBytes();
        if (buffer.hasArray()) {
            int from = buffer.arrayOffset() + buffer.readerIndex();
            viewer.see(buffer.array(), from, from + length, start - from);
            return;
        }
        grow(length);
        int done = 0;
        boolean more = true;
        while (more && done < length) {
            int part = Math.min(length - done, scratch.length);
            buffer.getBytes(buffer.readerIndex() + done, scratch, 0, part);
            more = viewer.see(scratch, 0, part, start + done);
            done += part;
        }
    }

    private void grow(int length) {
        int wanted = Math.min(Math.max(length, WINDOW_BYTES_MIN), WINDOW_BYTES_MAX);
        if (scratch.length < wanted) {
            scratch = new byte[Integer.highestOneBit(wanted - 1) << 1];
        }
    }
}
