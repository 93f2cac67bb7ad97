package dev.tollgate.simulation;

import dev.tollgate.admission.Caller;
import dev.tollgate.admission.Demand;
import dev.tollgate.admission.Gate;
import dev.tollgate.journal.Account;
import dev.tollgate.journal.Fact;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.ledger.Overage;
import java.util.List;
import java.util.OptionalLong;

/**
 * Everybody who asks for something, what is done for them between the gate and the settlement, and the provider: it
 * generates no more than the cap, mostly says how much, sometimes breaks off or says no.
 */
final class SimulatedClients {
    private static final long LATELY_MILLIS = 60_000;

    /** So long after its end a grant may still be there and not be given out. */
    private static final long DUE_KEPT_MILLIS = 2 * LATELY_MILLIS;

    private static final long LEAST_OUTPUT = 16;

    private final SimulatedHistory history;
    private final Timeline timeline;
    private final Auditor auditor;
    private int requests;
    private long refusals;
    private long judgedRefusals;
    private int lastWords;

    SimulatedClients(SimulatedHistory history) {
        this.history = history;
        this.timeline = history.timeline;
        this.auditor = history.auditor;
    }

    long refusals() {
        return refusals;
    }

    long judgedRefusals() {
        return judgedRefusals;
    }

    int lastWords() {
        return lastWords;
    }

    /** One request after another, sometimes some at once. */
    void arrive(Caller caller) {
        long gapMillis = history.random.nextInt(4) == 0 ? 5 : 60_000;
        timeline.inWorld(history.random.nextLong(gapMillis * 2), () -> {
            SimulatedProcess process = history.process();
            if (process != null && !history.faults.isQuiet()) {
                ask(process, caller);
            }
            arrive(caller);
        });
    }

    private void ask(SimulatedProcess process, Caller caller) {
        String requestId = "req_" + requests++;
        long promptBound = history.random.nextLong(10, 800);
        OptionalLong cap = history.random.nextBoolean()
                ? OptionalLong.of(history.random.nextLong(20, 3_000))
                : OptionalLong.empty();
        Demand.Price price = history.price;
        Demand demand = new Demand("gpt-5", promptBound, cap, 1).priced(price);
        timeline.note(requestId + " of " + caller.account().customerId() + " asks for " + promptBound + " + " + cap);
        process.gate.admit(caller, requestId, demand, Demand.PromptCount.NONE, process.eventLoop, verdict -> {
            if (verdict instanceof Gate.Verdict.Admitted admitted) {
                long most = admitted.capTokens().orElse(cap.orElse(0));
                admitted(process, requestId, promptBound, most);
            } else if (verdict instanceof Gate.Verdict.Refused refused) {
                timeline.note(requestId + " is refused: " + refused.error().code());
                refusals++;
                if (refused.error().status() == 402) {
                    long leastUnits = units(promptBound, price.promptTokenMillis())
                            + units(cap.orElse(LEAST_OUTPUT), price.outputTokenMillis());
                    judge(caller.account(), requestId, leastUnits);
                }
            }
        });
    }

    private static long units(long tokens, long millis) {
        return (tokens * millis + 999) / 1_000;
    }

    /** Whoever can pay is not refused, unless Dodo could not be asked, or the credits are so new or so soon gone. */
    private void judge(Account account, String requestId, long neededUnits) {
        SimulatedCredits credits = history.dodo.customer(account.customerId());
        long nowMillis = timeline.millis();
        boolean dodoWorked = nowMillis - history.faults.lastDodoFailureMillis() > LATELY_MILLIS;
        boolean old = nowMillis - credits.lastGrantMillis() > LATELY_MILLIS / 2;
        boolean expiring = credits.expires(nowMillis - DUE_KEPT_MILLIS, nowMillis + 2 * SimulatedProcess.GUARD_MILLIS);
        if (!dodoWorked || !old || expiring || auditor.inherits(account.customerId())) {
            return;
        }
        judgedRefusals++;
        long payable = auditor.truthUnits(account.customerId()) - auditor.excessUnits(account.customerId());
        auditor.require(
                payable < neededUnits,
                "phantom refusal: " + requestId + " needs " + neededUnits + " and has " + payable);
    }

    private void admitted(SimulatedProcess process, String requestId, long promptBound, long cap) {
        timeline.after(history.random.nextLong(30), process.number, false, () -> {
            if (history.random.nextInt(20) == 0) {
                release(process, requestId, "not_sent");
                return;
            }
            auditor.sent(requestId);
            timeline.note(requestId + " is sent");
            long prompt = history.random.nextLong(1, promptBound + 1);
            long output = history.random.nextInt(4) == 0 ? cap : history.random.nextLong(cap + 1);
            long takesMillis = history.random.nextLong(200, history.random.nextInt(8) == 0 ? 90_000 : 5_000);
            timeline.after(takesMillis, process.number, false, () -> ended(process, requestId, prompt, output));
            timeline.after(takesMillis - 100, process.number, false, () -> history.mayFlood(20_000));
        });
    }

    private void ended(SimulatedProcess process, String requestId, long prompt, long output) {
        history.faults.mayCrash("before " + requestId + " ends");
        if (!history.faults.upstreamFails()) {
            auditor.reported(requestId, charge(prompt, output));
            settle(process, requestId, prompt, output, false);
        } else if (history.faults.coin()) {
            auditor.refusedUpstream(requestId);
            release(process, requestId, "nothing_generated");
        } else {
            settle(process, requestId, prompt, output / 2, true);
        }
    }

    /** Prompt and output together, rounded up once. */
    private long charge(long prompt, long output) {
        return units(prompt * history.price.promptTokenMillis() + output * history.price.outputTokenMillis(), 1);
    }

    private void settle(SimulatedProcess process, String requestId, long prompt, long output, boolean estimated) {
        Fact.Tokens tokens = new Fact.Tokens(prompt, output, prompt + output, 0, 0);
        Command.Settle settle = new Command.Settle(
                requestId, "gpt-5-2026", charge(prompt, output), tokens, estimated, "w1", timeline.millis());
        process.ledger.submit(settle, reply -> {
            if (reply instanceof LedgerThread.Reply.Durable<Boolean> && timeline.alive() == process.number) {
                timeline.note(requestId + " is delivered");
                auditor.delivered(requestId);
            }
        });
    }

    private void release(SimulatedProcess process, String requestId, String reason) {
        process.ledger.submit(new Command.Release(requestId, reason, timeline.millis()), reply -> {});
    }

    /** At the very end: all that is there can be had, and not one unit more. */
    void probe(Account account, long units) {
        SimulatedProcess process = history.process();
        if (process == null) {
            return;
        }
        probe(process, account, units + 1, false);
        probe(process, account, units, true);
    }

    private void probe(SimulatedProcess process, Account account, long units, boolean granted) {
        Caller caller = new Caller(
                "key_probe",
                account,
                new Overage.AsDodoSays(),
                new Caller.HoldPolicy.Strict(),
                false,
                Caller.Disconnect.DRAIN,
                List.of(),
                Long.MAX_VALUE);
        Demand demand = new Demand("gpt-5", units - 1, OptionalLong.of(1), 1);
        String requestId = "probe_" + requests++;
        process.gate.admit(caller, requestId, demand, Demand.PromptCount.NONE, process.eventLoop, verdict -> {
            lastWords++;
            boolean admitted = verdict instanceof Gate.Verdict.Admitted;
            String promise = granted ? "phantom refusal: " : "overshoot: ";
            auditor.require(admitted == granted, promise + units + " at the end, " + account);
            if (admitted) {
                release(process, requestId, "not_sent");
            }
        });
    }
}
