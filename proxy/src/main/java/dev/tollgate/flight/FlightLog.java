package dev.tollgate.flight;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A small file beside the journal, mapped into memory, in which each request under way says how far it has come. It is
 * never synchronised: when a process is killed the operating system keeps what it wrote, and when the machine goes down the
 * file is not believed, because it names the boot of the machine that it was written in.
 *
 * <p>Opened and closed by one thread, which waits. The lanes belong to the event loops they are made for.
 */
public final class FlightLog implements AutoCloseable {
    static final String FILE = "flights.map";
    private static final long MAGIC = 0x5447_464C_4947_4854L;
    private static final long VERSION = 1;
    private static final int HEADER_BYTES = 4096;

    /** Far more than one loop has connections; a request without a slot costs precision after a crash, nothing else. */
    static final int LANE_SLOTS = 8_192;

    private final @Nullable FileChannel channel;
    private long endBytes = HEADER_BYTES;

    private FlightLog(@Nullable FileChannel channel) {
        this.channel = channel;
    }

    /** A log that keeps nothing. */
    public static FlightLog none() {
        return new FlightLog(null);
    }

    /**
     * Begins an empty log in {@code folder}; whatever another one left there is gone. Its space is written and not only
     * reserved, since a disk that is full when a mapped page is first touched would end the process.
     *
     * @param bootId names the time since the machine was started
     */
    public static FlightLog create(Path folder, UUID bootId) throws IOException {
        Path file = folder.resolve(FILE);
        Files.deleteIfExists(file);
        FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.nativeOrder());
        header.putLong(MAGIC)
                .putLong(VERSION)
                .putLong(bootId.getMostSignificantBits())
                .putLong(bootId.getLeastSignificantBits())
                .rewind();
        writeAll(channel, header, 0);
        return new FlightLog(channel);
    }

    /** Makes room for one more event loop. */
    public FlightLane lane() throws IOException {
        if (channel == null) {
            return FlightLane.none();
        }
        int bytes = Slots.bytes(LANE_SLOTS);
        writeAll(channel, ByteBuffer.allocate(bytes), endBytes);
        ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, endBytes, bytes);
        endBytes += bytes;
        return new FlightLane(new Slots(mapped.order(ByteOrder.nativeOrder()), LANE_SLOTS));
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            position += channel.write(bytes, position);
        }
    }

    /**
     * What the last process left in {@code folder}, by request id. Requests that ended long ago may be among it. Empty
     * when there is no log, or one of another boot: then it is not known what of it reached the disk.
     */
    public static Map<String, FlightTrace> read(Path folder, UUID bootId) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return Map.of();
        }
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        return isOf(all, bootId) ? traces(all) : Map.of();
    }

    private static boolean isOf(ByteBuffer all, UUID bootId) {
        return all.capacity() >= HEADER_BYTES
                && all.getLong(0) == MAGIC
                && all.getLong(8) == VERSION
                && all.getLong(16) == bootId.getMostSignificantBits()
                && all.getLong(24) == bootId.getLeastSignificantBits();
    }

    private static Map<String, FlightTrace> traces(ByteBuffer all) {
        Map<String, FlightTrace> traces = new HashMap<>();
        ByteBuffer body = all.slice(HEADER_BYTES, all.capacity() - HEADER_BYTES).order(ByteOrder.nativeOrder());
        Slots slots = new Slots(body, body.capacity() / Slots.bytes(1));
        for (int slot = 0; slot < slots.count(); slot++) {
            @Nullable FlightTrace trace = slots.read(slot);
            if (trace != null) {
                traces.put(slots.id(slot).toString(), trace);
            }
        }
        return traces;
    }

    /** What it says stays in the file. The lanes may be used until they are unreachable. */
    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
