package dev.tollgate.app;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.AccountView;
import dev.tollgate.ledger.Overage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Everything that makes up one account's numbers: it is fed the account's facts in the order of the journal and lets the
 * ledger's own code add them up. Owned by one thread.
 */
final class AccountStatement implements Consumer<Fact> {
    private final Account account;
    private final AccountView.Fold fold = new AccountView.Fold();
    private final Digest<BalanceRow> balances;
    private final Digest<UsageRow> usages;
    private final Map<String, Fact.Reserved> holds = new LinkedHashMap<>();
    private Fact.Terms terms = Fact.Terms.NONE;

    /**
     * Something that Dodo showed.
     *
     * @param what the entry's type, or {@code read} for a balance that was read
     * @param entryId empty for anything but one single entry
     * @param changeUnits its effect on the balance minus overage, {@code netUnits} what that came to
     * @param usageUnits the part of a deduction that is usage settled here
     */
    record BalanceRow(
            long atMillis, long count, String what, String entryId, long changeUnits, long usageUnits, long netUnits)
            implements Digest.Row<BalanceRow> {

        /** Deductions of one day that follow each other. */
        @Override
        public Optional<BalanceRow> with(BalanceRow next) {
            boolean deductions = usageUnits > 0 && next.usageUnits > 0 && what.equals(next.what);
            if (!deductions || !Wording.day(atMillis).equals(Wording.day(next.atMillis))) {
                return Optional.empty();
            }
            return Optional.of(new BalanceRow(
                    next.atMillis,
                    count + next.count,
                    what,
                    "",
                    Math.addExact(changeUnits, next.changeUnits),
                    Math.addExact(usageUnits, next.usageUnits),
                    next.netUnits));
        }
    }

    /** Usage of one request, or of several of one day; those have no id, key and model. */
    record UsageRow(
            long atMillis, long count, String requestId, String keyId, String model, long units, long estimatedCount)
            implements Digest.Row<UsageRow> {

        @Override
        public Optional<UsageRow> with(UsageRow next) {
            if (!Wording.day(atMillis).equals(Wording.day(next.atMillis))) {
                return Optional.empty();
            }
            return Optional.of(new UsageRow(
                    next.atMillis,
                    count + next.count,
                    "",
                    "",
                    "",
                    Math.addExact(units, next.units),
                    estimatedCount + next.estimatedCount));
        }
    }

    /** @param newest how many of the newest postings of each kind are kept one by one */
    AccountStatement(Account account, int newest) {
        this.account = account;
        this.balances = new Digest<>(newest);
        this.usages = new Digest<>(newest);
    }

    @Override
    public void accept(Fact fact) {
        long netBefore = view().netUnits();
        fold.accept(fact);
        switch (fact) {
            case Fact.Reserved reserved -> holds.put(reserved.requestId(), reserved);
            case Fact.Shrunk shrunk -> holds.computeIfPresent(shrunk.requestId(), (id, hold) -> hold.shrunk(shrunk));
            case Fact.Settled settled -> {
                holds.remove(settled.requestId());
                usages.add(usage(settled));
            }
            case Fact.Corrected corrected -> usages.add(correction(corrected));
            case Fact.Voided voided -> holds.remove(voided.requestId());
            case Fact.Based based -> addBalance("read", "", 0, netBefore, based);
            case Fact.EntryApplied entry ->
                addBalance(entry.type(), entry.entryId(), entry.usageUnits(), netBefore, entry);
            case Fact.TermsSeen seen -> {
                addBalance(TermsText.change(terms, seen.terms()), "", 0, netBefore, seen);
                terms = seen.terms();
            }
            case Fact.WrittenOff writtenOff ->
                addBalance("usage written off: " + Wording.number(writtenOff.units()), "", 0, netBefore, writtenOff);
            case Fact.CaughtUp ignored -> {}
            case Fact.Inherited inherited ->
                usages.add(
                        new UsageRow(inherited.atMillis(), 1, "from an earlier journal", "", "", inherited.units(), 0));
            case Fact.Ingested ignored -> {}
            case Fact.Quarantined ignored -> {}
            case Fact.Requeued ignored -> {}
            case Fact.KeyChanged ignored -> {}
        }
    }

    private static UsageRow usage(Fact.Settled settled) {
        return new UsageRow(
                settled.atMillis(),
                1,
                settled.requestId(),
                settled.keyId(),
                settled.modelAsked(),
                settled.units(),
                settled.estimated() ? 1 : 0);
    }

    private static UsageRow correction(Fact.Corrected corrected) {
        return new UsageRow(
                corrected.atMillis(),
                1,
                Fact.Corrected.deliveryId(corrected.requestId()),
                corrected.keyId(),
                corrected.model(),
                corrected.changeUnits(),
                -1);
    }

    private void addBalance(String what, String entryId, long usageUnits, long netBefore, Fact fact) {
        long netUnits = view().netUnits();
        long changeUnits = Math.subtractExact(netUnits, netBefore);
        balances.add(new BalanceRow(fact.atMillis(), 1, what, entryId, changeUnits, usageUnits, netUnits));
    }

    Account account() {
        return account;
    }

    /** The account with overage off. */
    AccountView view() {
        return fold.view(account, new Overage.Off());
    }

    /** What is available with the overage that Dodo allows. */
    long availableWithOverageUnits() {
        return fold.view(account, new Overage.AsDodoSays()).availableUnits();
    }

    /** What Dodo allows beyond zero; {@link Long#MAX_VALUE} without limit. */
    long overageLimitUnits() {
        return terms.overageLimitUnits();
    }

    /** What Dodo said last beyond the balance. */
    Fact.Terms terms() {
        return terms;
    }

    List<BalanceRow> balances() {
        return balances.rows();
    }

    List<UsageRow> usages() {
        return usages.rows();
    }

    /** Open reservations, oldest first. */
    List<Fact.Reserved> holds() {
        return new ArrayList<>(holds.values());
    }
}
