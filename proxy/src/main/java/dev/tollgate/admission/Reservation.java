package dev.tollgate.admission;

import dev.tollgate.ledger.Balances;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * One request's way to a hold: ask the ledger, and where what it knows is not enough to refuse or to grant, read Dodo
 * once and ask again. Runs on whichever thread answers last; its fields never change but for
 * those that are not final, which are handed over together with the call.
 */
final class Reservation {
    /** A refusal stands on a balance confirmed at most so long ago. */
    private static final long REFUSAL_CONFIRMED_MILLIS = 10_000;

    private final LedgerThread ledger;
    private final Balances balances;
    private final GateSettings settings;
    private final InstantSource clock;
    private final Gate.Ask ask;
    private boolean dodoRead;
    private boolean mayWait;
    private boolean promptCounted;
    private long savedTokens;

    Reservation(LedgerThread ledger, Balances balances, GateSettings settings, InstantSource clock, Gate.Ask ask) {
        this.ledger = ledger;
        this.balances = balances;
        this.settings = settings;
        this.clock = clock;
        this.ask = ask;
    }

    /** Amounts that no account could ever pay overflow; then nothing is asked of the ledger. */
    void attempt() {
        Command.Reserve command;
        try {
            command = command();
        } catch (ArithmeticException tooMuch) {
            refuse(ApiErrors.internalError());
            return;
        }
        ledger.submit(command, outcome -> {
            switch (outcome) {
                case LedgerThread.Reply.Durable<Command.ReserveAnswer> durable -> decide(durable.answer());
                case LedgerThread.Reply.Refused<Command.ReserveAnswer> refused ->
                    refuse(
                            switch (refused.reason()) {
                                case BUSY -> ApiErrors.overloaded();
                                case BACKLOG, FAILED -> ApiErrors.billingUnreachable();
                                case SENSELESS -> ApiErrors.internalError();
                                case CLOSED -> ApiErrors.shuttingDown();
                            });
            }
        });
    }

    private Command.Reserve command() {
        Demand demand = ask.demand();
        OutputDemand output = output();
        return new Command.Reserve(
                ask.requestId(),
                ask.caller().account(),
                ask.caller().keyId(),
                demand.model(),
                demand.price().promptUnits(Math.max(0, demand.promptTokens() - savedTokens)),
                output.leastUnits(),
                output.mostUnits(),
                demand.choices(),
                settings.policy(ask.caller()),
                mayWait,
                settings.requestsPerCustomer(),
                settings.staleAfterMillis(),
                output.leeway(),
                clock.millis());
    }

    private OutputDemand output() {
        return new OutputDemand(
                ask.demand(),
                ask.caller().hold(),
                settings.capTokens(ask.demand().model()));
    }

    private void decide(Command.ReserveAnswer answer) {
        switch (answer) {
            case Command.ReserveAnswer.Granted granted -> admit(granted);
            case Command.ReserveAnswer.Crowded crowded -> refuse(ApiErrors.tooManyRequests(crowded.requestsMax()));
            case Command.ReserveAnswer.Unknown ignored -> readDodoOr(ApiErrors.billingUnreachable());
            case Command.ReserveAnswer.Stale ignored -> readDodoOr(ApiErrors.billingUnreachable());
            case Command.ReserveAnswer.Held held ->
                countPromptOr(
                        held.neededUnits() - held.availableUnits(),
                        () -> waitOr(ApiErrors.heldByRunningRequests(
                                held.neededUnits(), Math.max(0, held.availableUnits()))));
            case Command.ReserveAnswer.Exhausted exhausted ->
                countPromptOr(exhausted.neededUnits() - exhausted.availableUnits(), () -> exhausted(exhausted));
            case Command.ReserveAnswer.Withheld withheld ->
                refuseOnceConfirmed(withheld(withheld.reason()), withheld.confirmedMillis());
        }
    }

    private void admit(Command.ReserveAnswer.Granted granted) {
        OptionalLong cap = output().capToSet(Math.addExact(granted.outputUnits(), granted.overshootUnits()));
        answer(new Gate.Verdict.Admitted(
                granted.promptUnits(),
                granted.outputUnits(),
                granted.overshootUnits(),
                cap,
                cap.isPresent() && ask.demand().capTokens().isPresent(),
                savedTokens,
                granted.availableUnits()));
    }

    /** Counting takes time, so only those are made to wait for it who would be refused, and whom it can help. */
    private void countPromptOr(long missingUnits, Runnable otherwise) {
        Demand demand = ask.demand();
        if (promptCounted || missingUnits > demand.price().promptUnits(demand.promptTokens())) {
            otherwise.run();
            return;
        }
        promptCounted = true;
        ask.promptCount().count(saved -> {
            savedTokens = saved;
            if (saved > 0) {
                attempt();
            } else {
                otherwise.run();
            }
        });
    }

    /** Whoever can pay is served, so a refusal needs a recent look at Dodo; if that fails, what is known decides. */
    private void exhausted(Command.ReserveAnswer.Exhausted exhausted) {
        ApiError error = exhausted.availableUnits() <= 0
                ? ApiErrors.outOfCredits(exhausted.neededUnits(), 0, settings.topUpUrl())
                : ApiErrors.requestExceedsBalance(
                        exhausted.neededUnits(), exhausted.availableUnits(), settings.topUpUrl());
        refuseOnceConfirmed(error, exhausted.confirmedMillis());
    }

    private ApiError withheld(Command.ReserveAnswer.Reason reason) {
        return switch (reason) {
            case SUBSCRIPTION_PAUSED -> ApiErrors.subscriptionPaused(settings.topUpUrl());
            case SUBSCRIPTION_ON_HOLD -> ApiErrors.subscriptionOnHold(settings.topUpUrl());
            case SUBSCRIPTION_ENDED -> ApiErrors.subscriptionEnded(settings.topUpUrl());
            case NOT_DEDUCTED -> ApiErrors.subscriptionNeeded(settings.topUpUrl());
        };
    }

    private void refuseOnceConfirmed(ApiError error, long confirmedMillis) {
        if (clock.millis() - confirmedMillis <= REFUSAL_CONFIRMED_MILLIS) {
            refuse(error);
        } else {
            readDodoOr(error);
        }
    }

    /** Running requests end soon, so it joins the line behind those who wait already, for as long as the settings say. */
    private void waitOr(ApiError otherwise) {
        if (mayWait || settings.holdWaitMillis() == 0) {
            refuse(otherwise);
            return;
        }
        mayWait = true;
        attempt();
        Command.Withdraw withdraw =
                new Command.Withdraw(ask.requestId(), ask.caller().account());
        ask.replies()
                .schedule(
                        () -> ledger.submit(withdraw, ignored -> {}), settings.holdWaitMillis(), TimeUnit.MILLISECONDS);
    }

    private void readDodoOr(ApiError otherwise) {
        if (dodoRead) {
            refuse(otherwise);
            return;
        }
        dodoRead = true;
        balances.refresh(ask.caller().account()).whenComplete((freshness, failure) -> {
            if (failure == null && freshness == Balances.Freshness.FRESH) {
                attempt();
            } else {
                refuse(otherwise);
            }
        });
    }

    private void refuse(ApiError error) {
        answer(new Gate.Verdict.Refused(error));
    }

    /** Only now is the account noted as in use: a reading ahead of time would hold up one that this request waits for. */
    private void answer(Gate.Verdict verdict) {
        ask.replies().execute(() -> {
            balances.touch(ask.caller().account());
            ask.reply().accept(verdict);
        });
    }
}
