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
    private final Map<String, Long> usedUnits = new HashMap<>();
    private final Map<String, Long> heldUnits = new HashMap<>();
    private final Map<String, Long> writtenOffUnits = new HashMap<>();

    /** What the provider generated for a request, as it said itself; and requests that reached it. */
    private final Map<String, Long> reportedUnits = new LinkedHashMap<>();

    private final Set<String> sent = new HashSet<>();
    private final Set<String> delivered = new HashSet<>();
    private final Set<String> refusedUpstream = new HashSet<>();

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

    void became(Fact fact) {
        String customerId = fact.account().customerId();
        switch (fact) {
            case Fact.Reserved hold -> {
                open.put(hold.requestId(), hold);
                reserved.put(hold.requestId(), hold);
                heldUnits.merge(customerId, hold.heldUnits(), Math::addExact);
                long freeUnits = truthUnits(customerId) - heldUnits.getOrDefault(customerId, 0L);
                require(
                        freeUnits >= -unseenTakings(customerId),
                        "overshoot: " + hold.requestId() + " may use " + -freeUnits + " more than there is");
            }
            case Fact.Settled end -> {
                Fact.Reserved hold = close(end.requestId(), customerId);
                require(end.units() <= hold.heldUnits(), "overshoot: beyond the hold of " + end.requestId());
                require(settled.put(end.requestId(), end) == null, "doubled: settled twice, " + end.requestId());
                usedUnits.merge(customerId, end.units(), Math::addExact);
            }
            case Fact.Voided end -> {
                close(end.requestId(), customerId);
                voided.add(end.requestId());
            }
            case Fact.Ingested event -> {
                require(
                        dodo.events.containsKey(event.requestId()),
                        "O3: acknowledged, and Dodo has it not: " + event.requestId());
                require(ingested.add(event.requestId()), "doubled: acknowledged twice, " + event.requestId());
            }
            case Fact.EntryApplied entry ->
                require(entryIds.add(entry.entryId()), "doubled: entry applied twice, " + entry.entryId());
            case Fact.Based basis -> {
                entryIds.addAll(basis.includedEntryIds());
                sinceMicros.put(customerId, basis.sinceMicros());
            }
            case Fact.WrittenOff off -> {
                long units = writtenOffUnits.merge(customerId, off.units(), Math::addExact);
                require(
                        units <= dodo.customer(customerId).droppedUnits(),
                        "written off more than Dodo dropped: " + units);
            }
            case Fact.Quarantined event -> require(false, "lost: set aside, " + event.requestId());
            case Fact.Shrunk ignored -> {}
            case Fact.Corrected ignored -> {}
            case Fact.CaughtUp ignored -> {}
            case Fact.TermsSeen ignored -> {}
            case Fact.Inherited ignored -> {}
            case Fact.Requeued ignored -> {}
            case Fact.KeyChanged ignored -> {}
        }
    }

    private Fact.Reserved close(String requestId, String customerId) {
        Fact.Reserved hold = open.remove(requestId);
        if (hold == null) {
            throw new AssertionError(requestId + " ends and holds nothing");
        }
        heldUnits.merge(customerId, -hold.heldUnits(), Math::addExact);
        return hold;
    }

    /** What the customer may still use, known by nobody else: Dodo's books without the usage that they do not show yet. */
    long truthUnits(String customerId) {
        SimulatedCredits credits = dodo.customer(customerId);
        long owedUnits = usedUnits.getOrDefault(customerId, 0L) - credits.deductedUnits() - credits.droppedUnits();
        return credits.balanceUnits() - credits.overageUnits() + credits.overageLimitUnits - owedUnits;
    }

    /** What was taken away at Dodo while nobody here could know. */
    private long unseenTakings(String customerId) {
        return dodo.customer(customerId).takings.stream()
                .filter(taking -> !covers(customerId, taking.entryId(), taking.createdMicros()))
                .mapToLong(SimulatedCredits.Taking::units)
                .sum();
    }

    boolean isKnown(String customerId) {
        return sinceMicros.containsKey(customerId);
    }

    /** Whether an entry has durably taken effect. */
    boolean covers(String customerId, String entryId, long createdMicros) {
        return entryIds.contains(entryId) || createdMicros < sinceMicros.getOrDefault(customerId, Long.MIN_VALUE);
    }

    long heldUnits(String customerId) {
        return heldUnits.getOrDefault(customerId, 0L);
    }

    /** Usage that Dodo dropped and that still counts here. */
    long notWrittenOffUnits(String customerId) {
        return dodo.customer(customerId).droppedUnits() - writtenOffUnits.getOrDefault(customerId, 0L);
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

    /** One account, once everything has come to rest. */
    void compareAccount(Account account, long availableUnits) {
        String customerId = account.customerId();
        SimulatedCredits credits = dodo.customer(customerId);
        long used = usedUnits.getOrDefault(customerId, 0L);
        require(!credits.waits(), "Dodo's worker never came for " + customerId);
        require(
                used == credits.deductedUnits() + credits.droppedUnits(),
                "settled " + used + " and deducted or dropped otherwise, " + customerId);
        boolean overdrawn = credits.takings.isEmpty() && credits.droppedUnits() > 0;
        require(!overdrawn, "overshoot: used more than was ever given, " + customerId);
        long truth = truthUnits(customerId);
        long unseenUnits = notWrittenOffUnits(customerId);
        require(
                availableUnits + unseenUnits == truth,
                "available is " + availableUnits + " and should be " + (truth - unseenUnits) + ", " + customerId);
    }
}
