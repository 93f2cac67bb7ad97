package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** A journal that also shows every fact to somebody: while it is replayed, and once a group is durable. */
record WatchedJournal(Journal journal, Consumer<Fact> watch) implements Journal {
    @Override
    public void replay(Consumer<Fact> fold) throws JournalException {
        journal.replay(fold.andThen(watch));
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
    public void append(List<Fact> group) throws JournalException {
        journal.append(group);
        group.forEach(watch);
    }

    @Override
    public Outbox outbox() {
        return journal.outbox();
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
