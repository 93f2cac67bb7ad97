package dev.tollgate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What makes a group durable before it is in the tables: one write to a file that has its length already, and one
 * synchronisation, which then need not touch the file's metadata. A file that is full is written over from its beginning once the
 * tables have all of it; until then there is another one. Every process begins with files of its own. Owned by the thread
 * that appends, which nobody may interrupt.
 */
final class GroupLog {
    private static final int BLOCK_BYTES = 1 << 20;

    private final LogDisk disk;
    private final Path folder;
    private final long mark;
    private final GroupBytes bytes = new GroupBytes();
    private final List<Segment> segments = new ArrayList<>();

    /** The segment that was written last comes last. */
    private static final class Segment {
        private final Path path;
        private final LogDisk.LogFile file;
        private final int length;
        private int position;
        private long last;

        Segment(Path path, LogDisk.LogFile file, int length) {
            this.path = path;
            this.file = file;
            this.length = length;
        }

        boolean hasRoom(int needed) {
            return length - position >= needed;
        }
    }

    /** @param mark is carried by all records */
    GroupLog(LogDisk disk, Path folder, long mark) {
        this.disk = disk;
        this.folder = folder;
        this.mark = mark;
    }

    /**
     * Makes a group durable. After a failure nothing is known of it, and nothing more may be appended.
     *
     * @param tabulated up to where the tables have everything, durably
     */
    void append(Group group, long tabulated) throws IOException {
        ByteBuffer record = bytes.of(group, mark);
        Segment segment = withRoom(record.remaining(), tabulated);
        int length = record.remaining();
        writeAll(segment.file, record, segment.position);
        segment.file.force();
        segment.position += length;
        segment.last = group.last();
    }

    private Segment withRoom(int needed, long tabulated) throws IOException {
        if (!segments.isEmpty() && segments.getLast().hasRoom(needed)) {
            return segments.getLast();
        }
        for (Segment each : segments) {
            if (each.last <= tabulated && each.length >= needed) {
                each.position = 0;
                segments.remove(each);
                segments.add(each);
                return each;
            }
        }
        Segment created = create(Math.max(disk.fileBytes(), needed));
        segments.add(created);
        return created;
    }

    private Segment create(int length) throws IOException {
        Path path = folder.resolve(LogDisk.PREFIX + (segments.size() + 1));
        LogDisk.LogFile file = disk.create(path);
        Segment segment = new Segment(path, file, length);
        try {
            ByteBuffer zeros = ByteBuffer.allocate(Math.min(BLOCK_BYTES, length));
            for (int written = 0; written < length; written += zeros.limit()) {
                zeros.clear().limit(Math.min(zeros.capacity(), length - written));
                writeAll(file, zeros, written);
            }
            file.force();
            disk.synchronise(folder);
            return segment;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** A disk may take less than it is given. */
    private static void writeAll(LogDisk.LogFile file, ByteBuffer bytes, long position) throws IOException {
        long next = position;
        while (bytes.hasRemaining()) {
            int written = file.write(bytes, next);
            if (written <= 0) {
                throw new IOException("the disk takes nothing more");
            }
            next += written;
        }
    }

    /** Closes the files, and takes them away where the tables have everything. */
    void close(boolean needless) throws IOException {
        for (Segment each : segments) {
            each.file.close();
        }
        if (needless) {
            for (Segment each : segments) {
                disk.delete(each.path);
            }
        }
        segments.clear();
    }
}
