package dev.tollgate.simulation;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Knows all books at once, the durable facts, Dodo's and the provider's, and says which promise is broken. It sees every
 * fact in the moment in which it becomes durable.
 */
final class Auditor {
    private final SimulatedDodo dodo;
    private final Timeline timeline;
    private final List<String> broken = new ArrayList<>();

    private final Map<String, Fact.Reserved> open = new HashMap<>();
    private final Map<String, Fact.Reserved> reserved = new HashMap<>();
    final Map<String, Fact.Settled> settled = new LinkedHashMap<>();
    private final Set<String> voided = new HashSet<>();
    private final Set<String> ingested = new HashSet<>();
    private final Set<String> entryIds = new HashSet<>();
    private final Map<String, Long> sinceMicros = new HashMap<>();
    private final Map<String, Sums> sums = new HashMap<>();

    /** What the provider generated for a request, as it said itself; and requests that reached it. */
    private final Map<String, Long> reportedUnits = new LinkedHashMap<>();

    private final Set<String> sent = new HashSet<>();
    private final Set<String> delivered = new HashSet<>();
    private final Set<String> refusedUpstream = new HashSet<>();

    /** How many events were set aside, and put back. */
    private int setAside;

    /** One customer's amounts: what is true, and what the journal says. */
    private static final class Sums {
        /** All usage that was settled and is not lost with a journal. */
        private long usedUnits;

        private long heldUnits;

        /** These are the journal's: usage, earlier usage that it was told of, and what it takes for deducted or dropped. */
        private long countedUnits;

        private long inheritedUnits;
        private long deductedUnits;
        private long writtenOffUnits;

        /** What the entries that the journal has deduct of ours in truth. */
        private long ownUnits;

        private void forgetJournal() {
            heldUnits = 0;
            countedUnits = 0;
            inheritedUnits = 0;
            deductedUnits = 0;
            writtenOffUnits = 0;
            ownUnits = 0;
        }
    }

    Auditor(SimulatedDodo dodo, Timeline timeline) {
        this.dodo = dodo;
        this.timeline = timeline;
    }

    List<String> broken() {
        return broken;
    }

    void require(boolean holds, String promise) {
        if (!holds) {
            timeline.note("BROKEN " + promise);
            broken.add(promise);
        }
    }

    private Sums sums(String customerId) {
        return sums.computeIfAbsent(customerId, id -> new Sums());
    }

    void became(Fact fact) {
        String customerId = fact.account().customerId();
        Sums account = sums(customerId);
        switch (fact) {
            case Fact.Reserved hold -> {
                open.put(hold.requestId(), hold);
                reserved.put(hold.requestId(), hold);
                account.heldUnits += hold.heldUnits();
                long beyondUnits = account.heldUnits - truthUnits(customerId);
                require(
                        beyondUnits <= unseenTakings(customerId) + mistakenUnits(customerId),
                        "overshoot: " + hold.requestId() + " may use " + beyondUnits + " more than there is");
            }
            case Fact.Settled end -> {
                Fact.Reserved hold = close(end.requestId(), account);
                require(end.units() <= hold.heldUnits(), "overshoot: beyond the hold of " + end.requestId());
                require(settled.put(end.requestId(), end) == null, "doubled: settled twice, " + end.requestId());
                account.usedUnits += end.units();
                account.countedUnits += end.units();
            }
            case Fact.Voided end -> {
                close(end.requestId(), account);
                voided.add(end.requestId());
            }
            case Fact.Ingested event -> {
                require(
                        dodo.events.containsKey(event.requestId()),
                        "O3: acknowledged, and Dodo has it not: " + event.requestId());
                require(ingested.add(event.requestId()), "doubled: acknowledged twice, " + event.requestId());
            }
            case Fact.EntryApplied entry -> {
                require(entryIds.add(entry.entryId()), "doubled: entry applied twice, " + entry.entryId());
                account.deductedUnits += entry.usageUnits();
                account.ownUnits += dodo.customer(customerId).ownUnits.getOrDefault(entry.entryId(), 0L);
            }
            case Fact.Based basis -> {
                entryIds.addAll(basis.includedEntryIds());
                sinceMicros.put(customerId, basis.sinceMicros());
            }
            case Fact.WrittenOff off -> {
                account.writtenOffUnits += off.units();
                require(
                        account.writtenOffUnits <= dodo.customer(customerId).droppedUnits(),
                        "written off more than Dodo dropped: " + account.writtenOffUnits);
            }
            case Fact.Quarantined event -> {
                setAside++;
                require(dodo.isPoison(event.requestId()), "lost: set aside, " + event.requestId());
            }
            case Fact.Inherited inherited -> {
                account.countedUnits += inherited.units();
                account.inheritedUnits += inherited.units();
            }
            case Fact.Shrunk ignored -> {}
            case Fact.CaughtUp ignored -> {}
            case Fact.TermsSeen ignored -> {}
            case Fact.Requeued ignored -> {}
            case Fact.KeyChanged ignored -> {}
        }
    }

    private Fact.Reserved close(String requestId, Sums account) {
        Fact.Reserved hold = open.remove(requestId);
        if (hold == null) {
            throw new AssertionError(requestId + " ends and holds nothing");
        }
        account.heldUnits -= hold.heldUnits();
        return hold;
    }

    /** The journal is gone, and with it what was not told Dodo yet: that, and only that, may be lost. */
    void forgetJournal() {
        settled.values().removeIf(end -> {
            boolean lost = !dodo.events.containsKey(end.requestId());
            sums(end.account().customerId()).usedUnits -= lost ? end.units() : 0;
            return lost;
        });
        ingested.addAll(settled.keySet());
        reportedUnits.keySet().retainAll(settled.keySet());
        sent.retainAll(settled.keySet());
        open.clear();
        entryIds.clear();
        sinceMicros.clear();
        sums.values().forEach(Sums::forgetJournal);
    }

    /** What the customer may still use, known by nobody else: Dodo's books without the usage that they do not show yet. */
    long truthUnits(String customerId) {
        SimulatedCredits credits = dodo.customer(customerId);
        long owedUnits = sums(customerId).usedUnits - credits.deductedUnits() - credits.droppedUnits();
        return credits.balanceUnits() - credits.overageUnits() + credits.overageLimitUnits - owedUnits;
    }

    /** What was taken away at Dodo while nobody here could know. */
    private long unseenTakings(String customerId) {
        return dodo.customer(customerId).takings.stream()
                .filter(taking -> !covers(customerId, taking.entryId(), taking.createdMicros()))
                .mapToLong(SimulatedCredits.Taking::units)
                .sum();
    }

    /** Usage from elsewhere whose deduction passes for ours, as long as ours is still to be deducted. */
    private long mistakenUnits(String customerId) {
        Sums account = sums(customerId);
        long foreignUnits = dodo.customer(customerId).foreignUnits();
        return Math.min(foreignUnits, Math.max(0, account.deductedUnits - account.ownUnits));
    }

    boolean isKnown(String customerId) {
        return sinceMicros.containsKey(customerId);
    }

    /** Whether an entry has durably taken effect. */
    boolean covers(String customerId, String entryId, long createdMicros) {
        return entryIds.contains(entryId) || createdMicros < sinceMicros.getOrDefault(customerId, Long.MIN_VALUE);
    }

    /** Usage that the journal still counts on being deducted, and never will be. */
    long excessUnits(String customerId) {
        long droppedUnits = dodo.customer(customerId).droppedUnits() - sums(customerId).writtenOffUnits;
        return Math.max(0, droppedUnits - mistakenUnits(customerId));
    }

    /** Whether usage is kept back that a journal before this one may have made. */
    boolean inherits(String customerId) {
        return sums(customerId).inheritedUnits > 0;
    }

    int setAside() {
        return setAside;
    }

    void sent(String requestId) {
        require(open.containsKey(requestId), "O1: sent before its hold is durable, " + requestId);
        sent.add(requestId);
    }

    void reported(String requestId, long units) {
        reportedUnits.put(requestId, units);
    }

    void refusedUpstream(String requestId) {
        refusedUpstream.add(requestId);
    }

    void delivered(String requestId) {
        require(settled.containsKey(requestId), "O2: delivered before its settlement is durable, " + requestId);
        delivered.add(requestId);
    }

    boolean wasSent(String requestId) {
        return sent.contains(requestId);
    }

    int holds() {
        return reserved.size();
    }

    long estimates() {
        return settled.values().stream().filter(Fact.Settled::estimated).count();
    }

    long generatedUnits() {
        return reportedUnits.values().stream().mapToLong(Long::longValue).sum();
    }

    /** All books, once everything has come to rest. */
    void compareBooks() {
        require(open.isEmpty(), "holds that never end: " + open.keySet());
        for (String requestId : sent) {
            boolean ended = settled.containsKey(requestId) || refusedUpstream.contains(requestId);
            require(ended, "lost: generated and not billed, " + requestId);
        }
        reportedUnits.forEach((requestId, units) -> {
            Fact.Settled end = settled.get(requestId);
            require(end != null, "lost: reported and not billed, " + requestId);
            boolean exact = end != null && (end.units() == units || end.estimated());
            require(exact, "lost: billed otherwise than reported, " + requestId);
            boolean whole = end != null && delivered.contains(requestId) && end.estimated();
            require(!whole, "lost: delivered whole and estimated, " + requestId);
        });
        settled.forEach((requestId, end) -> {
            Long units = dodo.events.get(requestId);
            require(units != null && units == end.units(), "lost: not ingested as settled, " + requestId);
            require(ingested.contains(requestId), "not acknowledged in the end, " + requestId);
        });
        dodo.timesTaken.forEach((requestId, times) -> require(times == 1, "doubled: taken twice, " + requestId));
        require(dodo.events.size() == settled.size(), "doubled: Dodo has events that nobody settled");
    }

    /**
     * One account, once everything has come to rest.
     *
     * @param whole whether the journal has lived as long as the account
     */
    void compareAccount(Account account, long availableUnits, boolean whole) {
        String customerId = account.customerId();
        SimulatedCredits credits = dodo.customer(customerId);
        Sums own = sums(customerId);
        require(!credits.waits(), "Dodo's worker never came for " + customerId);
        require(
                own.usedUnits == credits.deductedUnits() + credits.droppedUnits(),
                "settled " + own.usedUnits + " and deducted or dropped otherwise, " + customerId);
        boolean overdrawn = credits.takings.isEmpty() && credits.droppedUnits() > 0;
        require(!overdrawn, "overshoot: used more than was ever given, " + customerId);
        long excessUnits = own.countedUnits - own.deductedUnits - own.writtenOffUnits;
        boolean explained = whole ? excessUnits == excessUnits(customerId) : excessUnits <= credits.droppedUnits();
        require(explained && excessUnits >= 0, excessUnits + " units are counted on for ever, " + customerId);
        long shouldBe = truthUnits(customerId) - excessUnits;
        require(
                availableUnits == shouldBe,
                "available is " + availableUnits + " and should be " + shouldBe + ", " + customerId);
    }
}
