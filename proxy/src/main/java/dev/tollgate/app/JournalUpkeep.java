package dev.tollgate.app;

import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.limits.Spending;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What keeps the journal small and its start short. Everything waits; nothing depends on it, so that it may fail and is tried again. */
record JournalUpkeep(Journal journal, long retentionMillis, InstantSource clock) {
    private static final Logger LOG = LoggerFactory.getLogger(JournalUpkeep.class);
    /** Folding so many takes a start a fraction of a second. */
    private static final long SNAPSHOT_FACTS = 50_000;

    private static final Duration PAUSE = Duration.ofMillis(5);

    private interface Task {
        void run() throws JournalException, InterruptedException;
    }

    /** Lets other processes read what was appended. A failure ends the schedule that this is on: there is no second try. */
    void tabulate() {
        try {
            journal.tabulate();
        } catch (JournalException e) {
            LOG.error("the journal's tables cannot be written any more, which ends admission; nothing is lost", e);
            throw new IllegalStateException(e);
        }
    }

    /** How many facts are durable and not in the tables yet. */
    long untabulated() {
        return journal.untabulated();
    }

    /** Keeps the write-ahead file short. */
    void checkpoint() {
        try {
            journal.checkpoint();
        } catch (JournalException e) {
            LOG.warn("the journal was not checkpointed: {}", e.getMessage());
        }
    }

    /** Lets the next start fold less. */
    void renewSnapshot() {
        keepUp(() -> journal.renewSnapshot(SNAPSHOT_FACTS, JournalUpkeep::blank, JournalUpkeep::pause));
    }

    /** Moves months that are old enough out of the journal, for minutes where there is much. */
    void archive() {
        keepUp(() -> {
            boolean moved = retentionMillis < Long.MAX_VALUE;
            while (moved) {
                moved = journal.archive(clock.millis() - retentionMillis, JournalUpkeep::blank, JournalUpkeep::pause);
            }
        });
    }

    /** What a start brings to where the journal ends, in the order in which {@link Money} opens the journal. */
    private static List<Journal.Projection<?>> blank() {
        return List.of(LedgerThread.blank(), new MoneySums(), new Spending());
    }

    private static void keepUp(Task task) {
        try {
            task.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (JournalException | RuntimeException e) {
            LOG.error("upkeep of the journal failed; nothing is lost, and it is tried again", e);
        }
    }

    private static void pause() throws InterruptedException {
        Thread.sleep(PAUSE);
    }
}
