package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may still spend how much: one plain sequential state machine. Commands go in, facts and an answer come out; it
 * has no clock, no thread and no I/O. Its state is the fold of the facts it produced, so replaying them restores it.
 *
 * <p>Not safe for concurrent use; {@link LedgerThread} owns the one that serves.
 */
final class Ledger {
    /** So much later than said Dodo may take expired credits away; as long a grant that was due is known, listed or not. */
    private static final long DUE_GRANT_KEPT_MILLIS = 3_600_000;

    private final Map<Account, AccountState> accounts = new HashMap<>();
    private final Map<String, Fact.Reserved> open = new HashMap<>();
    private final WaitingLine waiting = new WaitingLine();
    private final Deliveries deliveries = new Deliveries();
    private final Corrections corrections = new Corrections();

    /** What keys were made for; one key for each. */
    private final Set<String> keyOrigins = new HashSet<>();

    /** Folds one fact of the journal into the state. */
    void apply(Fact fact) {
        AccountState state = accounts.computeIfAbsent(fact.account(), AccountState::new);
        switch (fact) {
            case Fact.Reserved reserved -> {
                open.put(reserved.requestId(), reserved);
                state.reserve(reserved);
            }
            case Fact.Shrunk shrunk -> shrink(state, shrunk);
            case Fact.Settled settled -> {
                close(state, settled.requestId());
                state.use(settled);
                deliveries.settled(settled.requestId());
            }
            case Fact.Corrected corrected -> {
                corrections.corrected(corrected);
                state.correct(corrected);
                deliveries.corrected(corrected);
            }
            case Fact.Voided voided -> close(state, voided.requestId());
            case Fact.Based basis -> state.base(basis);
            case Fact.EntryApplied entry -> state.apply(entry);
            case Fact.CaughtUp caughtUp -> state.catchUp(caughtUp);
            case Fact.WrittenOff writtenOff -> state.writeOff(writtenOff);
            case Fact.TermsSeen terms -> state.apply(terms);
            case Fact.Ingested ingested -> {
                if (deliveries.ingested(ingested)) {
                    state.acknowledge(ingested.atMillis());
                }
            }
            case Fact.Inherited inherited -> state.inherit(inherited);
            case Fact.Quarantined quarantined -> deliveries.quarantined(quarantined);
            case Fact.Requeued requeued -> deliveries.requeued(requeued);
            case Fact.KeyChanged key -> keyOrigins.add(key.origin());
        }
    }

    private void close(AccountState state, String requestId) {
        Fact.@Nullable Reserved reserved = open.remove(requestId);
        if (reserved == null) {
            throw new IllegalStateException("request " + requestId + " ends but holds nothing");
        }
        state.release(reserved);
    }

    private void shrink(AccountState state, Fact.Shrunk shrunk) {
        Fact.@Nullable Reserved reserved = open.get(shrunk.requestId());
        if (reserved == null || reserved.heldUnits() <= shrunk.heldUnits()) {
            throw new IllegalStateException("the hold of request " + shrunk.requestId() + " does not become smaller");
        }
        state.release(reserved);
        Fact.Reserved smaller = reserved.shrunk(shrunk);
        open.put(shrunk.requestId(), smaller);
        state.reserve(smaller);
    }

    /**
     * Decides a command, takes over the facts that it leads to, and serves who has been waiting for that.
     *
     * @throws IllegalArgumentException or {@link ArithmeticException} when the command makes no sense; nothing has changed
     *     then
     */
    <A> Decision<A> decide(Command<A> command) {
        Decision<A> decision = propose(command);
        decision.facts().forEach(this::apply);
        List<Fact> facts = new ArrayList<>(decision.facts());
        List<Decision.Served> served = new ArrayList<>(decision.served());
        for (Fact fact : decision.facts()) {
            if (frees(fact)) {
                serveWaiting(fact.account(), fact.atMillis(), facts, served);
            }
        }
        if (command instanceof Command.Withdraw withdraw) {
            serveWaiting(withdraw.account(), Long.MIN_VALUE, facts, served);
        }
        return new Decision<>(facts, decision.answer(), served);
    }

    @SuppressWarnings("unchecked") // each command's decision carries the answer type that the command declares
    private <A> Decision<A> propose(Command<A> command) {
        Decision<?> decision = switch (command) {
            case Command.Reserve reserve -> reserve(reserve);
            case Command.Withdraw withdraw -> withdraw(withdraw);
            case Command.Shrink shrink -> shrink(shrink);
            case Command.Settle settle -> settle(settle);
            case Command.Release release -> release(release);
            case Command.Correct correct -> correct(correct);
            case Command.Send send -> deliveries.send(send);
            case Command.Acknowledge acknowledge -> deliveries.acknowledge(acknowledge);
            case Command.SetAside setAside -> deliveries.setAside(setAside);
            case Command.PutBack putBack -> deliveries.putBack(putBack);
            case Command.ApplyEntries entries -> applyEntries(entries);
            case Command.ApplyReading reading -> applyReading(reading);
            case Command.Inherit inherit -> inherit(inherit);
            case Command.ChangeKey change -> changeKey(change.fact());
            case Command.Look look -> Decision.of(view(look.account(), look.overage()));
            case Command.CloseLedger ignored -> Decision.of(true);
            case Command.CloseOrphans orphans -> Orphans.close(open.values(), deliveries, orphans);
        };
        return (Decision<A>) decision;
    }

    /** Whether a fact may have made room for somebody who waits. */
    private static boolean frees(Fact fact) {
        return switch (fact) {
            case Fact.Shrunk ignored -> true;
            case Fact.Settled ignored -> true;
            case Fact.Corrected ignored -> true;
            case Fact.Voided ignored -> true;
            case Fact.Based ignored -> true;
            case Fact.EntryApplied ignored -> true;
            case Fact.TermsSeen ignored -> true;
            case Fact.Inherited ignored -> true;
            case Fact.WrittenOff ignored -> true;
            case Fact.CaughtUp ignored -> false;
            case Fact.Reserved ignored -> false;
            case Fact.Ingested ignored -> false;
            case Fact.Quarantined ignored -> false;
            case Fact.Requeued ignored -> false;
            case Fact.KeyChanged ignored -> false;
        };
    }

    private void serveWaiting(Account account, long nowMillis, List<Fact> facts, List<Decision.Served> served) {
        while (true) {
            Command.@Nullable Reserve first = waiting.first(account);
            if (first == null) {
                return;
            }
            Decision<Command.ReserveAnswer> decision = attempt(first, Math.max(nowMillis, first.nowMillis()));
            Command.ReserveAnswer answer = Objects.requireNonNull(decision.answer());
            if (answer instanceof Command.ReserveAnswer.Held) {
                return;
            }
            waiting.leave(account, first.requestId());
            decision.facts().forEach(this::apply);
            facts.addAll(decision.facts());
            served.add(new Decision.Served(first.requestId(), answer));
        }
    }

    AccountView view(Account account, Overage overage) {
        return state(account).view(overage);
    }

    private AccountState state(Account account) {
        @Nullable AccountState state = accounts.get(account);
        return state == null ? new AccountState(account) : state;
    }

    /** Nobody passes those who wait already; whoever may not wait is told that the credits are held. */
    private Decision<Command.ReserveAnswer> reserve(Command.Reserve reserve) {
        AccountState state = state(reserve.account());
        int waitingRequests = waiting.length(reserve.account());
        Decision<Command.ReserveAnswer> decision = attempt(reserve, reserve.nowMillis());
        boolean granted = decision.answer() instanceof Command.ReserveAnswer.Granted;
        boolean held = decision.answer() instanceof Command.ReserveAnswer.Held || (granted && waitingRequests > 0);
        if (!held) {
            return decision;
        }
        if (!reserve.mayWait()) {
            return Decision.of(held(state, reserve));
        }
        if (waitingRequests >= reserve.requestsMax()) {
            return Decision.of(new Command.ReserveAnswer.Crowded(reserve.requestsMax()));
        }
        waiting.join(reserve);
        return Decision.waiting();
    }

    private static Command.ReserveAnswer held(AccountState state, Command.Reserve reserve) {
        return new Command.ReserveAnswer.Held(
                new HoldSize(reserve, state.overshootUnits()).neededUnits(),
                availableUnits(state, reserve, reserve.nowMillis()),
                state.reservedUnits());
    }

    private Decision<Boolean> withdraw(Command.Withdraw withdraw) {
        Command.@Nullable Reserve reserve = waiting.leave(withdraw.account(), withdraw.requestId());
        if (reserve == null) {
            return Decision.of(false);
        }
        Command.ReserveAnswer answer = held(state(withdraw.account()), reserve);
        return new Decision<>(List.of(), true, List.of(new Decision.Served(withdraw.requestId(), answer)));
    }

    private static long availableUnits(AccountState state, Command.Reserve reserve, long nowMillis) {
        Command.Policy policy = reserve.policy();
        return state.availableUnits(policy.overage(), Math.addExact(nowMillis, policy.expiryGuardMillis()));
    }

    private Decision<Command.ReserveAnswer> attempt(Command.Reserve reserve, long nowMillis) {
        AccountState state = state(reserve.account());
        if (!state.based()) {
            return Decision.of(new Command.ReserveAnswer.Unknown());
        }
        if (reserve.nowMillis() - state.confirmedMillis() > reserve.staleAfterMillis()) {
            return Decision.of(new Command.ReserveAnswer.Stale(state.confirmedMillis()));
        }
        var objection = reserve.policy().objection(state.terms().standing(), state.isUndeducted());
        if (objection.isPresent()) {
            return Decision.of(new Command.ReserveAnswer.Withheld(objection.get(), state.confirmedMillis()));
        }
        if (state.openRequests() >= reserve.requestsMax()) {
            return Decision.of(new Command.ReserveAnswer.Crowded(reserve.requestsMax()));
        }
        if (open.containsKey(reserve.requestId())) {
            throw new IllegalStateException("request " + reserve.requestId() + " reserves twice");
        }
        long availableUnits = availableUnits(state, reserve, nowMillis);
        HoldSize size = new HoldSize(reserve, state.overshootUnits());
        if (availableUnits < size.neededUnits()) {
            return Decision.of(refuse(state, size.neededUnits(), availableUnits));
        }
        Fact.Reserved fact = size.fitting(availableUnits, reserve.policy().debits(state.isUndeducted()));
        long leftUnits = availableUnits == Long.MAX_VALUE ? Long.MAX_VALUE : availableUnits - fact.heldUnits();
        return Decision.of(
                fact,
                new Command.ReserveAnswer.Granted(
                        fact.promptUnits(), fact.outputUnits(), fact.overshootUnits(), leftUnits));
    }

    private static Command.ReserveAnswer refuse(AccountState state, long neededUnits, long availableUnits) {
        long potentialUnits = Math.addExact(availableUnits, state.reservedUnits());
        return potentialUnits < neededUnits
                ? new Command.ReserveAnswer.Exhausted(neededUnits, potentialUnits, state.confirmedMillis())
                : new Command.ReserveAnswer.Held(neededUnits, availableUnits, state.reservedUnits());
    }

    private Decision<Boolean> shrink(Command.Shrink shrink) {
        Fact.@Nullable Reserved reserved = open.get(shrink.requestId());
        if (reserved == null || reserved.heldUnits() <= shrink.heldUnits()) {
            return Decision.of(false);
        }
        return Decision.of(
                new Fact.Shrunk(shrink.requestId(), reserved.account(), shrink.heldUnits(), shrink.nowMillis()), true);
    }

    private Decision<Boolean> settle(Command.Settle settle) {
        Fact.@Nullable Reserved reserved = open.get(settle.requestId());
        if (reserved == null) {
            return Decision.of(false);
        }
        Fact.Settled fact = new Fact.Settled(
                reserved.requestId(),
                reserved.account(),
                reserved.keyId(),
                reserved.model(),
                settle.modelAnswered(),
                settle.units(),
                settle.tokens(),
                settle.estimated(),
                settle.weights(),
                reserved.debited(),
                settle.nowMillis());
        return Decision.of(fact, true);
    }

    private Decision<Boolean> release(Command.Release release) {
        Fact.@Nullable Reserved reserved = open.get(release.requestId());
        if (reserved == null) {
            return Decision.of(false);
        }
        return Decision.of(
                new Fact.Voided(release.requestId(), reserved.account(), release.reason(), release.nowMillis()), true);
    }

    private Decision<Command.CorrectAnswer> correct(Command.Correct correct) {
        AccountState state = state(correct.settled().account());
        return corrections.correct(
                correct, state, deliveries.isUnsent(correct.settled().requestId()));
    }

    private Decision<Boolean> changeKey(Fact.KeyChanged fact) {
        boolean second = !fact.revoked() && !fact.origin().isEmpty() && keyOrigins.contains(fact.origin());
        return second ? Decision.of(false) : Decision.of(fact, true);
    }

    private Decision<Command.EntriesAnswer> applyEntries(Command.ApplyEntries command) {
        AccountState state = state(command.account());
        if (!state.based()) {
            return Decision.of(new Command.EntriesAnswer(false, 0, false, 0));
        }
        List<Fact> facts = EntryFold.news(state, command.account(), command.entries(), command.nowMillis());
        boolean gap = EntryFold.leavesGap(state, facts, command.entries());
        long foreignUnits = EntryFold.foreignUnits(facts, command.entries());
        Command.EntriesAnswer answer = new Command.EntriesAnswer(true, facts.size(), gap, foreignUnits);
        List<Fact> all = new ArrayList<>(facts);
        noteTerms(state, command.account(), state.terms(), command.entries(), command.nowMillis(), all);
        return new Decision<>(all, answer);
    }

    private Decision<Command.ReadingAnswer> applyReading(Command.ApplyReading command) {
        AccountState state = state(command.account());
        Reading reading = command.reading();
        List<Fact> facts = new ArrayList<>();
        long driftUnits = 0;
        int applied = 0;
        EntryFold.requireReach(state, reading);
        state.confirm(reading.readAtMillis());
        if (state.based()) {
            facts.addAll(EntryFold.news(state, command.account(), reading.entries(), command.nowMillis()));
            applied = facts.size();
            driftUnits = EntryFold.driftUnits(state, facts, reading);
        }
        long foreignUnits = EntryFold.foreignUnits(facts, reading.entries());
        Optional<Fact> writtenOff = WriteOff.of(state, facts, driftUnits, command);
        if (!state.based() || driftUnits != 0) {
            facts.add(EntryFold.basis(command));
        }
        Inheritance.takenBack(state, facts, command).ifPresent(facts::add);
        Fact.Terms read = Objects.requireNonNullElse(reading.terms(), state.terms());
        Fact.Terms terms = read.withDue(state.terms(), reading.readAtMillis(), DUE_GRANT_KEPT_MILLIS);
        noteTerms(state, command.account(), terms, reading.entries(), command.nowMillis(), facts);
        writtenOff.ifPresent(facts::add);
        EntryFold.caughtUp(state, command).ifPresent(facts::add);
        return new Decision<>(facts, new Command.ReadingAnswer(applied, driftUnits, foreignUnits));
    }

    /** Takes over terms, if they are news, without the grants that {@code entries} show to have ended since. */
    private static void noteTerms(
            AccountState state,
            Account account,
            Fact.Terms known,
            List<Reading.Entry> entries,
            long nowMillis,
            List<Fact> facts) {
        Fact.Terms terms = known.without(Reading.endedGrantIds(entries));
        if (!terms.equals(state.terms())) {
            facts.add(new Fact.TermsSeen(account, terms, nowMillis));
        }
    }

    private Decision<Long> inherit(Command.Inherit command) {
        long moreUnits = command.units() - state(command.account()).inheritedUnits();
        return moreUnits > 0
                ? Decision.of(new Fact.Inherited(command.account(), moreUnits, command.nowMillis()), moreUnits)
                : Decision.of(0L);
    }

    int backlog() {
        return deliveries.count();
    }

    LedgerSnapshot snapshot() {
        Map<Account, AccountSnapshot> states = new HashMap<>();
        accounts.forEach((account, state) -> states.put(account, state.snapshot()));
        return new LedgerSnapshot(
                states,
                new HashMap<>(open),
                deliveries.unacknowledged(),
                deliveries.setAside(),
                deliveries.replacements(),
                corrections.trueUnits(),
                new HashSet<>(keyOrigins));
    }

    /** Takes over a snapshot; only while nothing has been applied. */
    void restore(LedgerSnapshot snapshot) {
        snapshot.accounts().forEach((account, state) -> accounts.put(account, new AccountState(account, state)));
        open.putAll(snapshot.open());
        deliveries.restore(snapshot);
        corrections.restore(snapshot.trueUnits());
        keyOrigins.addAll(snapshot.keyOrigins());
    }
}
