package dev.tollgate.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Waits, before a journal is read, until its tables have what its log had at that moment: a journal that is open in this process is
 * asked, another process brings its tables up to date by itself, and what a process left that was killed is brought there.
 */
record LatestFacts(Path folder, LogDisk disk) {
    private static final long POLL_MILLIS = 20;
    private static final int POLLS = 250;

    /** The last place in the tables, and the mark of the log that goes with them. */
    private record State(long last, long mark) {}

    void await() throws JournalException {
        Optional<Tables> here = FolderLock.here(folder);
        if (here.isPresent()) {
            here.get().tabulate();
            return;
        }
        try {
            if (Files.isRegularFile(folder.resolve(SqliteJournal.FILE))
                    && !disk.list(folder).isEmpty()) {
                awaitTables();
            }
        } catch (IOException e) {
            throw new JournalException("cannot read the log of the journal in " + folder.toAbsolutePath(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JournalException("interrupted while reading the journal in " + folder.toAbsolutePath(), e);
        }
    }

    private void awaitTables() throws JournalException, IOException, InterruptedException {
        State state = state();
        long until = new LogReader(disk, folder, state.mark()).last();
        for (int poll = 0; poll < POLLS; poll++) {
            if (state.last() >= until || tabulateWhatIsLeft(until - state.last())) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            state = state();
        }
        throw new JournalException("the process that uses the journal in " + folder.toAbsolutePath()
                + " has not brought its newest " + (until - state.last())
                + " facts into the tables; see whether it is well, and ask again");
    }

    private State state() throws JournalException {
        try (SqliteHistory history = SqliteHistory.open(folder)) {
            return new State(history.last(), history.mark());
        }
    }

    /** Whether no process writes the journal any more; then the tables are up to date. */
    private boolean tabulateWhatIsLeft(long facts) throws JournalException, IOException {
        Optional<FolderLock> lock;
        try {
            lock = FolderLock.tryTake(folder);
        } catch (JournalException e) {
            if (FolderLock.isTaken(folder)) {
                return false;
            }
            throw new JournalException(
                    "the process that wrote the journal in " + folder.toAbsolutePath() + " was killed, and its last "
                            + facts
                            + " facts must be brought from the log into the tables first, which is not possible here;"
                            + " run this as a user who may write there, or copy the whole folder to where you may",
                    e);
        }
        if (lock.isPresent()) {
            SqliteJournal.open(folder, SqliteJournal::connect, disk, lock.get()).close();
        }
        return lock.isPresent();
    }
}
