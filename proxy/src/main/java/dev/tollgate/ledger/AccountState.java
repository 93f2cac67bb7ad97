package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * One account's running sums. Owned by its {@link Ledger}, hence by the ledger thread.
 *
 * <p>{@code available = net + allowed overage − (used − deducted − writtenOff) − reserved}. Since a deduction lowers {@code net} and
 * raises {@code deducted} by the same amount, Dodo's lag does not show in the sum, and entries may arrive in any order.
 *
 * <p>Shortly before credits expire, what was left of them when Dodo last listed them is taken off too. It can only have
 * become less since, whichever credits Dodo deducts usage from, so never too little is taken off.
 */
final class AccountState {
    /**
     * Dodo may list an entry up to 72 hours after its time of creation, and send it by webhook again days later. Beyond a week, an
     * entry whose creation is before that to which nothing is missing is not news.
     */
    static final long LATE_MICROS = 7L * 24 * 3_600 * 1_000_000;

    /** By how much Dodo's clock may be ahead of the one here; webhooks fail long before. */
    private static final long CLOCKS_APART_MICROS = 24L * 3_600 * 1_000_000;

    private final Account account;

    /**
     * The entries inside the sums, with a time at or after their creation, as far back as {@link #horizonMicros}: an entry created
     * before that is inside the sums, or was listed too late.
     */
    private final Map<String, Long> entryIds = new HashMap<>();

    /** The applied entries of the newest moment; Dodo may give several the same time of creation. */
    private final Set<String> tipIds = new HashSet<>();

    private boolean based;
    private long netUnits;
    private long usedUnits;
    private long deductedUnits;
    private long writtenOffUnits;
    private long writtenOffMillis = Long.MIN_VALUE;

    /** What Dodo is to give back, or has given back without an entry that is known here. */
    private long creditDueUnits;
    /** What was to be given back since nothing was left to be deducted. */
    private long returnedUnits;
    /** Deliveries that Dodo has not acknowledged; those set aside are among them. */
    private int unacknowledgedDeliveries;

    /** When usage last moved here, from anything to anything. */
    private long movedMillis;

    /** Whether a deduction of ours has taken all there was, since nothing was left to be deducted. */
    private boolean emptied;

    private long reservedUnits;
    private long overshootUnits;
    private int openRequests;
    private Fact.Terms terms = Fact.Terms.NONE;
    private long sinceMicros;
    private long tipMicros;

    /** Every entry created before this is inside the sums. */
    private long completeMicros;

    private long confirmedMillis;

    /** The part of the usage here that an earlier journal may have made, and nothing has deducted. */
    private long inheritedUnits;

    private long lastUsageMillis;

    AccountState(Account account) {
        this.account = account;
    }

    AccountState(Account account, AccountSnapshot snapshot) {
        this.account = account;
        entryIds.putAll(snapshot.entryIds());
        tipIds.addAll(snapshot.tipIds());
        based = snapshot.based();
        netUnits = snapshot.netUnits();
        usedUnits = snapshot.usedUnits();
        deductedUnits = snapshot.deductedUnits();
        writtenOffUnits = snapshot.writtenOffUnits();
        writtenOffMillis = snapshot.writtenOffMillis();
        creditDueUnits = snapshot.creditDueUnits();
        returnedUnits = snapshot.returnedUnits();
        unacknowledgedDeliveries = snapshot.unacknowledgedDeliveries();
        movedMillis = snapshot.movedMillis();
        emptied = snapshot.emptied();
        reservedUnits = snapshot.reservedUnits();
        overshootUnits = snapshot.overshootUnits();
        openRequests = snapshot.openRequests();
        terms = snapshot.terms();
        sinceMicros = snapshot.sinceMicros();
        tipMicros = snapshot.tipMicros();
        completeMicros = snapshot.completeMicros();
        confirmedMillis = snapshot.confirmedMillis();
        inheritedUnits = snapshot.inheritedUnits();
        lastUsageMillis = snapshot.lastUsageMillis();
    }

    AccountSnapshot snapshot() {
        return new AccountSnapshot(
                new HashMap<>(entryIds),
                new HashSet<>(tipIds),
                based,
                netUnits,
                usedUnits,
                deductedUnits,
                writtenOffUnits,
                writtenOffMillis,
                creditDueUnits,
                returnedUnits,
                unacknowledgedDeliveries,
                movedMillis,
                emptied,
                reservedUnits,
                overshootUnits,
                openRequests,
                terms,
                sinceMicros,
                tipMicros,
                completeMicros,
                confirmedMillis,
                inheritedUnits,
                lastUsageMillis);
    }

    boolean based() {
        return based;
    }

    long netUnits() {
        return netUnits;
    }

    long tipMicros() {
        return tipMicros;
    }

    /** From when on Dodo's ledger has to be read so that nothing is missed. */
    long completeMicros() {
        return completeMicros;
    }

    long reservedUnits() {
        return reservedUnits;
    }

    /** What running requests may use beyond their holds. */
    long overshootUnits() {
        return overshootUnits;
    }

    int openRequests() {
        return openRequests;
    }

    long confirmedMillis() {
        return confirmedMillis;
    }

    Fact.Terms terms() {
        return terms;
    }

    int unacknowledgedDeliveries() {
        return unacknowledgedDeliveries;
    }

    long movedMillis() {
        return movedMillis;
    }

    boolean emptied() {
        return emptied;
    }

    /** What is used and neither deducted nor written off; negative for what Dodo is to give back. */
    private long unreflectedUnits() {
        return Math.subtractExact(Math.subtractExact(usedUnits, deductedUnits), writtenOffUnits);
    }

    /** What Dodo may still deduct for usage that it was told, or will be, as it was told. */
    long deductibleUnits() {
        return Math.addExact(unreflectedUnits(), creditDueUnits);
    }

    long creditDueUnits() {
        return creditDueUnits;
    }

    /** Of what Dodo may still deduct, the part that it may have dropped. */
    long droppableUnits() {
        return deductibleUnits() - inheritedUnits - returnedUnits;
    }

    /** What was written off, if usage of that time may be in it. */
    long writtenOffUnits(long usedMillis) {
        return writtenOffMillis >= usedMillis ? writtenOffUnits : 0;
    }

    /**
     * What a new request may hold when credits that expire by {@code untilMillis} are left out; {@link Long#MAX_VALUE}
     * when there is no limit. May be negative.
     */
    long availableUnits(Overage overage, long untilMillis) {
        long limitUnits = overage.limitUnits(terms.overageLimitUnits());
        long lastingUnits = Math.subtractExact(netUnits, terms.expiringUnits(untilMillis));
        long creditUnits = Math.subtractExact(Math.subtractExact(lastingUnits, unreflectedUnits()), reservedUnits);
        boolean limited = limitUnits <= Long.MAX_VALUE - Math.max(0, creditUnits) && limitUnits < Long.MAX_VALUE;
        return limited ? Math.addExact(creditUnits, limitUnits) : Long.MAX_VALUE;
    }

    /** Whether an entry would be news: neither inside the basis nor applied on top of it. */
    boolean isNews(Reading.Entry entry) {
        return entry.createdMicros() >= horizonMicros() && !entryIds.containsKey(entry.id());
    }

    /** An entry created before this is not news, whatever its id. Goes back only with a basis that names all entries since. */
    private long horizonMicros() {
        return Math.max(sinceMicros, completeMicros - LATE_MICROS);
    }

    /** Whether an entry has taken effect here that a reading does not contain yet. */
    boolean isAheadOf(Reading reading) {
        long newestMicros = reading.newestMicros();
        return newestMicros < tipMicros
                || (newestMicros == tipMicros && !reading.entryIds().containsAll(tipIds));
    }

    void confirm(long atMillis) {
        confirmedMillis = Math.max(confirmedMillis, atMillis);
    }

    /** Whether Dodo's meter takes nothing from these credits although there are some. */
    boolean isUndeducted() {
        return terms.deductingSubscriptions() == 0 && netUnits > 0;
    }

    AccountView view(Overage overage) {
        long availableUnits = based ? availableUnits(overage, Long.MIN_VALUE) : 0;
        return new AccountView(
                account,
                based,
                netUnits,
                usedUnits,
                deductedUnits,
                writtenOffUnits,
                reservedUnits,
                availableUnits,
                tipMicros,
                completeMicros,
                confirmedMillis,
                terms);
    }

    void reserve(Fact.Reserved reserved) {
        reservedUnits = Math.addExact(reservedUnits, reserved.heldUnits());
        overshootUnits = Math.addExact(overshootUnits, reserved.overshootUnits());
        openRequests++;
    }

    void release(Fact.Reserved reserved) {
        reservedUnits = Math.subtractExact(reservedUnits, reserved.heldUnits());
        overshootUnits = Math.subtractExact(overshootUnits, reserved.overshootUnits());
        openRequests--;
        boolean whole = reservedUnits >= 0 && overshootUnits >= 0 && openRequests >= 0;
        check(whole, "more was released than reserved");
    }

    void use(Fact.Settled settled) {
        usedUnits = Math.addExact(usedUnits, settled.units());
        lastUsageMillis = Math.max(lastUsageMillis, settled.atMillis());
        unacknowledgedDeliveries++;
        move(settled.atMillis());
    }

    /** What Dodo may still deduct changes only with what it is told: it deducts a whole estimate, and gives back a part. */
    void correct(Fact.Corrected corrected) {
        usedUnits = Math.addExact(usedUnits, corrected.changeUnits());
        writtenOffUnits = Math.subtractExact(writtenOffUnits, corrected.notDroppedUnits());
        if (corrected.remedy() == Fact.Remedy.CREDIT) {
            creditDueUnits = Math.addExact(creditDueUnits, corrected.remedyUnits());
            returnedUnits = Math.addExact(returnedUnits, corrected.remedyUnits());
        }
        unacknowledgedDeliveries += corrected.delivery().isPresent() ? 1 : 0;
        lastUsageMillis = Math.max(lastUsageMillis, corrected.atMillis());
        check(usedUnits >= 0 && writtenOffUnits >= 0, "more was corrected than used");
        requireDeductible("more usage is deducted than was used, once it is corrected");
        move(corrected.atMillis());
    }

    /** Where nothing is left to be deducted, nothing of it can have been dropped. */
    private void requireDeductible(String otherwise) {
        check(deductibleUnits() >= 0, otherwise);
        inheritedUnits = Math.min(inheritedUnits, deductibleUnits());
        emptied = emptied && deductibleUnits() > 0;
        returnedUnits = deductibleUnits() == 0 ? 0 : returnedUnits;
    }

    void acknowledge(long atMillis) {
        lastUsageMillis = Math.max(lastUsageMillis, atMillis);
        unacknowledgedDeliveries--;
        check(unacknowledgedDeliveries >= 0, "more was acknowledged than is to be delivered");
        move(atMillis);
    }

    void writeOff(Fact.WrittenOff writtenOff) {
        writtenOffUnits = Math.addExact(writtenOffUnits, writtenOff.units());
        writtenOffMillis = Math.max(writtenOffMillis, writtenOff.atMillis());
        requireDeductible("more usage was written off than is left");
    }

    private void move(long atMillis) {
        movedMillis = Math.max(movedMillis, atMillis);
    }

    void inherit(Fact.Inherited inherited) {
        usedUnits = Math.addExact(usedUnits, inherited.units());
        inheritedUnits = Math.addExact(inheritedUnits, inherited.units());
        lastUsageMillis = Math.max(lastUsageMillis, inherited.atMillis());
        check(inheritedUnits >= 0 && deductibleUnits() >= 0, "more was taken back than inherited");
        move(inherited.atMillis());
    }

    long inheritedUnits() {
        return inheritedUnits;
    }

    /** Whether Dodo has known of all usage here for so long. */
    boolean isQuiet(long lagMillis, long atMillis) {
        return unacknowledgedDeliveries == 0 && atMillis - lastUsageMillis >= lagMillis;
    }

    void base(Fact.Based basis) {
        based = true;
        netUnits = basis.netUnits();
        sinceMicros = basis.sinceMicros();
        completeMicros = Math.max(completeMicros, sinceMicros);
        raiseTip(sinceMicros);
        long createdMicros = Math.addExact(Math.multiplyExact(basis.atMillis(), 1_000), CLOCKS_APART_MICROS);
        basis.includedEntryIds().forEach(id -> entryIds.merge(id, createdMicros, Math::min));
        move(basis.atMillis());
        confirm(basis.atMillis());
    }

    void apply(Fact.EntryApplied entry) {
        boolean first = entryIds.put(entry.entryId(), entry.createdMicros()) == null;
        check(first, "an entry was applied twice");
        netUnits = Math.addExact(netUnits, entry.netUnits());
        deductedUnits = Math.addExact(deductedUnits, entry.usageUnits());
        creditDueUnits = Math.addExact(creditDueUnits, Math.min(0, entry.usageUnits()));
        check(creditDueUnits >= 0, "more was given back than is due");
        emptied = emptied || (entry.usageUnits() > 0 && netUnits <= 0);
        requireDeductible("more usage was deducted than used");
        if (entry.usageUnits() != 0) {
            move(entry.atMillis());
        }
        raiseTip(entry.createdMicros());
        if (entry.createdMicros() == tipMicros) {
            tipIds.add(entry.entryId());
        }
        confirm(entry.atMillis());
    }

    void catchUp(Fact.CaughtUp caughtUp) {
        check(caughtUp.throughMicros() > completeMicros, "it was caught up further before");
        completeMicros = caughtUp.throughMicros();
        long horizonMicros = horizonMicros();
        entryIds.values().removeIf(createdMicros -> createdMicros < horizonMicros);
    }

    /** Confirms nothing: an entry that comes again, however late, can show that a grant has ended which was listed anew meanwhile. */
    void apply(Fact.TermsSeen seen) {
        if (seen.terms().overageLimitUnits() != terms.overageLimitUnits()) {
            move(seen.atMillis());
        }
        terms = seen.terms();
    }

    private void raiseTip(long micros) {
        if (micros > tipMicros) {
            tipMicros = micros;
            tipIds.clear();
        }
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(account + ": " + otherwise);
        }
    }
}
