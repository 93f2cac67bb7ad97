package dev.tollgate.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * The journal in one SQLite file, {@code journal.db} in a folder of its own, in WAL mode with full synchronisation: a
 * commit that returned survives power loss.
 *
 * <p>One process at a time: a lock file keeps a second one out. The writing connection belongs to the thread that
 * appends; checkpoints and the outbox use connections of their own, since a checkpoint inside a commit would stall it.
 */
public final class SqliteJournal implements Journal {
    static final String FILE = "journal.db";

    private static final String FIRST = Schema.TABLES.stream()
            .map(table -> "SELECT at_millis FROM " + table.name() + " WHERE seq = 1")
            .collect(Collectors.joining(" UNION ALL "));

    private final FileChannel lockChannel;
    private final FileLock lock;
    private final Connection writer;
    private final Connection checkpointer;
    private final Connection keeper;
    private final SqliteOutbox outbox;
    private final FactWriter facts;
    private final Path folder;
    private final Connections connections;
    private final Slices slices;
    private final SnapshotWriter snapshots;

    /** Whoever writes to the database holds this. */
    private final Lock writing = new ReentrantLock();

    private boolean failed;

    private SqliteJournal(
            Path folder, Connections connections, FileChannel lockChannel, FileLock lock, Connection writer)
            throws SQLException {
        String url = url(folder);
        this.folder = folder;
        this.connections = connections;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.writer = writer;
        this.checkpointer = connections.open(url);
        this.keeper = connections.open(url);
        keeper.setAutoCommit(false);
        this.slices = new Slices(keeper, writing);
        this.snapshots = new SnapshotWriter(folder, keeper, slices);
        this.outbox = new SqliteOutbox(connections.open(url));
        this.facts = new FactWriter(writer);
        writer.rollback();
    }

    /** Makes connections to the database at a URL. */
    @FunctionalInterface
    interface Connections {
        Connection open(String url) throws SQLException;
    }

    /** Opens the journal in {@code folder}, creating folder and file where they are missing. */
    public static SqliteJournal open(Path folder) throws JournalException {
        return open(folder, SqliteJournal::connect);
    }

    static SqliteJournal open(Path folder, Connections connections) throws JournalException {
        FileChannel channel = openLockFile(folder);
        @Nullable Connection writer = null;
        try {
            FileLock lock = takeLock(channel, folder);
            writer = connections.open(url(folder));
            createTables(writer, folder);
            writer.setAutoCommit(false);
            return new SqliteJournal(folder, connections, channel, lock, writer);
        } catch (SQLException | JournalException e) {
            closeQuietly(writer);
            closeQuietly(channel);
            if (e instanceof JournalException known) {
                throw known;
            }
            throw new JournalException("cannot open the journal in " + folder.toAbsolutePath(), e);
        }
    }

    private static String url(Path folder) {
        return "jdbc:sqlite:" + folder.resolve(FILE).toAbsolutePath();
    }

    /**
     * Looks at the journal in {@code folder}, which another process may be writing. Takes no lock that anybody waits for
     * and creates nothing.
     */
    public static History read(Path folder) throws JournalException {
        return SqliteHistory.open(folder);
    }

    private static FileChannel openLockFile(Path folder) throws JournalException {
        try {
            Files.createDirectories(folder);
            return FileChannel.open(
                    folder.resolve("journal.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new JournalException(
                    "cannot write to the journal folder " + folder.toAbsolutePath()
                            + " (journal.path); create it or give this user the right to write there",
                    e);
        }
    }

    private static FileLock takeLock(FileChannel channel, Path folder) throws JournalException {
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        } catch (IOException e) {
            throw new JournalException("cannot lock the journal in " + folder.toAbsolutePath(), e);
        }
        if (lock == null) {
            throw new JournalException("another process is using the journal in " + folder.toAbsolutePath()
                    + "; stop it, or give this one its own journal.path");
        }
        return lock;
    }

    static Connection connect(String url) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout(5_000);
        config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, "0");
        // Otherwise every insert is followed by a query for a key that nobody asks for: a third of a commit's time.
        config.setGetGeneratedKeys(false);
        return config.createConnection(url);
    }

    private static void createTables(Connection connection, Path folder) throws SQLException, JournalException {
        try (Statement statement = connection.createStatement()) {
            int version = readVersion(statement);
            if (version != 0 && !Schema.reads(version)) {
                throw new JournalException("the journal in " + folder.toAbsolutePath() + " has format " + version
                        + ", this program reads format " + Schema.VERSION + "; use the program that wrote it");
            }
            for (FactTable<?> table : Schema.TABLES) {
                statement.execute(table.createSql());
            }
            statement.execute(Schema.OUTBOX);
            statement.execute(Schema.SETTLEMENT_INDEX);
            for (String table : Snapshots.TABLES) {
                statement.execute(table);
            }
            statement.execute(Archives.TABLE);
            if (version == 0) {
                statement.execute("PRAGMA user_version = " + Schema.VERSION);
            }
        }
    }

    private static int readVersion(Statement statement) throws SQLException {
        try (ResultSet results = statement.executeQuery("PRAGMA user_version")) {
            return results.getInt(1);
        }
    }

    private interface Reading {
        void read(Connection connection) throws SQLException, JournalException;
    }

    /** On the writing connection; what was read is let go of, or the next append could not follow what others write. */
    private void read(Reading reading) throws JournalException {
        try {
            reading.read(writer);
            writer.rollback();
        } catch (SQLException e) {
            throw new JournalException("cannot read the journal", e);
        }
    }

    @Override
    public void replay(Consumer<Fact> fold) throws JournalException {
        read(connection -> FactWalk.after(connection, folder, 0, fold));
    }

    @Override
    public void recover(List<? extends Projection<?>> projections) throws JournalException {
        read(connection -> {
            long position = Snapshots.restore(connection, projections);
            FactWalk.after(connection, folder, position, fact -> projections.forEach(each -> each.fold(fact)));
        });
    }

    @Override
    public boolean renewSnapshot(long leastFacts, Supplier<List<Projection<?>>> blank) throws JournalException {
        synchronized (keeper) {
            try {
                return snapshots.renew(leastFacts, blank);
            } catch (SQLException | IOException e) {
                throw new JournalException("cannot write a snapshot of the journal", e);
            }
        }
    }

    @Override
    public boolean archive(long beforeMillis, Supplier<List<Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        synchronized (keeper) {
            try {
                long position = Snapshots.restore(keeper, blank.get());
                keeper.rollback();
                return new ArchiveWriter(folder, connections, keeper, slices, pause).move(beforeMillis, position);
            } catch (SQLException | IOException e) {
                throw new JournalException("cannot move old facts of the journal into an archive", e);
            }
        }
    }

    @Override
    public OptionalLong beganMillis() throws JournalException {
        OptionalLong[] began = {OptionalLong.empty()};
        read(connection -> {
            Archives archives = Archives.of(connection, folder);
            if (!archives.archives().isEmpty()) {
                began[0] = OptionalLong.of(archives.archives().getFirst().fromMillis());
                return;
            }
            try (Statement statement = connection.createStatement();
                    ResultSet results = statement.executeQuery(FIRST)) {
                began[0] = results.next() ? OptionalLong.of(results.getLong(1)) : OptionalLong.empty();
            }
        });
        return began[0];
    }

    @Override
    public void replayKeys(Consumer<Fact.KeyChanged> fold) throws JournalException {
        read(connection -> new FactWalk(connection).keys(fact -> fold.accept((Fact.KeyChanged) fact)));
    }

    @Override
    public void append(List<Fact> group) throws JournalException {
        if (failed) {
            throw new JournalException("the journal stopped after a failed write; restart the process to recover");
        }
        writing.lock();
        try {
            for (Fact fact : group) {
                facts.write(fact);
            }
            writer.commit();
        } catch (SQLException e) {
            failed = true;
            rollBack();
            throw new JournalException("cannot write to the journal", e);
        } finally {
            writing.unlock();
        }
    }

    /** Lets go of the file, so that it can be looked at from outside. */
    private void rollBack() {
        try {
            writer.rollback();
        } catch (SQLException e) {
            // SQLite has rolled back by itself; what made the write fail is the failure worth telling.
        }
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public void checkpoint() throws JournalException {
        synchronized (checkpointer) {
            try (Statement statement = checkpointer.createStatement()) {
                statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
            } catch (SQLException e) {
                throw new JournalException("cannot checkpoint the journal", e);
            }
        }
    }

    /** Lets the file grow to so many pages at most, as a full disk would. */
    void limitPages(int pages) throws SQLException {
        try (Statement statement = writer.createStatement()) {
            statement.execute("PRAGMA max_page_count = " + pages);
        }
    }

    @Override
    public void close() throws JournalException {
        try {
            outbox.close();
            synchronized (checkpointer) {
                checkpointer.close();
            }
            synchronized (keeper) {
                keeper.close();
            }
            facts.close();
            writer.close();
            lock.release();
            lockChannel.close();
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot close the journal", e);
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable opened) {
        try {
            if (opened != null) {
                opened.close();
            }
        } catch (Exception e) {
            // The failure that led here is the one worth telling.
        }
    }
}
