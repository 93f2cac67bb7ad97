package dev.tollgate.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The right to write a folder's journal, which one process has at a time, and within it one journal. The operating system takes a
 * process's lock away when the process closes the lock file, however often it opened it; so what this process holds is noted here,
 * and the file is never opened twice.
 */
final class FolderLock implements AutoCloseable {
    private static final String FILE = "journal.lock";
    private static final Map<Path, FolderLock> HELD = new ConcurrentHashMap<>();

    private final Path folder;
    private @Nullable FileChannel channel;

    /** Set by whoever opens the journal, read by those in this process who want to read it. */
    private volatile @Nullable Tables tables;

    private FolderLock(Path folder) {
        this.folder = folder;
    }

    /** Nothing when somebody else has it. */
    static Optional<FolderLock> tryTake(Path folder) throws JournalException {
        try {
            Files.createDirectories(folder);
            FolderLock lock = new FolderLock(folder.toRealPath());
            if (HELD.putIfAbsent(lock.folder, lock) != null) {
                return Optional.empty();
            }
            return lock.lockFile() ? Optional.of(lock) : Optional.empty();
        } catch (IOException e) {
            throw new JournalException(
                    "cannot write to the journal folder " + folder.toAbsolutePath()
                            + " (journal.path); create it or give this user the right to write there",
                    e);
        }
    }

    private boolean lockFile() throws IOException {
        boolean locked = false;
        try {
            channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            locked = channel.tryLock() != null;
            return locked;
        } finally {
            if (!locked) {
                close();
            }
        }
    }

    /** Whether a process writes the journal, for those who may not write to the folder. */
    static boolean isTaken(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.READ);
                @Nullable FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** The tables of the journal in a folder, where it is open in this process. */
    static Optional<Tables> here(Path folder) {
        try {
            return Optional.ofNullable(HELD.get(folder.toRealPath())).flatMap(lock -> Optional.ofNullable(lock.tables));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** From now on readers in this process bring these tables up to date. */
    void open(Tables opened) {
        tables = opened;
    }

    /** Gives it back. */
    @Override
    public void close() throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            HELD.remove(folder, this);
        }
    }
}
