package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/** Keeps its books like the real ledger, and decides by an amount that somebody might take for what is available. */
abstract class WrongGate implements Gate {
    private final Ledger books = new Ledger();
    private final Map<String, Fact.Reserved> open = new HashMap<>();
    private final Map<Account, Map<String, Fact.Settled>> settled = new HashMap<>();
    private final Set<String> ingestedIds = new HashSet<>();

    /** What it lets a request hold, overage aside. */
    abstract long creditUnits(AccountView view, long nowMillis);

    /** Whether credits about to expire are left out. */
    boolean foreseesExpiry() {
        return true;
    }

    /** Sees each webhook as it comes. */
    void arrive(Account account, Reading.Entry entry) {}

    /** Sees each complete reading. */
    void arrive(Account account, Reading reading) {}

    @Override
    public void apply(Fact fact) {
        books.apply(fact);
        note(fact);
    }

    private void note(Fact fact) {
        switch (fact) {
            case Fact.Reserved reserved -> open.put(reserved.requestId(), reserved);
            case Fact.Settled usage -> {
                open.remove(usage.requestId());
                settled.computeIfAbsent(usage.account(), account -> new LinkedHashMap<>())
                        .put(usage.requestId(), usage);
            }
            case Fact.Shrunk ignored -> {}
            case Fact.Corrected ignored -> {}
            case Fact.Voided voided -> open.remove(voided.requestId());
            case Fact.Ingested ingested -> ingestedIds.add(ingested.requestId());
            case Fact.Quarantined ignored -> {}
            case Fact.Requeued ignored -> {}
            case Fact.KeyChanged ignored -> {}
            case Fact.Based ignored -> {}
            case Fact.EntryApplied ignored -> {}
            case Fact.CaughtUp ignored -> {}
            case Fact.WrittenOff ignored -> {}
            case Fact.TermsSeen ignored -> {}
            case Fact.Inherited ignored -> {}
        }
    }

    @Override
    @SuppressWarnings("unchecked") // a reservation's decision carries a reservation's answer
    public <A> Decision<A> decide(Command<A> command) {
        if (command instanceof Command.Reserve reserve) {
            return (Decision<A>) reserve(reserve);
        }
        if (command instanceof Command.ApplyEntries entries) {
            entries.entries().forEach(entry -> arrive(entries.account(), entry));
        } else if (command instanceof Command.ApplyReading reading) {
            arrive(reading.account(), reading.reading());
        }
        Decision<A> decision = books.decide(command);
        decision.facts().forEach(this::note);
        return decision;
    }

    private Decision<Command.ReserveAnswer> reserve(Command.Reserve asked) {
        AccountView view = Objects.requireNonNull(
                books.decide(new Command.Look(asked.account(), asked.policy().overage()))
                        .answer());
        if (!view.known()) {
            return Decision.of(new Command.ReserveAnswer.Unknown());
        }
        if (asked.nowMillis() - view.confirmedMillis() > asked.staleAfterMillis()) {
            return Decision.of(new Command.ReserveAnswer.Stale(view.confirmedMillis()));
        }
        long running = open.values().stream()
                .filter(reserved -> reserved.account().equals(asked.account()))
                .count();
        if (running >= asked.requestsMax()) {
            return Decision.of(new Command.ReserveAnswer.Crowded(asked.requestsMax()));
        }
        long rightUnits = view.netUnits() - view.unreflectedUnits() - view.heldUnits();
        boolean limited = view.availableUnits() != Long.MAX_VALUE;
        long overageUnits = limited ? view.availableUnits() - rightUnits : 0;
        long availableUnits = limited ? creditUnits(view, asked.nowMillis()) + overageUnits : Long.MAX_VALUE;
        if (limited && foreseesExpiry()) {
            long untilMillis = asked.nowMillis() + asked.policy().expiryGuardMillis();
            availableUnits -= view.terms().expiringUnits(untilMillis);
        }
        long overshootUnits = open.values().stream()
                .filter(reserved -> reserved.account().equals(asked.account()))
                .mapToLong(Fact.Reserved::overshootUnits)
                .sum();
        HoldSize size = new HoldSize(asked, overshootUnits);
        if (availableUnits < size.neededUnits()) {
            return Decision.of(new Command.ReserveAnswer.Held(size.neededUnits(), availableUnits, view.heldUnits()));
        }
        Fact.Reserved fact = size.fitting(
                availableUnits,
                asked.policy().debits(view.terms().deductingSubscriptions() == 0 && view.netUnits() > 0));
        apply(fact);
        return Decision.of(
                fact,
                new Command.ReserveAnswer.Granted(
                        fact.promptUnits(),
                        fact.outputUnits(),
                        fact.overshootUnits(),
                        availableUnits - fact.heldUnits()));
    }

    private long settledUnits(Account account, Predicate<Fact.Settled> counting) {
        return settled.getOrDefault(account, Map.of()).values().stream()
                .filter(counting)
                .mapToLong(Fact.Settled::units)
                .sum();
    }

    /** Believes Dodo's balance. */
    static final class BalanceOnly extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            return view.netUnits();
        }
    }

    /** Counts usage until Dodo accepts it, as if it were deducted by then. */
    static final class RetiresWhenIngested extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            long unsentUnits =
                    super.settledUnits(view.account(), usage -> !super.ingestedIds.contains(usage.requestId()));
            return view.netUnits() - unsentUnits - view.heldUnits();
        }
    }

    /** Counts usage for as long as Dodo's worker usually takes. */
    static final class RetiresAfterAWhile extends WrongGate {
        private static final long WHILE_MILLIS = 60_000;

        @Override
        long creditUnits(AccountView view, long nowMillis) {
            long recentUnits = super.settledUnits(view.account(), usage -> nowMillis - usage.atMillis() < WHILE_MILLIS);
            return view.netUnits() - recentUnits - view.heldUnits();
        }
    }

    /** Counts usage once it is known, and nothing while a request runs. */
    static final class WithoutReservation extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            return view.netUnits() - view.unreflectedUnits();
        }
    }

    /** Takes the balance of the webhook that came last for the balance. */
    static final class LastArrivalWins extends WrongGate {
        private final Map<Account, Long> lastUnits = new HashMap<>();

        @Override
        void arrive(Account account, Reading.Entry entry) {
            lastUnits.put(account, entry.netAfterUnits());
        }

        @Override
        void arrive(Account account, Reading reading) {
            lastUnits.put(account, reading.netUnits());
        }

        @Override
        long creditUnits(AccountView view, long nowMillis) {
            long lastNetUnits = lastUnits.getOrDefault(view.account(), view.netUnits());
            return lastNetUnits - view.unreflectedUnits() - view.heldUnits();
        }
    }

    /** Decides well, and sends usage again under another id when no answer came. */
    static final class FreshIdOnRetry extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            return view.netUnits() - view.unreflectedUnits() - view.heldUnits();
        }

        @Override
        public String eventId(String requestId, int attempt) {
            return requestId + "-" + attempt;
        }
    }

    /** Waits for Dodo to say that credits have expired. */
    static final class SpendsWhatExpires extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            return view.netUnits() - view.unreflectedUnits() - view.heldUnits();
        }

        @Override
        boolean foreseesExpiry() {
            return false;
        }
    }

    /** Decides like the real ledger: nothing is wrong with it. */
    static final class Right extends WrongGate {
        @Override
        long creditUnits(AccountView view, long nowMillis) {
            return view.netUnits() - view.unreflectedUnits() - view.heldUnits();
        }
    }
}
