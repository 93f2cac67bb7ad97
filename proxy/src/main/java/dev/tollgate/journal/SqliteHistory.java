package dev.tollgate.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;

/**
 * A look at a journal file over one read-only connection and inside one read transaction.
 *
 * <p>A file that nobody writes is opened as immutable: SQLite would otherwise leave its side files behind. Should a process
 * begin to write it meanwhile, the file's stamp shows that, and what was read is not vouched for.
 */
final class SqliteHistory implements Journal.History {
    private static final int BUSY_MILLIS = 5_000;
    private static final String NEWEST_SETTLED = "SELECT * FROM settlement ORDER BY seq DESC";

    /** Clocks may have been set back by so much between two settlements. */
    private static final long CLOCK_MILLIS = 3_600_000;

    static final String SET_ASIDE = "SELECT f.* FROM outbox o JOIN %s f ON f.%s = o.%s WHERE o.quarantined = 1";

    private final Path file;
    private final Connection connection;
    private final Archives archives;

    /** Only of a file opened as immutable. */
    private final @Nullable Stamp stamp;

    /** What changes when a file is written. */
    private record Stamp(long bytes, FileTime modified) {
        static Stamp of(Path file) throws IOException {
            return new Stamp(Files.size(file), Files.getLastModifiedTime(file));
        }
    }

    private interface Question<A> {
        A ask() throws SQLException;
    }

    private SqliteHistory(Path file, Connection connection, Archives archives, @Nullable Stamp stamp) {
        this.file = file;
        this.connection = connection;
        this.archives = archives;
        this.stamp = stamp;
    }

    /** Archives come and go in single commits; one that came between two looks makes it necessary to look again. */
    static SqliteHistory open(Path folder) throws JournalException {
        while (true) {
            Optional<SqliteHistory> opened = openOnce(folder);
            if (opened.isPresent()) {
                return opened.get();
            }
        }
    }

    private static Optional<SqliteHistory> openOnce(Path folder) throws JournalException {
        Path file = folder.resolve(SqliteJournal.FILE).toAbsolutePath().normalize();
        if (!Files.isRegularFile(file)) {
            throw new JournalException("there is no journal in " + file.getParent() + " (" + SqliteJournal.FILE
                    + " is missing); check the path");
        }
        try {
            boolean writing = hasSideFiles(file);
            @Nullable Stamp stamp = writing ? null : Stamp.of(file);
            Connection connection = connect(file, writing);
            Archives archives = begin(connection, file);
            if (!archives.equals(Archives.of(connection, folder(file)))) {
                connection.close();
                return Optional.empty();
            }
            return Optional.of(new SqliteHistory(file, connection, archives, stamp));
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot read " + file, e);
        }
    }

    private static Path folder(Path file) {
        return Objects.requireNonNull(file.getParent(), "a file is in a folder");
    }

    /** Whether a process writes the file, or wrote it until it was killed. */
    private static boolean hasSideFiles(Path file) throws JournalException {
        boolean ahead = Files.exists(Path.of(file + "-wal"));
        if (ahead && !Files.exists(Path.of(file + "-shm"))) {
            throw new JournalException(file + " was copied while it was in use, without its -shm file; copy all three"
                    + " files, or copy it with sqlite3's .backup");
        }
        return ahead;
    }

    private static Connection connect(Path file, boolean writing) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setReadOnly(true);
        config.setBusyTimeout(BUSY_MILLIS);
        return config.createConnection("jdbc:sqlite:" + file.toUri() + "?mode=ro" + (writing ? "" : "&immutable=1"));
    }

    /** Reads something, too, so that the transaction sees the journal as of now. */
    private static Archives begin(Connection connection, Path file) throws SQLException, JournalException {
        try (Statement statement = connection.createStatement()) {
            Archives archives = Archives.of(connection, folder(file));
            archives.attach(connection, folder(file));
            statement.execute("PRAGMA query_only = 1");
            connection.setAutoCommit(false);
            int version = (int) number(statement, "PRAGMA user_version");
            number(statement, "SELECT count(*) FROM sqlite_schema");
            if (!Schema.reads(version)) {
                throw new JournalException(file + " has format " + version + ", this program reads format "
                        + Schema.VERSION + "; use the program that wrote it");
            }
            return archives;
        } catch (SQLException | JournalException e) {
            connection.close();
            throw e;
        }
    }

    static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet results = statement.executeQuery(sql)) {
            return results.getLong(1);
        }
    }

    /** The last place that the tables, or archives of theirs, have. */
    long last() throws JournalException {
        return ask(() -> FactWriter.lastSequence(connection));
    }

    /** What the records of the log carry that go with these tables. */
    long mark() throws JournalException {
        return ask(() -> GroupMark.of(connection));
    }

    /** Asks, then makes sure that nobody wrote what was read as unchanging. */
    private <A> A ask(Question<A> question) throws JournalException {
        try {
            A answer = question.ask();
            if (stamp != null && !stamp.equals(Stamp.of(file))) {
                throw new JournalException("a process began to write " + file + " while it was read; ask again");
            }
            return answer;
        } catch (SQLException | IOException e) {
            throw new JournalException("cannot read " + file, e);
        }
    }

    /** The same when it is about all that ever happened: what is in an archive must be there. */
    private <A> A askOfAll(Question<A> question) throws JournalException {
        requireFacts(Long.MIN_VALUE, Long.MAX_VALUE);
        return ask(question);
    }

    private void requireFacts(long fromMillis, long untilMillis) throws JournalException {
        String obstacle = archives.obstacle(folder(file), fromMillis, untilMillis);
        if (obstacle != null) {
            throw new JournalException(obstacle);
        }
    }

    /** Hands every fact at a later place than {@code position}, up to {@code until}, oldest first, to {@code fold}. */
    void between(long position, long until, Consumer<Fact> fold) throws JournalException {
        askOfAll(() -> {
            new FactWalk(connection).between(position, until, fold);
            return true;
        });
    }

    @Override
    public void replay(Consumer<Fact> fold) throws JournalException {
        between(0, Long.MAX_VALUE, fold);
    }

    @Override
    public void replay(Account account, Consumer<Fact> fold) throws JournalException {
        askOfAll(() -> {
            new FactWalk(connection).ofAccount(account, fold);
            return true;
        });
    }

    @Override
    public List<Fact> ofRequest(String requestId) throws JournalException {
        List<Fact> found = ask(() -> {
            List<Fact> facts = new ArrayList<>();
            new FactWalk(connection).ofRequest(requestId, facts::add);
            return facts;
        });
        if (found.isEmpty() || !(found.getFirst() instanceof Fact.Reserved)) {
            requireFacts(Long.MIN_VALUE, Long.MAX_VALUE);
        }
        return found;
    }

    @Override
    public List<String> recentRequests(Account account, int most) throws JournalException {
        return ask(() -> Totals.recentRequests(connection, account, most));
    }

    @Override
    public List<Account> accounts(String customerId) throws JournalException {
        return ask(() -> Totals.accounts(connection, customerId));
    }

    @Override
    public List<Journal.UsageSum> usage(Journal.UsageQuery query) throws JournalException {
        requireFacts(query.fromMillis(), query.untilMillis());
        return ask(() -> UsageSelect.run(connection, query));
    }

    @Override
    public void settledSince(long sinceMillis, Consumer<Fact.Settled> consumer) throws JournalException {
        ask(() -> {
            try (PreparedStatement statement = connection.prepareStatement(NEWEST_SETTLED);
                    ResultSet results = statement.executeQuery()) {
                boolean recent = true;
                while (recent && results.next()) {
                    Fact.Settled settled = Schema.SETTLEMENT.read(results);
                    recent = settled.atMillis() >= sinceMillis - CLOCK_MILLIS;
                    if (settled.atMillis() >= sinceMillis) {
                        consumer.accept(settled);
                    }
                }
            }
            return true;
        });
    }

    @Override
    public List<Outbox.Pending> waiting(long afterSequence, int most) throws JournalException {
        return ask(() -> SqliteOutbox.pending(connection, afterSequence, most, most).stream()
                .limit(most)
                .toList());
    }

    @Override
    public List<Journal.SetAside> setAside() throws JournalException {
        return ask(this::readSetAside);
    }

    private List<Journal.SetAside> readSetAside() throws SQLException {
        Map<Long, Outbox.Delivery> byPlace = new TreeMap<>();
        each(Schema.SETTLEMENT, "seq", (place, fact) -> byPlace.put(place, Outbox.Delivery.of(fact)));
        each(
                Schema.CORRECTION,
                "seq",
                (place, fact) -> byPlace.put(place, fact.delivery().orElseThrow()));
        Map<String, Outbox.Delivery> deliveries = new LinkedHashMap<>();
        byPlace.values().forEach(delivery -> deliveries.put(delivery.id(), delivery));
        each(Schema.CORRECTION, "request_id", (place, fact) -> {
            if (fact.remedy() == Fact.Remedy.REPLACED) {
                deliveries.computeIfPresent(fact.requestId(), (id, told) -> told.with(fact.units()));
            }
        });
        Map<String, Fact.Quarantined> last = new HashMap<>();
        try (Cursor cursor = new Cursor(connection, Schema.QUARANTINE, "TRUE", List.of())) {
            while (cursor.advance()) {
                if (cursor.fact() instanceof Fact.Quarantined one) {
                    last.put(one.requestId(), one);
                }
            }
        }
        return deliveries.values().stream()
                .map(delivery -> new Journal.SetAside(delivery, Objects.requireNonNull(last.get(delivery.id()))))
                .toList();
    }

    /** The facts of one kind that belong to what is set aside, with their places. */
    private <F extends Fact> void each(FactTable<F> table, String column, BiConsumer<Long, F> consumer)
            throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet results = statement.executeQuery(SET_ASIDE.formatted(table.name(), column, column))) {
            while (results.next()) {
                consumer.accept(results.getLong("seq"), table.read(results));
            }
        }
    }

    @Override
    public List<Journal.Check> verify() throws JournalException {
        return askOfAll(() -> new Verification(connection).run());
    }

    @Override
    public Map<Account, Journal.Sums> sums() throws JournalException {
        return askOfAll(() -> Totals.sums(connection));
    }

    @Override
    public void close() throws JournalException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new JournalException("cannot close " + file, e);
        }
    }
}
