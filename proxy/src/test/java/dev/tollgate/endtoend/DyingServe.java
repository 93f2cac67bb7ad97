package dev.tollgate.endtoend;

import dev.tollgate.app.Tollgate;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.journal.SqliteJournal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The service in a process that stops dead at a {@link CrashPoint}: no handler runs, nothing is flushed. Arguments: folder
 * of {@code tollgate.yaml}, point, and at the how manieth time.
 */
final class DyingServe {
    private static final int KILLED = 137;

    private DyingServe() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        CrashPoint point = CrashPoint.valueOf(arguments[1]);
        int times = Integer.parseInt(arguments[2]);
        Tollgate.start(
                Stand.settings(folder, Files.readString(folder.resolve("tollgate.yaml")), System.getenv()),
                InstantSource.system(),
                data -> new DyingJournal(SqliteJournal.open(data), point, times),
                facts -> {});
        new CountDownLatch(1).await();
    }

    /** Counts facts on the ledger thread, which is the only one that appends. */
    private static final class DyingJournal implements Journal {
        private final Journal journal;
        private final CrashPoint point;
        private int leftTimes;

        DyingJournal(Journal journal, CrashPoint point, int times) {
            this.journal = journal;
            this.point = point;
            this.leftTimes = times;
        }

        @Override
        public void append(List<Fact> group) throws JournalException {
            count(group, point::isBefore);
            journal.append(group);
            count(group, point::isAfter);
        }

        private void count(List<Fact> group, Predicate<Fact> hit) {
            for (Fact fact : group) {
                if (hit.test(fact) && --leftTimes == 0) {
                    Runtime.getRuntime().halt(KILLED);
                }
            }
        }

        @Override
        public void replay(Consumer<Fact> fold) throws JournalException {
            journal.replay(fold);
        }

        @Override
        public void recover(List<? extends Projection<?>> projections) throws JournalException {
            journal.recover(projections);
        }

        @Override
        public void replayKeys(Consumer<Fact.KeyChanged> fold) throws JournalException {
            journal.replayKeys(fold);
        }

        @Override
        public OptionalLong beganMillis() throws JournalException {
            return journal.beganMillis();
        }

        @Override
        public Outbox outbox() {
            return journal.outbox();
        }

        @Override
        public void tabulate() throws JournalException {
            journal.tabulate();
        }

        @Override
        public long untabulated() {
            return journal.untabulated();
        }

        @Override
        public void checkpoint() throws JournalException {
            journal.checkpoint();
        }

        @Override
        public void close() throws JournalException {
            journal.close();
        }
    }
}
