package dev.tollgate.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** What the journal's log asks of the file system. */
interface LogDisk {
    /** The one that the operating system has. */
    LogDisk SYSTEM = new SystemDisk();

    /** Every file of a log, and nothing else in the journal's folder, begins like this. */
    String PREFIX = "journal-log-";

    /** How long files are, unless a single group needs more. */
    default int fileBytes() {
        return 8 << 20;
    }

    /** The files of the log in a folder. */
    List<Path> list(Path folder) throws IOException;

    /** All bytes, in an array of their own. */
    ByteBuffer read(Path file) throws IOException;

    /** A new file, which is not there yet. */
    LogFile create(Path file) throws IOException;

    void delete(Path file) throws IOException;

    /** Makes the names of new files last. */
    void synchronise(Path folder) throws IOException;

    /** A file that is written. */
    interface LogFile extends AutoCloseable {
        /** Takes some of the bytes, and says how many. */
        int write(ByteBuffer bytes, long position) throws IOException;

        /** Makes what was written last, and that it can be found. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** Calls the operating system. */
    final class SystemDisk implements LogDisk {
        private SystemDisk() {}

        private record Channel(FileChannel channel) implements LogFile {
            @Override
            public int write(ByteBuffer bytes, long position) throws IOException {
                return channel.write(bytes, position);
            }

            @Override
            public void force() throws IOException {
                channel.force(false);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        }

        @Override
        public List<Path> list(Path folder) throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(file -> file.getFileName().toString().startsWith(PREFIX))
                        .sorted()
                        .toList();
            }
        }

        @Override
        public ByteBuffer read(Path file) throws IOException {
            return ByteBuffer.wrap(Files.readAllBytes(file));
        }

        @Override
        public LogFile create(Path file) throws IOException {
            return new Channel(FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        }

        @Override
        public void delete(Path file) throws IOException {
            Files.delete(file);
        }

        @Override
        public void synchronise(Path folder) throws IOException {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
