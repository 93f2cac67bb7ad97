package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares what a gate shows of its accounts with its facts, with the models and with Dodo's books. */
final class Inspector {
    private final List<SimulatedDodo> dodos;
    private final List<LedgerModel> models;
    private final Promises promises;
    private final Map<Account, List<Fact>> facts = new HashMap<>();

    /** Sums of all facts, dropped when a fact is added. */
    private final Map<Account, FactSums> sums = new HashMap<>();

    Inspector(List<SimulatedDodo> dodos, List<LedgerModel> models, Promises promises) {
        this.dodos = dodos;
        this.models = models;
        this.promises = promises;
    }

    void note(Fact fact) {
        facts.computeIfAbsent(fact.account(), account -> new ArrayList<>()).add(fact);
        sums.remove(fact.account());
    }

    /** After a step: the sums, spending, billing and what it may not touch. */
    void check(Step step, List<AccountView> before, List<AccountView> after) {
        models.forEach(LedgerModel::checkSpending);
        if (step instanceof Step.Work || step instanceof Step.Advance) {
            checkBilled();
        }
        for (int account = 0; account < models.size(); account++) {
            checkSums(account, after.get(account));
            if (step instanceof Step.OfAccount of && of.account() != account) {
                AccountView was = before.get(account);
                AccountView is = after.get(account);
                promises.require(Promise.ISOLATION, was.equals(is), () -> was + " became " + is);
            }
        }
    }

    private void checkSums(int account, AccountView view) {
        LedgerModel model = models.get(account);
        FactSums factSums = sums.computeIfAbsent(
                History.ACCOUNTS.get(account), key -> FactSums.of(facts.getOrDefault(key, List.of())));
        long limitUnits = History.OVERAGES.get(account).limitUnits(model.limitAtDodoUnits());
        promises.require(
                Promise.CONSERVATION, factSums.agrees(view, limitUnits), () -> view + " but facts say " + factSums);
        boolean agrees = view.known() == model.isRead()
                && view.netUnits() == model.knownNetUnits()
                && view.usedUnits() == model.usedTotalUnits()
                && view.heldUnits() == model.heldUnits()
                && view.availableUnits() == (view.known() ? model.spendableUnits() : 0);
        promises.require(Promise.CONSERVATION, agrees, () -> view + " but known is " + model);
    }

    private void checkBilled() {
        for (int account = 0; account < models.size(); account++) {
            Map<String, Long> told = models.get(account).told();
            dodos.get(account)
                    .billedUnits()
                    .forEach((id, billed) -> promises.require(
                            Promise.BILLED_ONCE,
                            billed.equals(told.getOrDefault(id, 0L)),
                            () -> id + " is to be " + told.get(id) + " and is billed " + billed));
        }
    }

    /** What the facts say that Dodo said last. */
    Fact.Terms terms(int account) {
        return facts.getOrDefault(History.ACCOUNTS.get(account), List.of()).reversed().stream()
                .filter(fact -> fact instanceof Fact.TermsSeen)
                .map(fact -> ((Fact.TermsSeen) fact).terms())
                .findFirst()
                .orElse(Fact.Terms.NONE);
    }

    /** Once everything has arrived, and all that is due has expired, what is listed here is what Dodo lists. */
    void checkExpiring(int account, AccountView view) {
        List<Fact.Grant> listed = dodos.get(account).grants().list(Long.MIN_VALUE);
        promises.require(Promise.TRUTH, view.terms().grants().containsAll(listed), () -> view + " but " + listed);
    }

    /** Once everything has arrived: the balance is Dodo's, and only what it dropped is still to be deducted. */
    void checkTruth(int account, AccountView view) {
        SimulatedDodo dodo = dodos.get(account);
        promises.require(Promise.TRUTH, view.netUnits() == dodo.netUnits(), () -> view + " but " + dodo.netUnits());
        if (dodo.foreignUnits() == 0) {
            long unreflectedUnits = view.unreflectedUnits();
            long notDroppedUnits = models.get(account).notDroppedUnits();
            long refusedUnits = models.get(account).refusedUnits();
            promises.require(
                    Promise.TRUTH,
                    unreflectedUnits + view.writtenOffUnits() == dodo.droppedUnits() + refusedUnits - notDroppedUnits,
                    () -> view + " but " + dodo.droppedUnits() + " was dropped");
        }
    }

    void requireSame(List<AccountView> folded, List<AccountView> views) {
        promises.require(Promise.FOLD, same(folded, views), () -> folded + " is not " + views);
    }

    /** Equal but for the time of the last confirmation, which readings without news move and no fact records. */
    private static boolean same(List<AccountView> left, List<AccountView> right) {
        for (int account = 0; account < left.size(); account++) {
            if (!timeless(left.get(account)).equals(timeless(right.get(account)))) {
                return false;
            }
        }
        return true;
    }

    static AccountView timeless(AccountView view) {
        return new AccountView(
                view.account(),
                view.known(),
                view.netUnits(),
                view.usedUnits(),
                view.deductedUnits(),
                view.writtenOffUnits(),
                view.heldUnits(),
                view.availableUnits(),
                view.tipMicros(),
                view.completeMicros(),
                0,
                view.terms());
    }
}
