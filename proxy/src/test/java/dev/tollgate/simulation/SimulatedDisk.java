package dev.tollgate.simulation;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import dev.tollgate.journal.JournalException;
import dev.tollgate.journal.Outbox;
import dev.tollgate.journal.Snapshotted;
import dev.tollgate.ledger.LedgerThread;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What is durable: groups of facts, each whole or not at all. It outlives every process; a process sees it through
 * {@link #open}, and has lost whatever it did not append.
 */
final class SimulatedDisk {
    private final List<Fact> durable = new ArrayList<>();
    private final TreeMap<Long, Fact.Settled> pending = new TreeMap<>();
    private final Map<String, Long> places = new HashMap<>();
    private final Map<String, Fact.Settled> settled = new HashMap<>();
    private final Timeline timeline;
    private final Faults faults;
    private final Consumer<Fact> witness;

    /** @param witness sees every fact that became durable, at once */
    SimulatedDisk(Timeline timeline, Faults faults, Consumer<Fact> witness) {
        this.timeline = timeline;
        this.faults = faults;
        this.witness = witness;
    }

    private void keep(List<Fact> group) {
        for (Fact fact : group) {
            durable.add(fact);
            index(fact);
            timeline.note("durable: " + fact);
            witness.accept(fact);
        }
    }

    private void index(Fact fact) {
        if (fact instanceof Fact.Settled end) {
            places.put(end.requestId(), (long) durable.size());
            settled.put(end.requestId(), end);
            pending.put((long) durable.size(), end);
        } else if (fact instanceof Fact.Ingested ingested) {
            pending.remove(places.getOrDefault(ingested.requestId(), -1L));
        } else if (fact instanceof Fact.Quarantined quarantined) {
            pending.remove(places.getOrDefault(quarantined.requestId(), -1L));
        } else if (fact instanceof Fact.Requeued requeued) {
            pending.put(places.get(requeued.requestId()), settled.get(requeued.requestId()));
        }
    }

    /** The disk is replaced by an empty one. */
    void lose() {
        durable.clear();
        pending.clear();
        places.clear();
        settled.clear();
    }

    Journal open(int process) {
        return new Opened(process);
    }

    private final class Opened implements Journal, Outbox {
        private final int process;
        private boolean failed;

        Opened(int process) {
            this.process = process;
        }

        @Override
        public void replay(Consumer<Fact> fold) {
            durable.forEach(fold);
        }

        /** From a snapshot of most of it and the rest, as a start does it on a real disk. */
        @Override
        public void recover(List<? extends Projection<?>> projections) {
            int snapshotFacts = durable.size() * 7 / 10;
            Projection<?> before = LedgerThread.blank();
            durable.subList(0, snapshotFacts).forEach(before::fold);
            for (Projection<?> projection : projections) {
                restore(projection, before.snapshot());
                durable.subList(snapshotFacts, durable.size()).forEach(projection::fold);
            }
        }

        private static <S extends Record> void restore(Projection<S> projection, Record snapshot) {
            projection.restore(projection.form().cast(Snapshotted.reread(snapshot)));
        }

        @Override
        public OptionalLong beganMillis() {
            return durable.isEmpty()
                    ? OptionalLong.empty()
                    : OptionalLong.of(durable.getFirst().atMillis());
        }

        @Override
        public void replayKeys(Consumer<Fact.KeyChanged> fold) {}

        @Override
        public void append(List<Fact> group) throws JournalException {
            if (timeline.alive() != process) {
                throw new Crash("writes no more");
            }
            faults.mayCrash("before a commit of " + group.size() + " facts");
            if (failed || faults.diskFails()) {
                boolean tookEffect = !failed && faults.coin();
                failed = true;
                timeline.note("the disk fails, the commit took effect: " + tookEffect);
                if (tookEffect) {
                    keep(group);
                }
                throw new JournalException("the disk fails");
            }
            keep(group);
            faults.mayCrash("after a commit of " + group.size() + " facts");
        }

        @Override
        public Outbox outbox() {
            return this;
        }

        @Override
        public List<Pending> pending(long afterSequence, int limit) {
            return pending.tailMap(afterSequence, false).entrySet().stream()
                    .limit(limit)
                    .map(entry -> new Pending(entry.getKey(), entry.getValue()))
                    .toList();
        }

        @Override
        public long pendingCount() {
            return pending.size();
        }

        @Override
        public void checkpoint() {}

        @Override
        public void close() {}
    }
}
