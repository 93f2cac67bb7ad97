package dev.tollgate.app;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Facts for journals of tests. */
final class Facts {
    static final Account ACCOUNT = new Account("cus_1", "cde_1");

    private Facts() {}

    static void write(Path folder, List<Fact> facts) throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(facts);
        }
    }

    static void write(Path folder, Fact... facts) throws JournalException {
        write(folder, Arrays.asList(facts));
    }

    static long at(String instant) {
        return Instant.parse(instant).toEpochMilli();
    }

    static Fact.Based based(long balanceUnits, String instant) {
        return new Fact.Based(ACCOUNT, balanceUnits, 0, 0, List.of(), at(instant));
    }

    static Fact.TermsSeen overage(long limitUnits, String instant) {
        Fact.Terms terms = new Fact.Terms(limitUnits, Fact.Standing.NONE, 0, List.of());
        return new Fact.TermsSeen(ACCOUNT, terms, at(instant));
    }

    static Fact.Reserved reserved(String requestId, String instant) {
        return new Fact.Reserved(requestId, ACCOUNT, "key_a", "gpt-4o-mini", 1_034, 200, at(instant));
    }

    static Fact.Settled settled(String requestId, long units, String instant) {
        Fact.Tokens tokens = new Fact.Tokens(units - 100, 100, units, 20, 10);
        return new Fact.Settled(
                requestId,
                ACCOUNT,
                "key_a",
                "gpt-4o-mini",
                "gpt-4o-mini-2024-07-18",
                units,
                tokens,
                false,
                at(instant));
    }

    static Fact.Settled estimated(String requestId, long units, String instant) {
        return new Fact.Settled(
                requestId, ACCOUNT, "key_a", "gpt-4o-mini", null, units, Fact.Tokens.NONE, true, at(instant));
    }

    static Fact.EntryApplied entry(String entryId, String type, long netUnits, long usageUnits, String instant) {
        return new Fact.EntryApplied(ACCOUNT, entryId, type, netUnits, usageUnits, at(instant) * 1_000, at(instant));
    }
}
