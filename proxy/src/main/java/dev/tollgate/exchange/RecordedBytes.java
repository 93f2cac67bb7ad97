package dev.tollgate.exchange;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * The bytes of one recorded answer. They lie close together in blocks that become larger as the answer does: the pieces of a
 * stream are small, and an array for each would take several times as much. Owned by one {@link Recording}, on its event loop.
 */
final class RecordedBytes {
    private static final int BLOCK_BYTES_MIN = 512;
    private static final int BLOCK_BYTES_MAX = 8192;

    private final List<byte[]> blocks = new ArrayList<>(2);

    /** How much of the last block is used. */
    private int lastLength;

    private long length;
    private long occupiedBytes;

    /**
     * Adds a copy of what can be read, and leaves the buffer as it is.
     *
     * @param take asks for memory, as many bytes as it is given; where there is none nothing is added
     * @return whether it was added
     */
    boolean add(ByteBuf data, LongPredicate take) {
        int index = data.readerIndex();
        int left = data.readableBytes();
        int room = blocks.isEmpty() ? 0 : blocks.getLast().length - lastLength;
        int missing = Math.max(0, left - room);
        int block = missing == 0 ? 0 : Math.max(missing, blockBytes());
        if (block > 0 && !take.test(block)) {
            return false;
        }
        int first = Math.min(left, room);
        copy(data, index, first);
        if (block > 0) {
            blocks.add(new byte[block]);
            occupiedBytes += block;
            lastLength = 0;
            copy(data, index + first, missing);
        }
        return true;
    }

    private int blockBytes() {
        return Math.clamp(length, BLOCK_BYTES_MIN, BLOCK_BYTES_MAX);
    }

    private void copy(ByteBuf data, int index, int count) {
        if (count > 0) {
            data.getBytes(index, blocks.getLast(), lastLength, count);
            lastLength += count;
            length += count;
        }
    }

    /** The bytes from a position on, at least {@code most} of them where there are so many, in copies. */
    List<byte[]> from(long position, int most) {
        List<byte[]> found = new ArrayList<>();
        long start = 0;
        int size = 0;
        for (int i = 0; i < blocks.size() && size < most; i++) {
            byte[] block = blocks.get(i);
            int used = i == blocks.size() - 1 ? lastLength : block.length;
            if (position < start + used) {
                byte[] part = Arrays.copyOfRange(block, (int) Math.max(0, position - start), used);
                found.add(part);
                size += part.length;
            }
            start += used;
        }
        return found;
    }

    /** How many there are. */
    long length() {
        return length;
    }

    /** What they take of the memory that was asked for. */
    long occupiedBytes() {
        return occupiedBytes;
    }

    /** Lets go of what the last block does not need, since nothing more comes; how much that is. */
    long trim() {
        if (blocks.isEmpty()) {
            return 0;
        }
        byte[] last = blocks.removeLast();
        blocks.add(Arrays.copyOf(last, lastLength));
        int spareBytes = last.length - lastLength;
        occupiedBytes -= spareBytes;
        return spareBytes;
    }

    void clear() {
        blocks.clear();
        lastLength = 0;
        length = 0;
        occupiedBytes = 0;
    }
}
