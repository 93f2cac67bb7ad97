package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A journal that keeps further projections up to date: while it is recovered, and once a group is durable. */
record WatchedJournal(Journal journal, List<Journal.Projection<?>> watching) implements Journal {
    WatchedJournal {
        watching = List.copyOf(watching);
    }

    @Override
    public void replay(Consumer<Fact> fold) throws JournalException {
        journal.replay(fold);
    }

    @Override
    public void recover(List<? extends Journal.Projection<?>> projections) throws JournalException {
        List<Journal.Projection<?>> all = new ArrayList<>(projections);
        all.addAll(watching);
        journal.recover(all);
    }

    @Override
    public boolean renewSnapshot(long leastFacts, Supplier<List<Journal.Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return journal.renewSnapshot(leastFacts, blank, pause);
    }

    @Override
    public void replayKeys(Consumer<Fact.KeyChanged> fold) throws JournalException {
        journal.replayKeys(fold);
    }

    @Override
    public boolean archive(long beforeMillis, Supplier<List<Journal.Projection<?>>> blank, Pause pause)
            throws JournalException, InterruptedException {
        return journal.archive(beforeMillis, blank, pause);
    }

    @Override
    public OptionalLong beganMillis() throws JournalException {
        return journal.beganMillis();
    }

    @Override
    public void append(List<Fact> group) throws JournalException {
        journal.append(group);
        group.forEach(fact -> watching.forEach(projection -> projection.fold(fact)));
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
