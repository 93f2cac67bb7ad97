package dev.tollgate.ledger;

import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Outbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes a gate through steps, beside a simulated Dodo and a model, and holds it to its promises after every one. The
 * same steps always lead to the same history. Owned by one thread.
 */
final class History {
    static final List<Account> ACCOUNTS = List.of(
            new Account("cus_1", "cde_1"),
            new Account("cus_1", "cde_2"),
            new Account("cus_2", "cde_1"),
            new Account("cus_3", "cde_1"));
    static final List<Overage> OVERAGES =
            List.of(new Overage.Off(), new Overage.UpTo(5_000), new Overage.AsDodoSays(), new Overage.Unlimited());
    private static final List<Long> LIMITS_AT_DODO = List.of(0L, 5_000L, 700L, Long.MAX_VALUE);
    private static final long START_MILLIS = 1_700_000_000_000L;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long OVERLAP_MICROS = 1_000_000;
    private static final int SNAPSHOT_STEPS = 23;

    private final Supplier<Gate> gates;
    private final Promises promises;
    private final Tally tally;
    private final Inspector inspector;
    private final AnswerChecks answers;
    private final List<SimulatedDodo> dodos = new ArrayList<>();
    private final List<LedgerModel> models = new ArrayList<>();
    private final List<Fact> facts = new ArrayList<>();
    private final Map<String, Outbox.Delivery> outbox = new LinkedHashMap<>();
    private final Map<String, Fact.Settled> settled = new HashMap<>();

    /** What each request can use at most. */
    private final Map<String, Long> bounds = new HashMap<>();

    private final Map<String, Integer> attempts = new HashMap<>();
    private final Map<Integer, LedgerModel.Taken> readings = new HashMap<>();
    private final Set<String> requestIds = new HashSet<>();
    private List<AccountView> views = List.of();
    private Gate gate;
    private Gate follower;
    private long nowMillis = START_MILLIS;

    /** What a gate with the first {@code snapshotFacts} facts knew. */
    private @Nullable LedgerSnapshot snapshot;

    private int snapshotFacts;
    private int steps;

    History(Supplier<Gate> gates, Promises promises, Tally tally) {
        this.gates = gates;
        this.promises = promises;
        this.tally = tally;
        this.gate = gates.get();
        this.follower = gates.get();
        for (int account = 0; account < ACCOUNTS.size(); account++) {
            SimulatedDodo dodo = new SimulatedDodo("e" + account + "-", LIMITS_AT_DODO.get(account));
            dodos.add(dodo);
            models.add(new LedgerModel(dodo, OVERAGES.get(account), promises));
        }
        inspector = new Inspector(dodos, models, promises);
        answers = new AnswerChecks(promises, tally);
        views = look(gate);
    }

    List<AccountView> views() {
        return views;
    }

    /** Does one step and checks everything. */
    void take(Step step) {
        try {
            perform(step);
            if (++steps % SNAPSHOT_STEPS == 0) {
                snapshot = follower.snapshot().orElse(null);
                snapshotFacts = facts.size();
            }
            List<AccountView> before = views;
            views = look(gate);
            inspector.check(step, before, views);
            inspector.requireSame(look(follower), views);
        } catch (IllegalStateException | ArithmeticException e) {
            throw new BrokenPromise(Promise.NO_FAILURE, e.toString());
        }
    }

    private void perform(Step step) {
        switch (step) {
            case Step.Advance advance -> {
                nowMillis += advance.millis();
                dodos.forEach(dodo -> dodo.workOverdue(nowMillis));
            }
            case Step.Quiet quiet -> keepQuiet(quiet);
            case Step.Grant grant -> dodo(grant).grant(grant, nowMillis);
            case Step.Debit debit -> dodo(debit).debit(debit.units(), debit.sameMoment(), nowMillis);
            case Step.Expire expire -> {
                tally.count(dodo(expire).grants().expiringUnits(nowMillis) > 0 ? "expiry" : "no expiry");
                dodo(expire).expire(nowMillis);
            }
            case Step.Behave behave -> dodo(behave).grants().behave(behave.ways());
            case Step.Subscribe subscribe -> dodo(subscribe).subscribe(subscribe.deducts());
            case Step.ResetOverage reset -> dodo(reset).resetOverage(nowMillis);
            case Step.Correct correct -> dodo(correct).correct(correct.units(), nowMillis);
            case Step.Allow allow -> dodo(allow).allow(allow.limitUnits());
            case Step.ForeignUsage usage -> dodo(usage).foreignUsage(usage.units(), nowMillis);
            case Step.Work work -> dodo(work).work(work.parts(), work.sameMoment(), nowMillis);
            case Step.Reserve reserve -> reserve(reserve);
            case Step.ReserveAll all -> reserveAll(all);
            case Step.Shrink shrink -> shrink(shrink);
            case Step.Settle settle -> settle(settle);
            case Step.Release release -> release(release);
            case Step.FindTruth found -> correct(found);
            case Step.Ship ship -> ship(ship);
            case Step.Deliver deliver -> deliver(deliver);
            case Step.DeliverTogether together ->
                tell(together.account(), entries(together.account(), together.places()));
            case Step.TakeReading take -> takeReading(take);
            case Step.DeliverReading deliver -> deliverReading(deliver.account());
            case Step.Crash ignored -> crash();
            case Step.CrashDuring during -> {
                if (!(during.undecided() instanceof Step.Reserve reserve)
                        || !requestIds.contains(StepCommands.requestId(reserve.request()))) {
                    gate.decide(commands().of(during.undecided()));
                }
                crash();
            }
        }
    }

    private void keepQuiet(Step.Quiet step) {
        int account = step.account();
        for (int left = unsent(account).size(); left > 0; left--) {
            take(new Step.Ship(account, 0, step.lagMillis(), false));
        }
        for (int reading = 0; reading < 2; reading++) {
            take(new Step.DeliverReading(account));
            take(new Step.Advance(step.pauseMillis()));
            if (step.topUp() && reading == 1) {
                take(new Step.Grant(account, 1_000, false, false, 0));
                take(new Step.Deliver(account, List.of(0)));
            }
            take(new Step.TakeReading(account, true, true));
        }
        take(new Step.DeliverReading(account));
    }

    private SimulatedDodo dodo(Step.OfAccount step) {
        return dodos.get(step.account());
    }

    private StepCommands commands() {
        return new StepCommands(models, nowMillis);
    }

    private void reserve(Step.Reserve step) {
        LedgerModel model = models.get(step.account());
        if (!requestIds.add(StepCommands.requestId(step.request()))) {
            return; // Every request has an id of its own.
        }
        Command.Reserve command = commands().of(step);
        long expiringUnits = expiringUnits(step.account());
        Command.ReserveAnswer answer = decide(command);
        tally.count(answer.getClass().getSimpleName());
        if (expiringUnits > 0) {
            tally.count("beside expiring credits, " + answer.getClass().getSimpleName());
        }
        model.check(command, answer, expiringUnits);
        if (answer instanceof Command.ReserveAnswer.Granted granted) {
            tally.count(granted.overshootUnits() > 0 ? "held an estimate" : "held a bound");
            model.granted(command, granted, nowMillis + Policies.GUARD_MILLIS);
        }
    }

    /** What the facts say is about to expire. */
    private long expiringUnits(int account) {
        return inspector.terms(account).expiringUnits(nowMillis + Policies.GUARD_MILLIS);
    }

    private void reserveAll(Step.ReserveAll step) {
        long creditUnits = models.get(step.account()).spendableUnits();
        long units = creditUnits == Long.MAX_VALUE ? Long.MAX_VALUE : creditUnits - expiringUnits(step.account());
        if (units >= 0 && units < Long.MAX_VALUE) {
            long allUnits = units + step.beyondUnits();
            tally.count(step.beyondUnits() == 0 ? "all of it" : "more than all of it");
            reserve(new Step.Reserve(
                    step.request(),
                    step.account(),
                    0,
                    allUnits,
                    allUnits,
                    1,
                    Integer.MAX_VALUE,
                    Long.MAX_VALUE,
                    Command.Leeway.STRICT));
        }
    }

    private void shrink(Step.Shrink step) {
        Command.Shrink command = commands().of(step);
        var model = commands().holder(command.requestId());
        boolean smaller = model.map(holder -> holder.heldUnits(command.requestId()) > command.heldUnits())
                .orElse(false);
        boolean shrunk = decide(command);
        tally.count(shrunk ? "shrunk" : "not shrunk");
        promises.require(Promise.RIGHT_ANSWER, shrunk == smaller, () -> command + " shrunk: " + shrunk);
        if (shrunk) {
            model.orElseThrow().shrunk(command.requestId(), command.heldUnits());
        }
        requireNoNews(command, false);
    }

    private void settle(Step.Settle step) {
        Command.Settle command = commands().of(step);
        end(command.requestId(), command.units(), decide(command));
        requireNoNews(command, false);
    }

    private void release(Step.Release step) {
        Command.Release command = commands().of(step);
        end(command.requestId(), 0, decide(command));
        requireNoNews(command, false);
    }

    private void end(String requestId, long units, boolean ended) {
        var model = commands().holder(requestId);
        promises.require(Promise.ONE_END, ended == model.isPresent(), () -> requestId + " ended: " + ended);
        model.ifPresent(holder -> holder.ended(requestId, units));
    }

    private void ship(Step.Ship step) {
        List<Outbox.Delivery> unsent = unsent(step.account());
        if (unsent.isEmpty()) {
            return;
        }
        Outbox.Delivery waiting = unsent.get(step.place() % unsent.size());
        Outbox.Delivery delivery = decide(new Command.Send(List.of(waiting))).getFirst();
        int attempt = attempts.merge(delivery.id(), 1, Integer::sum);
        String eventId = gate.eventId(delivery.id(), attempt);
        long units = delivery.usage().units();
        SimulatedDodo dodo = dodos.get(step.account());
        boolean taken = true;
        switch (delivery.way()) {
            case EVENT -> dodo.ingest(eventId, delivery.id(), units, nowMillis + step.lagMillis());
            case DEBIT -> taken = dodo.takeAway(eventId, delivery.id(), units, nowMillis);
            case CREDIT -> dodo.giveBack(eventId, units, nowMillis);
        }
        tally.count(delivery.way() + (taken ? "" : ", refused"));
        if (step.answerLost()) {
            return;
        }
        if (!taken) {
            Command.SetAside refused = new Command.SetAside(delivery, "not so much left", nowMillis);
            promises.require(Promise.RIGHT_ANSWER, decide(refused), () -> delivery + " is not set aside");
            requireNoNews(refused, false);
            return;
        }
        Command.Acknowledge command = new Command.Acknowledge(List.of(delivery, delivery), nowMillis);
        int news = decide(command);
        promises.require(Promise.RIGHT_ANSWER, news == 1, () -> "acknowledged " + news + " times");
        requireNoNews(command, 0);
    }

    /** Once, and no other way than Dodo can still hear of it. */
    private void correct(Step.FindTruth step) {
        Fact.@Nullable Settled end = settled.get(StepCommands.requestId(step.request()));
        if (end == null) {
            return;
        }
        int account = ACCOUNTS.indexOf(end.account());
        long mostUnits = Objects.requireNonNull(bounds.get(end.requestId()));
        long units = StepCommands.part(mostUnits, step.permille());
        Command.Correct command = new Command.Correct(end, units, mostUnits, "the provider's log", nowMillis);
        boolean first = !models.get(account).isCorrected(end.requestId());
        Command.CorrectAnswer answer = decide(command);
        boolean corrected = answer instanceof Command.CorrectAnswer.Corrected;
        promises.require(
                Promise.RIGHT_ANSWER, corrected == (end.estimated() && first), () -> end + " is corrected: " + answer);
        if (answer instanceof Command.CorrectAnswer.Corrected done) {
            tally.count("corrected, " + done.fact().remedy());
            boolean told = dodos.get(account).has(end.requestId());
            boolean right = done.fact().remedy() != Fact.Remedy.REPLACED || !told;
            promises.require(Promise.BILLED_ONCE, right, () -> end + " is replaced though Dodo has it");
        }
        long trueUnits = models.get(account).usedUnits(end.requestId());
        requireNoNews(
                command,
                end.estimated()
                        ? new Command.CorrectAnswer.Known(trueUnits)
                        : new Command.CorrectAnswer.NotEstimated(end.units()));
    }

    private List<Outbox.Delivery> unsent(int account) {
        return outbox.values().stream()
                .filter(delivery -> delivery.account().equals(ACCOUNTS.get(account)))
                .toList();
    }

    private void deliver(Step.Deliver step) {
        for (Reading.Entry entry : entries(step.account(), step.places())) {
            tell(step.account(), List.of(entry));
        }
    }

    private List<Reading.Entry> entries(int account, List<Integer> places) {
        List<Reading.Entry> all = dodos.get(account).listed();
        if (all.isEmpty()) {
            return List.of();
        }
        return places.stream()
                .map(place -> all.get(all.size() - 1 - place % all.size()))
                .toList();
    }

    private void tell(int account, List<Reading.Entry> entries) {
        LedgerModel model = models.get(account);
        long tipMicros = model.tipMicros();
        Command.ApplyEntries command = new Command.ApplyEntries(ACCOUNTS.get(account), entries, nowMillis);
        boolean news = entries.stream().anyMatch(entry -> !model.knows(entry));
        long foreignUnits = model.foreignUnits();
        Command.EntriesAnswer answer = decide(command);
        promises.require(
                Promise.RIGHT_ANSWER, answer.known() == model.isRead(), () -> answer + " of an account read or not");
        if (news) {
            model.told(entries, nowMillis);
            answers.checkGap(model, tipMicros, entries, answer);
        }
        answers.checkForeign(model, answer.foreignUnits(), foreignUnits);
        requireNoNews(command, new Command.EntriesAnswer(model.isRead(), 0, false, 0));
    }

    private void takeReading(Step.TakeReading step) {
        if (!readings.containsKey(step.account())) {
            SimulatedDodo dodo = dodos.get(step.account());
            long sinceMicros = step.narrow() ? narrowSinceMicros(step.account()) : 0;
            Reading reading = dodo.read(
                    sinceMicros, step.withTerms() || !models.get(step.account()).isRead(), nowMillis);
            readings.put(
                    step.account(),
                    new LedgerModel.Taken(
                            reading, dodo.entries().size(), dodo.grants().dueIds(reading.readAtMillis())));
        }
    }

    /** As far back as the gate says, or a second before the newest entry of an account that it does not know. */
    private long narrowSinceMicros(int account) {
        AccountView view = views.get(account);
        List<Reading.Entry> entries = dodos.get(account).listed();
        return view.known() || entries.isEmpty()
                ? view.completeMicros()
                : entries.getLast().createdMicros() - OVERLAP_MICROS;
    }

    private void deliverReading(int account) {
        LedgerModel.@Nullable Taken taken = readings.remove(account);
        if (taken == null) {
            return;
        }
        LedgerModel model = models.get(account);
        AccountView before = views.get(account);
        tally.count(model.isOvertaken(taken) ? "reading overtaken" : "reading");
        boolean known = model.isRead();
        long foreignUnits = model.foreignUnits();
        boolean mustWriteOff = model.mustWriteOff(taken);
        model.told(taken, nowMillis);
        Command.ApplyReading command = new Command.ApplyReading(ACCOUNTS.get(account), taken.reading(), nowMillis);
        Command.ReadingAnswer answer = decide(command);
        answers.checkForeign(model, answer.foreignUnits(), known ? foreignUnits : model.foreignUnits());
        if (answer.driftUnits() != 0) {
            tally.count("re-base");
            AccountView after = look(gate).get(account);
            boolean kept = after.usedUnits() == before.usedUnits()
                    && after.heldUnits() == before.heldUnits()
                    && after.netUnits() == taken.reading().netUnits();
            promises.require(Promise.REBASE, kept, () -> before + " became " + after);
        }
        if (mustWriteOff) {
            long leftUnits = look(gate).get(account).unreflectedUnits();
            promises.require(Promise.WRITE_OFF, leftUnits == 0, () -> leftUnits + " can never be deducted");
        }
        if (model.writtenOffUnits() > before.writtenOffUnits()) {
            tally.count(taken.reading().balanceUnits() > 0 ? "write-off after a top-up" : "write-off");
        }
        requireNoNews(command, new Command.ReadingAnswer(0, 0, 0));
        answers.checkDue(models.get(account), dodos.get(account), inspector.terms(account), taken);
    }

    private void crash() {
        readings.clear();
        gate = gates.get();
        facts.forEach(gate::apply);
        gate = fromSnapshot(gate);
        List<AccountView> refolded = look(gate);
        inspector.requireSame(refolded, views);
        int open = models.stream().mapToInt(model -> model.open().size()).sum();
        tally.count(open == 0 ? "crash" : "crash with open requests");
        Command.CloseOrphans command = new Command.CloseOrphans(nowMillis);
        int closed = decide(command);
        promises.require(Promise.RIGHT_ANSWER, closed == open, () -> closed + " closed of " + open);
        requireNoNews(command, 0);
        models.forEach(LedgerModel::crashed);
    }

    /** The gate of the last snapshot with the facts since, which must know the same as one with all facts. */
    private Gate fromSnapshot(Gate whole) {
        if (snapshot == null) {
            return whole;
        }
        Gate restored = whole.restored(snapshot);
        facts.subList(snapshotFacts, facts.size()).forEach(restored::apply);
        tally.count("restored");
        promises.require(
                Promise.FOLD,
                restored.snapshot().equals(whole.snapshot()),
                () -> restored.snapshot() + " is not " + whole.snapshot());
        return restored;
    }

    private <A> A decide(Command<A> command) {
        Decision<A> decision = gate.decide(command);
        for (Fact fact : decision.facts()) {
            facts.add(fact);
            inspector.note(fact);
            models.get(ACCOUNTS.indexOf(fact.account())).note(fact);
            follower.apply(fact);
            keep(fact);
        }
        return Objects.requireNonNull(decision.answer());
    }

    private void keep(Fact fact) {
        if (fact instanceof Fact.Reserved reserved) {
            bounds.put(reserved.requestId(), reserved.heldUnits() + reserved.overshootUnits());
        } else if (fact instanceof Fact.Settled end) {
            settled.put(end.requestId(), end);
            outbox.put(end.requestId(), Outbox.Delivery.of(end));
        } else if (fact instanceof Fact.Corrected corrected) {
            corrected.delivery().ifPresent(delivery -> outbox.put(delivery.id(), delivery));
        } else if (fact instanceof Fact.Ingested ingested) {
            outbox.remove(ingested.requestId());
        } else if (fact instanceof Fact.Quarantined refused) {
            models.get(ACCOUNTS.indexOf(refused.account())).refused(refused.requestId());
            outbox.remove(refused.requestId());
        }
    }

    private <A> void requireNoNews(Command<A> again, A answer) {
        if (promises.counting().contains(Promise.IDEMPOTENCE)) {
            Decision<A> decision = gate.decide(again);
            boolean nothing = decision.facts().isEmpty() && Objects.equals(decision.answer(), answer);
            promises.require(Promise.IDEMPOTENCE, nothing, () -> again + " again: " + decision);
        }
    }

    /** Lets everything arrive, and checks that the numbers here are then Dodo's. */
    void settleDown() {
        List<String> open =
                models.stream().flatMap(model -> model.open().keySet().stream()).toList();
        open.forEach(requestId -> take(new Step.Settle(Integer.parseInt(requestId.substring(1)), 500)));
        for (int account = 0; account < ACCOUNTS.size(); account++) {
            take(new Step.DeliverReading(account));
            for (int left = unsent(account).size(); left > 0; left--) {
                take(new Step.Ship(account, 0, 0, false));
            }
            take(new Step.Advance(HOUR_MILLIS));
            take(new Step.Work(account, 1, false));
            take(new Step.Expire(account));
            take(new Step.TakeReading(account, true, true));
            take(new Step.DeliverReading(account));
            take(new Step.Quiet(account, 0, HOUR_MILLIS, false));
            inspector.checkTruth(account, views.get(account));
            inspector.checkExpiring(account, views.get(account));
        }
    }

    private static List<AccountView> look(Gate gate) {
        List<AccountView> views = new ArrayList<>();
        for (int account = 0; account < ACCOUNTS.size(); account++) {
            Command.Look look = new Command.Look(ACCOUNTS.get(account), OVERAGES.get(account));
            views.add(Objects.requireNonNull(gate.decide(look).answer()));
        }
        return List.copyOf(views);
    }
}
