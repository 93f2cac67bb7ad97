package dev.tollgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was settled of late, and what of it waits for Dodo, is read without what came before. */
class RecentUsageTest {
    private static final Account ACCOUNT = new Account("cus_1", "cde_1");

    @TempDir
    Path folder;

    @Test
    void recentUsageComesNewestFirstAlsoWhereTheClockWasSetBack() throws JournalException {
        long hour = 3_600_000;
        write(
                settled("r1", 10 * hour),
                settled("r2", 12 * hour),
                settled("r3", 12 * hour - 5),
                settled("r4", 13 * hour));
        List<String> recent = new ArrayList<>();
        try (Journal.History history = SqliteJournal.read(folder)) {
            history.settledSince(12 * hour, settled -> recent.add(settled.requestId()));
        }
        assertThat(recent).containsExactly("r4", "r2");
    }

    @Test
    void whatWaitsForDodoIsReadInPages() throws JournalException {
        write(
                settled("r1", 1),
                settled("r2", 2),
                settled("r3", 3),
                settled("r4", 4),
                new Fact.Quarantined("r2", ACCOUNT, "first", 6),
                new Fact.Ingested("r3", ACCOUNT, 9));
        try (Journal.History history = SqliteJournal.read(folder)) {
            List<Outbox.Pending> first = history.waiting(0, 1);
            assertThat(first).extracting(each -> each.settled().requestId()).containsExactly("r1");
            assertThat(history.waiting(first.getLast().sequence(), 10))
                    .extracting(each -> each.settled().requestId())
                    .containsExactly("r4");
        }
    }

    private static Fact.Settled settled(String requestId, long atMillis) {
        Fact.Tokens tokens = new Fact.Tokens(3, 4, 7, 0, 0);
        return new Fact.Settled(requestId, ACCOUNT, "k", "gpt", "gpt-1", 7, tokens, false, atMillis);
    }

    private void write(Fact... facts) throws JournalException {
        try (Journal journal = SqliteJournal.open(folder)) {
            journal.append(List.of(facts));
        }
    }
}
