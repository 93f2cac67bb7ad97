package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.HashSet;
import java.util.Set;

/**
 * One account's running sums. Owned by its {@link Ledger}, hence by the ledger thread.
 *
 * <p>{@code available = net + allowed overage − (used − deducted) − reserved}. Since a deduction lowers {@code net} and
 * raises {@code deducted} by the same amount, Dodo's lag does not show in the sum, and entries may arrive in any order.
 *
 * <p>Shortly before credits expire, what was left of them when Dodo last listed them is taken off too. It can only have
 * become less since, whichever credits Dodo deducts usage from, so never too little is taken off.
 */
final class AccountState {
    private final Account account;
    private final Set<String> entryIds = new HashSet<>();

    /** The applied entries of the newest moment; Dodo may give several the same time of creation. */
    private final Set<String> tipIds = new HashSet<>();

    private boolean based;
    private long netUnits;
    private long usedUnits;
    private long deductedUnits;
    private long reservedUnits;
    private long overshootUnits;
    private int openRequests;
    private Fact.Terms terms = Fact.Terms.NONE;
    private long sinceMicros;
    private long tipMicros;
    private long confirmedMillis;

    AccountState(Account account) {
        this.account = account;
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

    /** Usage settled here that no applied entry has deducted. */
    long unreflectedUnits() {
        return Math.subtractExact(usedUnits, deductedUnits);
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
        return entry.createdMicros() >= sinceMicros && !entryIds.contains(entry.id());
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
                reservedUnits,
                availableUnits,
                tipMicros,
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

    void use(long units) {
        usedUnits = Math.addExact(usedUnits, units);
    }

    void base(Fact.Based basis) {
        based = true;
        netUnits = basis.netUnits();
        sinceMicros = basis.sinceMicros();
        raiseTip(sinceMicros);
        entryIds.addAll(basis.includedEntryIds());
        confirm(basis.atMillis());
    }

    void apply(Fact.EntryApplied entry) {
        check(entryIds.add(entry.entryId()), "an entry was applied twice");
        netUnits = Math.addExact(netUnits, entry.netUnits());
        deductedUnits = Math.addExact(deductedUnits, entry.usageUnits());
        check(deductedUnits <= usedUnits, "more usage was deducted than used");
        raiseTip(entry.createdMicros());
        if (entry.createdMicros() == tipMicros) {
            tipIds.add(entry.entryId());
        }
        confirm(entry.atMillis());
    }

    void apply(Fact.TermsSeen seen) {
        terms = seen.terms();
        confirm(seen.atMillis());
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
