package dev.tollgate.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * The journal in a folder of its own. A group is durable once it is in the log ({@link GroupLog}); behind that the tables are brought
 * up to date, in one SQLite file, {@code journal.db}, in WAL mode with full synchronisation, so that the log may be written over
 * after a commit that returned. Everything that reads, reads the tables, and brings them up to date before.
 *
 * <p>One process at a time: a lock file keeps a second one out. The log belongs to the thread that appends; checkpoints,
 * the outbox and upkeep use connections of their own.
 */
public final class SqliteJournal implements Journal {
    static final String FILE = "journal.db";

    /** So many facts may wait for the tables; then whoever appends brings them there first. */
    static final int WAITING_MAX = 100_000;

    /** Whoever brings in what a killed process left is done in so many steps. */
    private static final int LOCK_POLLS = 100;

    private static final long LOCK_POLL_MILLIS = 20;

    private static final String FIRST = Schema.TABLES.stream()
            .map(table -> "SELECT at_millis FROM " + table.name() + " WHERE seq = 1")
            .collect(Collectors.joining(" UNION ALL "));

    private final FolderLock lock;
    private final Tables tables;
    private final GroupLog log;
    private final Connection checkpointer;
    private final SqliteOutbox outbox;
    private final Path folder;
    private final Upkeep upkeep;

    /** Touched by the thread that appends, and whoever closes after it. */
    private boolean failed;

    private SqliteJournal(Path folder, Connections connections, FolderLock lock, Tables tables, GroupLog log)
            throws SQLException {
        String url = url(folder);
        this.folder = folder;
        this.lock = lock;
        this.tables = tables;
        this.log = log;
        this.checkpointer = connections.open(url);
        this.upkeep = new Upkeep(folder, connections, connections.open(url), tables);
        this.outbox = new SqliteOutbox(connections.open(url), tables);
    }

    /** Makes connections to the database at a URL. */
    @FunctionalInterface
    interface Connections {
        Connection open(String url) throws SQLException;
    }

    /** Opens the journal in {@code folder}, creating folder and file where they are missing. */
    public static SqliteJournal open(Path folder) throws JournalException {
        return open(folder, SqliteJournal::connect, LogDisk.SYSTEM);
    }

    static SqliteJournal open(Path folder, Connections connections, LogDisk disk) throws JournalException {
        return open(folder, connections, disk, takeLock(folder));
    }

    static SqliteJournal open(Path folder, Connections connections, LogDisk disk, FolderLock lock)
            throws JournalException {
        @Nullable Connection writer = null;
        try {
            writer = connections.open(url(folder));
            createTables(writer, folder);
            writer.setAutoCommit(false);
            Tables tables = new Tables(writer);
            GroupLog log = openLog(folder, disk, writer, tables);
            SqliteJournal journal = new SqliteJournal(folder, connections, lock, tables, log);
            lock.open(tables);
            return journal;
        } catch (SQLException | IOException | JournalException e) {
            closeQuietly(writer);
            closeQuietly(lock);
            if (e instanceof JournalException known) {
                throw known;
            }
            throw new JournalException("cannot open the journal in " + folder.toAbsolutePath(), e);
        }
    }

    /** What the last process left in its log comes into the tables; then its files go, and a new log begins. */
    private static GroupLog openLog(Path folder, LogDisk disk, Connection writer, Tables tables)
            throws JournalException, IOException, SQLException {
        long before = GroupMark.of(writer);
        new LogReader(disk, folder, before).after(tables.tabulated()).forEach(tables::add);
        try {
            tables.tabulate();
        } catch (JournalException e) {
            throw new JournalException(
                    "what the last process left in the log of the journal in " + folder.toAbsolutePath()
                            + " cannot be brought into its tables",
                    e);
        }
        long mark = GroupMark.renew(writer);
        for (Path file : disk.list(folder)) {
            disk.delete(file);
        }
        return new GroupLog(disk, folder, mark);
    }

    private static String url(Path folder) {
        return "jdbc:sqlite:" + folder.resolve(FILE).toAbsolutePath();
    }

    /**
     * Looks at the journal in {@code folder}, which another process may be writing: at everything that is durable now. Waits
     * for that process to bring it into the tables, for seconds at most; what a killed process left is brought there.
     */
    public static History read(Path folder) throws JournalException {
        new LatestFacts(folder, LogDisk.SYSTEM).await();
        return SqliteHistory.open(folder);
    }

    /** A reader may have it for the moment in which it brings in what a killed process left. */
    private static FolderLock takeLock(Path folder) throws JournalException {
        Optional<FolderLock> lock = FolderLock.tryTake(folder);
        try {
            for (int poll = 0; lock.isEmpty() && FolderLock.here(folder).isEmpty() && poll < LOCK_POLLS; poll++) {
                TimeUnit.MILLISECONDS.sleep(LOCK_POLL_MILLIS);
                lock = FolderLock.tryTake(folder);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return lock.orElseThrow(() -> new JournalException("another process is using the journal in "
                + folder.toAbsolutePath() + "; stop it, or give this one its own journal.path"));
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
            statement.execute(Schema.OUTBOX_INDEX);
            statement.execute(Schema.SETTLEMENT_INDEX);
            for (String table : Snapshots.TABLES) {
                statement.execute(table);
            }
            statement.execute(Archives.TABLE);
            statement.execute(Schema.LOG);
            if (version != Schema.withLog(version)) {
                statement.execute("PRAGMA user_version = " + Schema.withLog(version));
            }
        }
    }

    private static int readVersion(Statement statement) throws SQLException {
        try (ResultSet results = statement.executeQuery("PRAGMA user_version")) {
            return results.getInt(1);
        }
    }

    @Override
    public void replay(Consumer<Fact> fold) throws JournalException {
        tables.read(connection -> FactWalk.between(connection, folder, 0, Long.MAX_VALUE, fold));
    }

    @Override
    public void recover(List<? extends Projection<?>> projections) throws JournalException {
        tables.read(connection -> {
            long position = Snapshots.restore(connection, projections);
            Consumer<Fact> fold = fact -> projections.forEach(each -> each.fold(fact));
            FactWalk.between(connection, folder, position, Long.MAX_VALUE, fold);
        });
    }

    @Override
    public boolean renewSnapshot(long leastFacts, Supplier<List<Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return upkeep.renewSnapshot(leastFacts, blank, pause);
    }

    @Override
    public boolean archive(long beforeMillis, Supplier<List<Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return upkeep.archive(beforeMillis, blank, pause);
    }

    @Override
    public OptionalLong beganMillis() throws JournalException {
        OptionalLong[] began = {OptionalLong.empty()};
        tables.read(connection -> {
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
        tables.read(connection -> new FactWalk(connection).keys(fact -> fold.accept((Fact.KeyChanged) fact)));
    }

    @Override
    public void append(List<Fact> facts) throws JournalException {
        if (failed) {
            throw new JournalException("the journal stopped after a failed write; restart the process to recover");
        }
        tables.requireSound();
        if (facts.isEmpty()) {
            return;
        }
        if (tables.waiting() + facts.size() > WAITING_MAX) {
            tables.tabulate();
        }
        Group group = new Group(tables.added() + 1, facts);
        failed = true;
        try {
            log.append(group, tables.tabulated());
        } catch (IOException | RuntimeException e) {
            throw new JournalException("cannot write to the journal", e);
        }
        failed = false;
        tables.add(group);
    }

    @Override
    public void tabulate() throws JournalException {
        tables.tabulate();
    }

    @Override
    public long untabulated() {
        return tables.waiting();
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public void checkpoint() throws JournalException {
        tables.tabulate();
        synchronized (checkpointer) {
            try (Statement statement = checkpointer.createStatement()) {
                statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
            } catch (SQLException e) {
                throw new JournalException("cannot checkpoint the journal", e);
            }
        }
    }

    /** The log's files go only where the tables have everything. */
    @Override
    public void close() throws JournalException {
        try {
            tables.tabulate();
        } finally {
            release();
        }
    }

    private void release() throws JournalException {
        try {
            try {
                log.close(!failed && tables.waiting() == 0);
            } finally {
                closeConnections();
            }
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot close the journal", e);
        } finally {
            closeQuietly(lock);
        }
    }

    private void closeConnections() throws SQLException {
        outbox.close();
        synchronized (checkpointer) {
            checkpointer.close();
        }
        upkeep.close();
        tables.close();
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
