package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One account's sums, added up from all its facts, and nothing else. */
record FactSums(long netUnits, long usedUnits, long deductedUnits, long writtenOffUnits, long heldUnits) {
    static FactSums of(List<Fact> facts) {
        long netUnits = 0;
        long usedUnits = 0;
        long deductedUnits = 0;
        long writtenOffUnits = 0;
        int ends = 0;
        int reserves = 0;
        Map<String, Long> held = new HashMap<>();
        for (Fact fact : facts) {
            switch (fact) {
                case Fact.Based based -> netUnits = based.balanceUnits() - based.overageUnits();
                case Fact.EntryApplied entry -> {
                    netUnits += entry.netUnits();
                    deductedUnits += entry.usageUnits();
                }
                case Fact.Reserved reserved -> {
                    held.put(reserved.requestId(), reserved.heldUnits());
                    reserves++;
                }
                case Fact.Shrunk shrunk -> held.put(shrunk.requestId(), shrunk.heldUnits());
                case Fact.Settled settled -> {
                    held.remove(settled.requestId());
                    usedUnits += settled.units();
                    ends++;
                }
                case Fact.Corrected corrected -> {
                    usedUnits += corrected.changeUnits();
                    writtenOffUnits -= corrected.notDroppedUnits();
                }
                case Fact.Voided voided -> {
                    held.remove(voided.requestId());
                    ends++;
                }
                case Fact.Ingested ignored -> {}
                case Fact.Quarantined ignored -> {}
                case Fact.Requeued ignored -> {}
                case Fact.WrittenOff writtenOff -> writtenOffUnits += writtenOff.units();
                case Fact.CaughtUp ignored -> {}
                case Fact.KeyChanged ignored -> {}
                case Fact.TermsSeen ignored -> {}
                case Fact.Inherited inherited -> usedUnits += inherited.units();
            }
        }
        long heldUnits = held.values().stream().mapToLong(Long::longValue).sum();
        boolean ended = ends + held.size() == reserves;
        if (!ended) {
            throw new BrokenPromise(Promise.ONE_END, ends + " ends and " + held.size() + " open of " + reserves);
        }
        return new FactSums(netUnits, usedUnits, deductedUnits, writtenOffUnits, heldUnits);
    }

    boolean agrees(AccountView view, long limitUnits) {
        long availableUnits = limitUnits == Long.MAX_VALUE
                ? limitUnits
                : netUnits + limitUnits - (usedUnits - deductedUnits - writtenOffUnits) - heldUnits;
        return view.netUnits() == netUnits
                && view.usedUnits() == usedUnits
                && view.deductedUnits() == deductedUnits
                && view.writtenOffUnits() == writtenOffUnits
                && view.heldUnits() == heldUnits
                && (!view.known() || view.availableUnits() == availableUnits);
    }
}
