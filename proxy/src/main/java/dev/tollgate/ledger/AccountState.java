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
 */
final class AccountState {
    private final Account account;
    private final Set<String> entryIds = new HashSet<>();
    private boolean based;
    private long netUnits;
    private long usedUnits;
    private long deductedUnits;

    /** The part of {@code usedUnits} that Dodo has not acknowledged. */
    private long unacknowledgedUnits;

    private long acknowledgedMillis;
    private long reservedUnits;
    private int openRequests;
    private long overageLimitUnits;
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

    int openRequests() {
        return openRequests;
    }

    long confirmedMillis() {
        return confirmedMillis;
    }

    long overageLimitUnits() {
        return overageLimitUnits;
    }

    long unacknowledgedUnits() {
        return unacknowledgedUnits;
    }

    /** When Dodo last acknowledged usage; 0 for never. */
    long acknowledgedMillis() {
        return acknowledgedMillis;
    }

    /** Usage settled here that no applied entry has deducted. */
    long unreflectedUnits() {
        return Math.subtractExact(usedUnits, deductedUnits);
    }

    /** What a new request may hold; {@link Long#MAX_VALUE} when there is no limit. May be negative. */
    long availableUnits(Overage overage) {
        long limitUnits = overage.limitUnits(overageLimitUnits);
        if (limitUnits == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        long left = Math.subtractExact(Math.addExact(netUnits, limitUnits), unreflectedUnits());
        return Math.subtractExact(left, reservedUnits);
    }

    /** Whether an entry would be news: neither inside the basis nor applied on top of it. */
    boolean isNews(Reading.Entry entry) {
        return entry.createdMicros() >= sinceMicros && !entryIds.contains(entry.id());
    }

    void confirm(long atMillis) {
        confirmedMillis = Math.max(confirmedMillis, atMillis);
    }

    AccountView view(Overage overage) {
        long availableUnits = based ? availableUnits(overage) : 0;
        return new AccountView(
                account,
                based,
                netUnits,
                usedUnits,
                deductedUnits,
                reservedUnits,
                availableUnits,
                tipMicros,
                confirmedMillis);
    }

    void reserve(long heldUnits) {
        reservedUnits = Math.addExact(reservedUnits, heldUnits);
        openRequests++;
    }

    void release(long heldUnits) {
        reservedUnits = Math.subtractExact(reservedUnits, heldUnits);
        openRequests--;
        check(reservedUnits >= 0 && openRequests >= 0, "more was released than reserved");
    }

    void use(long units) {
        usedUnits = Math.addExact(usedUnits, units);
        unacknowledgedUnits = Math.addExact(unacknowledgedUnits, units);
    }

    void acknowledge(long units, long atMillis) {
        unacknowledgedUnits = Math.subtractExact(unacknowledgedUnits, units);
        acknowledgedMillis = Math.max(acknowledgedMillis, atMillis);
        check(unacknowledgedUnits >= 0, "more usage was acknowledged than used");
    }

    void writeOff(long units) {
        deductedUnits = Math.addExact(deductedUnits, units);
        check(deductedUnits <= usedUnits, "more usage was written off than is left");
    }

    void base(Fact.Based basis) {
        based = true;
        netUnits = basis.netUnits();
        sinceMicros = basis.sinceMicros();
        tipMicros = Math.max(tipMicros, sinceMicros);
        entryIds.addAll(basis.includedEntryIds());
        confirm(basis.atMillis());
    }

    void apply(Fact.EntryApplied entry) {
        check(entryIds.add(entry.entryId()), "an entry was applied twice");
        netUnits = Math.addExact(netUnits, entry.netUnits());
        deductedUnits = Math.addExact(deductedUnits, entry.usageUnits());
        check(deductedUnits <= usedUnits, "more usage was deducted than used");
        tipMicros = Math.max(tipMicros, entry.createdMicros());
        confirm(entry.atMillis());
    }

    void allow(Fact.OverageSeen overage) {
        overageLimitUnits = overage.limitUnits();
        confirm(overage.atMillis());
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(account + ": " + otherwise);
        }
    }
}
