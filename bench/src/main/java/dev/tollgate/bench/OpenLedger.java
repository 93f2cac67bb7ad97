package dev.tollgate.bench;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.SqliteJournal;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Reading;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A ledger with a journal in a temporary folder and one account that never runs dry, kept up as in the service. */
record OpenLedger(
        Path folder, Journal journal, LedgerThread thread, Account account, ScheduledExecutorService checkpoints) {
    private static final long BALANCE_UNITS = 1L << 50;
    private static final long CHECKPOINT_SECONDS = 5;
    private static final long TABULATE_MILLIS = 200;

    static OpenLedger create(InstantSource clock) throws IOException, JournalException, InterruptedException {
        Path folder = Files.createTempDirectory("tollgate-bench");
        Journal journal = SqliteJournal.open(folder);
        LedgerThread thread = LedgerThread.recover(journal, facts -> {}, () -> {}, Thread::new, clock);
        thread.start();
        OpenLedger open = new OpenLedger(
                folder,
                journal,
                thread,
                new Account("cus_bench", "cde_bench"),
                Executors.newSingleThreadScheduledExecutor());
        open.fill(clock.millis());
        open.checkpoints.scheduleWithFixedDelay(
                open::tabulate, TABULATE_MILLIS, TABULATE_MILLIS, TimeUnit.MILLISECONDS);
        open.checkpoints.scheduleWithFixedDelay(
                open::checkpoint, CHECKPOINT_SECONDS, CHECKPOINT_SECONDS, TimeUnit.SECONDS);
        return open;
    }

    private void fill(long nowMillis) throws InterruptedException {
        CountDownLatch filled = new CountDownLatch(1);
        Reading reading = new Reading(BALANCE_UNITS, 0, 0, List.of(), null, nowMillis);
        thread.submit(new Command.ApplyReading(account, reading, nowMillis), reply -> filled.countDown());
        filled.await();
    }

    private void tabulate() {
        try {
            journal.tabulate();
        } catch (JournalException e) {
            throw new IllegalStateException(e);
        }
    }

    private void checkpoint() {
        try {
            journal.checkpoint();
        } catch (JournalException e) {
            throw new IllegalStateException(e);
        }
    }

    void close() throws IOException, JournalException, InterruptedException {
        checkpoints.shutdown();
        checkpoints.awaitTermination(1, TimeUnit.MINUTES);
        thread.stop();
        journal.close();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(OpenLedger::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
