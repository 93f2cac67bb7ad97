package dev.tollgate.bench.load;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a journal as long as one likes: accounts are read, and then take turns with requests that are held, settled, told to
 * Dodo and, ten at a time, deducted. All of it happened in the days before {@code until}, evenly. Owned by one thread.
 *
 * <p>{@code JournalGenerator FOLDER ROWS [ACCOUNTS [DAYS [KEYS]]]}
 */
final class JournalGenerator {
    private static final int GROUP_FACTS = 3_000;
    private static final int DEDUCTED_REQUESTS = 10;
    private static final int REQUEST_FACTS = 3;
    private static final long CATCH_UP_MICROS = 600_000_000;
    private static final long BALANCE_UNITS = 1L << 40;
    private static final long HELD_UNITS = 2_000;
    private static final long USED_UNITS = 400;
    private static final String ENTITLEMENT = "cde_bench";

    private final Journal journal;
    private final int accounts;
    private final Instant until;
    private final Duration length;
    private final long[] completeMicros;
    private final long rows;
    private final List<Fact> group = new ArrayList<>(GROUP_FACTS + DEDUCTED_REQUESTS);
    private long written;

    private JournalGenerator(Journal journal, long rows, int accounts, Instant until, Duration length) {
        this.journal = journal;
        this.rows = rows;
        this.accounts = accounts;
        this.until = until;
        this.length = length;
        this.completeMicros = new long[accounts];
    }

    public static void main(String[] arguments) throws JournalException {
        Path folder = Path.of(arguments[0]);
        long rows = Long.parseLong(arguments[1]);
        int accounts = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10_000;
        long days = arguments.length > 3 ? Long.parseLong(arguments[3]) : 100;
        int keys = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 0;
        write(folder, rows, accounts, keys, Instant.now(), Duration.ofDays(days));
        System.out.printf("%d rows of %d accounts and %d keys in %s%n", rows, accounts, keys, folder);
    }

    /**
     * Writes {@code rows} facts, or a few less, into an empty journal.
     *
     * @param keys how many of them are keys, which belong to the accounts in turn
     */
    public static void write(Path folder, long rows, int accounts, int keys, Instant until, Duration length)
            throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            JournalGenerator generator = new JournalGenerator(journal, rows, accounts, until, length);
            generator.begin(keys);
            generator.fill();
        }
    }

    private void begin(int keys) throws JournalException {
        for (int account = 0; account < accounts; account++) {
            add(new Fact.Based(account(account), BALANCE_UNITS, 0, 0, List.of(), atMillis()));
            Fact.Terms terms = new Fact.Terms(0, Fact.Standing.LIVE, 1, List.of());
            add(new Fact.TermsSeen(account(account), terms, atMillis()));
        }
        for (int key = 0; key < keys; key++) {
            String hash = "%064x".formatted(key + 1);
            add(new Fact.KeyChanged("key_" + key, account(key % accounts), hash, "bench", "", false, atMillis()));
        }
    }

    private void fill() throws JournalException {
        long request = 0;
        while (written + REQUEST_FACTS < rows) {
            int account = (int) (request / DEDUCTED_REQUESTS % accounts);
            request(account, request);
            request++;
            if (request % DEDUCTED_REQUESTS == 0) {
                deduct(account, request);
            }
        }
        commit();
    }

    private void request(int place, long request) throws JournalException {
        Account account = account(place);
        String id = "req_%032x".formatted(request);
        String keyId = "key_" + place;
        long atMillis = atMillis();
        Fact.Tokens tokens = new Fact.Tokens(300, 100, 400, 0, 0);
        add(new Fact.Reserved(id, account, keyId, "gpt-4o-mini", HELD_UNITS / 2, HELD_UNITS / 2, atMillis));
        add(new Fact.Settled(
                id, account, keyId, "gpt-4o-mini", "gpt-4o-mini-2024-07-18", USED_UNITS, tokens, false, atMillis));
        add(new Fact.Ingested(id, account, atMillis));
    }

    private void deduct(int place, long request) throws JournalException {
        long units = USED_UNITS * DEDUCTED_REQUESTS;
        long atMillis = atMillis();
        long micros = atMillis * 1_000;
        String entryId = "cle_%028x".formatted(request);
        add(new Fact.EntryApplied(account(place), entryId, "credit_deducted", -units, units, micros, atMillis));
        if (micros - completeMicros[place] >= CATCH_UP_MICROS) {
            completeMicros[place] = micros - CATCH_UP_MICROS / 2;
            add(new Fact.CaughtUp(account(place), completeMicros[place], atMillis));
        }
    }

    private void add(Fact fact) throws JournalException {
        group.add(fact);
        written++;
        if (group.size() >= GROUP_FACTS) {
            commit();
        }
    }

    private void commit() throws JournalException {
        journal.append(group);
        group.clear();
        journal.checkpoint();
    }

    private long atMillis() {
        double done = (double) written / rows;
        return until.minus(length).toEpochMilli() + (long) (length.toMillis() * done);
    }

    private static Account account(int account) {
        return new Account("cus_%08d".formatted(account), ENTITLEMENT);
    }
}
