package dev.tollgate.app;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Sums over all accounts, kept up fact by fact so that nobody has to scan for them. Facts come from one thread at a time,
 * oldest first; the sums may be asked on every thread.
 */
final class MoneySums implements Journal.Projection<MoneySums.Snapshot> {
    /** When each open hold began, in the order of the journal. */
    private final Map<String, Hold> open = new LinkedHashMap<>();

    private final Set<String> quarantined = new HashSet<>();
    private long heldUnits;
    private long unreflectedUnits;
    private long unacknowledgedEvents;

    record Hold(long units, long atMillis) {}

    /** Every component is the field of that name. */
    record Snapshot(
            Map<String, Hold> open,
            Set<String> quarantined,
            long heldUnits,
            long unreflectedUnits,
            long unacknowledgedEvents) {}

    @Override
    public Class<Snapshot> form() {
        return Snapshot.class;
    }

    @Override
    public synchronized Snapshot snapshot() {
        return new Snapshot(
                new LinkedHashMap<>(open),
                new HashSet<>(quarantined),
                heldUnits,
                unreflectedUnits,
                unacknowledgedEvents);
    }

    @Override
    public synchronized void restore(Snapshot snapshot) {
        open.putAll(snapshot.open());
        quarantined.addAll(snapshot.quarantined());
        heldUnits = snapshot.heldUnits();
        unreflectedUnits = snapshot.unreflectedUnits();
        unacknowledgedEvents = snapshot.unacknowledgedEvents();
    }

    @Override
    public synchronized void fold(Fact fact) {
        switch (fact) {
            case Fact.Reserved reserved -> {
                open.put(reserved.requestId(), new Hold(reserved.heldUnits(), reserved.atMillis()));
                heldUnits = Math.addExact(heldUnits, reserved.heldUnits());
            }
            case Fact.Shrunk shrunk -> shrink(shrunk);
            case Fact.Settled settled -> {
                close(settled.requestId());
                unreflectedUnits = Math.addExact(unreflectedUnits, settled.units());
                unacknowledgedEvents++;
            }
            case Fact.Voided voided -> close(voided.requestId());
            case Fact.Ingested ingested -> {
                quarantined.remove(ingested.requestId());
                unacknowledgedEvents--;
            }
            case Fact.Quarantined one -> quarantined.add(one.requestId());
            case Fact.Requeued one -> quarantined.remove(one.requestId());
            case Fact.EntryApplied entry -> unreflectedUnits = Math.subtractExact(unreflectedUnits, entry.usageUnits());
            case Fact.WrittenOff writtenOff ->
                unreflectedUnits = Math.subtractExact(unreflectedUnits, writtenOff.units());
            case Fact.CaughtUp ignored -> {}
            case Fact.Based ignored -> {}
            case Fact.KeyChanged ignored -> {}
            case Fact.TermsSeen ignored -> {}
            case Fact.Inherited inherited -> unreflectedUnits = Math.addExact(unreflectedUnits, inherited.units());
        }
    }

    private void shrink(Fact.Shrunk shrunk) {
        Hold hold = open.get(shrunk.requestId());
        if (hold != null) {
            heldUnits = Math.addExact(Math.subtractExact(heldUnits, hold.units()), shrunk.heldUnits());
            open.put(shrunk.requestId(), new Hold(shrunk.heldUnits(), hold.atMillis()));
        }
    }

    private void close(String requestId) {
        Hold hold = open.remove(requestId);
        if (hold != null) {
            heldUnits = Math.subtractExact(heldUnits, hold.units());
        }
    }

    synchronized long heldUnits() {
        return heldUnits;
    }

    /** When the oldest open hold began; 0 without any. */
    synchronized long oldestHoldMillis() {
        Iterator<Hold> oldestFirst = open.values().iterator();
        return oldestFirst.hasNext() ? oldestFirst.next().atMillis() : 0;
    }

    synchronized long unreflectedUnits() {
        return unreflectedUnits;
    }

    /** Events that wait to be acknowledged, those in quarantine excluded. */
    synchronized long pendingEvents() {
        return unacknowledgedEvents - quarantined.size();
    }

    synchronized long quarantinedEvents() {
        return quarantined.size();
    }
}
