package dev.tollgate.ledger;

import static dev.tollgate.ledger.Promise.NO_OVERSHOOT;
import static dev.tollgate.ledger.Promise.NO_PHANTOM_REFUSAL;
import static dev.tollgate.ledger.Promise.RIGHT_ANSWER;
import static dev.tollgate.ledger.Promise.WRITE_OFF;

import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command.ReserveAnswer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is true of one account: slow, and plain enough to be believed. It keeps which of Dodo's entries the ledger has
 * been told of, what every request holds or has used, and adds it all up anew for each question.
 *
 * <p>What can be known: all grants and debits whose entries arrived, alone or inside a reading; all holds and all
 * usage settled here. What cannot: entries still on their way, and whose usage a deduction is. Of a deduction as much
 * is taken for ours as was settled here and not deducted before; usage from elsewhere shows once ours is used up.
 */
final class LedgerModel {
    private static final long HALF_HOUR_MILLIS = 30 * 60_000;

    private final SimulatedDodo dodo;
    private final Overage overage;
    private final Promises promises;
    private final Set<String> knownIds = new HashSet<>();
    private final Map<String, Long> openUnits = new LinkedHashMap<>();
    private final Map<String, Long> overshootUnits = new LinkedHashMap<>();
    private final Map<String, Long> usedUnits = new LinkedHashMap<>();
    private final Set<String> unacknowledgedIds = new HashSet<>();
    private long movedMillis;
    private long notedLimitUnits;
    private long writtenOffUnits;
    private boolean read;
    private long oursUnits;
    private long limitAtDodoUnits;
    private long firstReadMillis;
    private long lastReadMillis;
    private long lastHeardMillis;
    private long spendingLimitUnits;

    /** How far the customer may go beyond that, by the most generous request so far. */
    private long overshootMaxUnits;

    /** Grants of which the ledger has been told. */
    private final Set<String> listedGrantIds = new HashSet<>();

    LedgerModel(SimulatedDodo dodo, Overage overage, Promises promises) {
        this.dodo = dodo;
        this.overage = overage;
        this.promises = promises;
    }

    /** A reading with the number of entries that Dodo had then, and what was really left of grants that were due. */
    record Taken(Reading reading, int entries, long dueUnits) {}

    boolean isRead() {
        return read;
    }

    boolean knows(Reading.Entry entry) {
        return knownIds.contains(entry.id());
    }

    Map<String, Long> open() {
        return openUnits;
    }

    /** The most that a running request may use. */
    long boundUnits(String requestId) {
        return heldUnits(requestId) + overshootUnits.getOrDefault(requestId, 0L);
    }

    long heldUnits(String requestId) {
        return openUnits.getOrDefault(requestId, 0L);
    }

    Map<String, Long> used() {
        return usedUnits;
    }

    long heldUnits() {
        return sum(openUnits);
    }

    long usedTotalUnits() {
        return sum(usedUnits);
    }

    long writtenOffUnits() {
        return writtenOffUnits;
    }

    /** Judges what is written off by Dodo's own books, and keeps in mind when usage last moved. */
    void note(Fact fact) {
        boolean moved = !(fact instanceof Fact.EntryApplied entry && entry.usageUnits() == 0);
        switch (fact) {
            case Fact.Settled settled -> unacknowledgedIds.add(settled.requestId());
            case Fact.Ingested ingested -> unacknowledgedIds.remove(ingested.requestId());
            case Fact.WrittenOff writtenOff -> writtenOff(writtenOff.units());
            case Fact.EntryApplied ignored -> {}
            case Fact.Based ignored -> {}
            case Fact.TermsSeen seen -> moved = seen.terms().overageLimitUnits() != notedLimitUnits;
            case Fact.Reserved ignored -> moved = false;
            case Fact.Voided ignored -> moved = false;
            case Fact.Quarantined ignored -> moved = false;
            case Fact.Requeued ignored -> moved = false;
            case Fact.Inherited ignored -> {}
            case Fact.CaughtUp ignored -> moved = false;
            case Fact.Shrunk ignored -> moved = false;
            case Fact.KeyChanged ignored -> moved = false;
        }
        notedLimitUnits = fact instanceof Fact.TermsSeen seen ? seen.terms().overageLimitUnits() : notedLimitUnits;
        movedMillis = moved ? Math.max(movedMillis, fact.atMillis()) : movedMillis;
    }

    private void writtenOff(long units) {
        writtenOffUnits += units;
        promises.require(
                WRITE_OFF,
                writtenOffUnits <= dodo.droppedUnits(),
                () -> writtenOffUnits + " is written off but " + dodo.droppedUnits() + " was dropped");
    }

    /** Whether a reading shows that what is left can never be deducted: all at Dodo, nothing to come, nothing there. */
    boolean mustWriteOff(Taken taken) {
        Reading reading = taken.reading();
        boolean unknown = dodo.entries().subList(0, taken.entries()).stream()
                .anyMatch(entry ->
                        !knows(entry) && (entry.usage() || !reading.entries().contains(entry)));
        Fact.Terms terms = reading.terms();
        boolean limited = limitAtDodoUnits == 0 && (terms == null || terms.overageLimitUnits() == 0);
        boolean stopped = reading.balanceUnits() == 0 && limited;
        boolean idle = unacknowledgedIds.isEmpty() && reading.readAtMillis() - movedMillis >= HALF_HOUR_MILLIS;
        return read && !unknown && stopped && idle && !isOvertaken(taken);
    }

    long limitAtDodoUnits() {
        return limitAtDodoUnits;
    }

    /** Dodo's balance minus overage, as far as its entries are known. */
    long knownNetUnits() {
        long units = 0;
        for (Reading.Entry entry : dodo.entries()) {
            units += knows(entry) ? entry.netUnits() : 0;
        }
        return units;
    }

    /** Usage that is not ours, as far as one can tell. */
    long foreignUnits() {
        long units = 0;
        for (Reading.Entry entry : dodo.entries()) {
            units -= entry.usage() && knows(entry) ? entry.netUnits() : 0;
        }
        return units - oursUnits;
    }

    /** What was granted and not taken again, as far as is known: what the account's requests share. */
    private long sharedUnits() {
        long units = 0;
        for (Reading.Entry entry : dodo.entries()) {
            units += !entry.usage() && knows(entry) ? entry.netUnits() : 0;
        }
        return units - foreignUnits();
    }

    /** What one more request may hold, credits about to expire included. */
    long spendableUnits() {
        long belowZeroUnits = overage.limitUnits(limitAtDodoUnits);
        return belowZeroUnits == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : sharedUnits() + belowZeroUnits + writtenOffUnits - usedTotalUnits() - heldUnits();
    }

    /** The newest entry known, by Dodo's clock. */
    long tipMicros() {
        return dodo.entries().stream()
                .filter(this::knows)
                .mapToLong(Reading.Entry::createdMicros)
                .max()
                .orElse(0);
    }

    void told(List<Reading.Entry> entries, long nowMillis) {
        if (read) {
            learn(entries);
            lastHeardMillis = Math.max(lastHeardMillis, nowMillis);
        }
    }

    /** Whether an entry has arrived that the reading does not have yet. */
    boolean isOvertaken(Taken taken) {
        List<Reading.Entry> later =
                dodo.entries().subList(taken.entries(), dodo.entries().size());
        return later.stream().anyMatch(this::knows);
    }

    void told(Taken taken, long nowMillis) {
        learn(isOvertaken(taken) ? taken.reading().entries() : dodo.entries().subList(0, taken.entries()));
        lastReadMillis = Math.max(lastReadMillis, taken.reading().readAtMillis());
        lastHeardMillis = Math.max(lastHeardMillis, nowMillis);
        firstReadMillis = read ? firstReadMillis : lastReadMillis;
        Fact.Terms terms = taken.reading().terms();
        if (terms != null) {
            limitAtDodoUnits = terms.overageLimitUnits();
            terms.grants().forEach(grant -> listedGrantIds.add(grant.id()));
        }
        read = true;
    }

    private void learn(List<Reading.Entry> entries) {
        for (Reading.Entry entry : entries) {
            if (knownIds.add(entry.id()) && entry.usage()) {
                oursUnits += Math.min(-entry.netUnits(), usedTotalUnits() - oursUnits - writtenOffUnits);
            }
        }
    }

    /** @param untilMillis credits that expire by then may not be counted on */
    void granted(Command.Reserve asked, ReserveAnswer.Granted granted, long untilMillis) {
        openUnits.put(asked.requestId(), granted.heldUnits());
        overshootUnits.put(asked.requestId(), granted.overshootUnits());
        overshootMaxUnits = Math.max(overshootMaxUnits, asked.leeway().overshootMaxUnits());
        spendingLimitUnits = overage instanceof Overage.Off ? spendingLimitUnits(untilMillis) : Long.MAX_VALUE;
        checkSpending();
    }

    /**
     * What the requests may have used and hold together, by Dodo's own totals: what is there, plus debits that nobody
     * has told the ledger of, plus usage from elsewhere that may pass for ours, plus what Dodo gave away by dropping it.
     * That a grant which was listed expires is nothing that one has to be told: what is really left of those that will, is
     * not there.
     */
    private long spendingLimitUnits(long untilMillis) {
        long unknownUnits = 0;
        for (Reading.Entry entry : dodo.entries()) {
            boolean foreseen = listedGrantIds.contains(dodo.endedGrantId(entry));
            unknownUnits += entry.usage() || knows(entry) || foreseen ? 0 : entry.netUnits();
        }
        long expiringUnits = dodo.grants().parcels().stream()
                .filter(parcel -> parcel.expiresAtMillis <= untilMillis && listedGrantIds.contains(parcel.id))
                .mapToLong(parcel -> parcel.remainingUnits)
                .sum();
        return dodo.givenUnits() - expiringUnits - unknownUnits + dodo.foreignUnits() + writtenOffUnits;
    }

    void checkSpending() {
        promises.require(
                NO_OVERSHOOT,
                usedTotalUnits() + heldUnits() + sum(overshootUnits) - overshootMaxUnits <= spendingLimitUnits,
                () -> "used " + usedTotalUnits() + ", held " + heldUnits() + " and " + sum(overshootUnits)
                        + " beyond it, of " + spendingLimitUnits + " and " + overshootMaxUnits);
    }

    void shrunk(String requestId, long heldUnits) {
        openUnits.put(requestId, heldUnits);
    }

    void ended(String requestId, long units) {
        openUnits.remove(requestId);
        overshootUnits.remove(requestId);
        if (units > 0) {
            usedUnits.put(requestId, units);
        }
    }

    /** Readings that changed nothing are forgotten; what was open counts in full. */
    void crashed() {
        lastReadMillis = firstReadMillis;
        usedUnits.putAll(openUnits);
        openUnits.clear();
        overshootUnits.clear();
    }

    /** Judges an answer by the state before it; {@code expiringUnits} are to be left out. */
    void check(Command.Reserve asked, ReserveAnswer answer, long expiringUnits) {
        long neededUnits = asked.promptUnits() + outputHoldUnits(asked, asked.leastOutputUnits());
        long creditUnits = spendableUnits();
        long spendableUnits = creditUnits == Long.MAX_VALUE ? creditUnits : creditUnits - expiringUnits;
        switch (answer) {
            case ReserveAnswer.Unknown ignored -> promises.require(NO_PHANTOM_REFUSAL, !read, () -> "it has been read");
            case ReserveAnswer.Stale ignored ->
                promises.require(
                        NO_PHANTOM_REFUSAL,
                        asked.nowMillis() - lastReadMillis > asked.staleAfterMillis(),
                        () -> "it was read at " + lastReadMillis);
            case ReserveAnswer.Crowded ignored ->
                promises.require(
                        NO_PHANTOM_REFUSAL,
                        openUnits.size() >= asked.requestsMax(),
                        () -> openUnits.size() + " requests are open");
            case ReserveAnswer.Withheld ignored ->
                promises.require(NO_PHANTOM_REFUSAL, false, () -> "everybody is served");
            case ReserveAnswer.Held held -> checkHeld(held, neededUnits, spendableUnits);
            case ReserveAnswer.Exhausted exhausted -> checkExhausted(exhausted, neededUnits, spendableUnits);
            case ReserveAnswer.Granted granted -> checkGranted(asked, granted, spendableUnits);
        }
    }

    /** The likely part of an output, and what is more than may go beyond holds. */
    private long outputHoldUnits(Command.Reserve asked, long outputUnits) {
        Command.Leeway leeway = asked.leeway();
        long partUnits = Math.ceilDiv(Math.multiplyExact(outputUnits, leeway.likelyPermille()), 1_000);
        long likelyUnits = Math.min(leeway.likelyUnits(), partUnits);
        long leftUnits = leeway.overshootMaxUnits() - sum(overshootUnits);
        return Math.max(likelyUnits, outputUnits - Math.max(0, leftUnits));
    }

    private void checkHeld(ReserveAnswer.Held held, long neededUnits, long spendableUnits) {
        requireUnaffordable(held, neededUnits, spendableUnits);
        boolean right = neededUnits <= spendableUnits + heldUnits()
                && held.equals(new ReserveAnswer.Held(neededUnits, spendableUnits, heldUnits()));
        promises.require(RIGHT_ANSWER, right, () -> held + " of " + spendableUnits + " beside " + heldUnits());
    }

    private void checkExhausted(ReserveAnswer.Exhausted exhausted, long neededUnits, long spendableUnits) {
        requireUnaffordable(exhausted, neededUnits, spendableUnits);
        long potentialUnits = spendableUnits + heldUnits();
        boolean right = neededUnits > potentialUnits
                && exhausted.neededUnits() == neededUnits
                && exhausted.availableUnits() == potentialUnits;
        promises.require(RIGHT_ANSWER, right, () -> exhausted + " of " + potentialUnits);
    }

    private void requireUnaffordable(ReserveAnswer answer, long neededUnits, long spendableUnits) {
        promises.require(
                NO_PHANTOM_REFUSAL,
                neededUnits > spendableUnits,
                () -> answer + " although " + spendableUnits + " can be spent");
    }

    private void checkGranted(Command.Reserve asked, ReserveAnswer.Granted granted, long spendableUnits) {
        promises.require(
                NO_OVERSHOOT, read && granted.heldUnits() <= spendableUnits, () -> granted + " of " + spendableUnits);
        long leftUnits = spendableUnits == Long.MAX_VALUE ? Long.MAX_VALUE : spendableUnits - granted.heldUnits();
        long outputUnits = granted.outputUnits() + granted.overshootUnits();
        promises.require(
                RIGHT_ANSWER,
                granted.promptUnits() == asked.promptUnits()
                        && granted.availableUnits() == leftUnits
                        && granted.outputUnits() == outputHoldUnits(asked, outputUnits)
                        && isOutputRight(asked, outputUnits, spendableUnits - asked.promptUnits())
                        && openUnits.size() < asked.requestsMax()
                        && asked.nowMillis() - lastHeardMillis <= asked.staleAfterMillis(),
                () -> granted + " to " + asked + " of " + spendableUnits);
    }

    /** Within its limits, in whole answers, and not less than a quarter of what is there. */
    private static boolean isOutputRight(Command.Reserve asked, long outputUnits, long affordableUnits) {
        boolean whole = outputUnits == asked.leastOutputUnits() || outputUnits % asked.choices() == 0;
        long enoughUnits = Math.min(asked.mostOutputUnits(), affordableUnits / 4) - asked.choices();
        return whole
                && outputUnits >= asked.leastOutputUnits()
                && outputUnits <= asked.mostOutputUnits()
                && outputUnits > Math.min(enoughUnits, asked.mostOutputUnits() - asked.choices());
    }

    @Override
    public String toString() {
        return "net " + knownNetUnits() + ", used " + usedTotalUnits() + ", ours " + oursUnits + ", held " + heldUnits()
                + ", spendable " + spendableUnits();
    }

    private static long sum(Map<String, Long> amounts) {
        long units = 0;
        for (long amount : amounts.values()) {
            units = Math.addExact(units, amount);
        }
        return units;
    }
}
