package dev.tollgate.admission;

import dev.tollgate.ledger.Balances;
import dev.tollgate.ledger.Command;
import dev.tollgate.ledger.LedgerThread;
import dev.tollgate.openai.ApiError;
import dev.tollgate.openai.ApiErrors;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One request's way to a hold: ask the ledger, and where what it knows is not enough to refuse or to grant, read Dodo
 * once and ask again. Runs on whichever thread answers last; its fields never change but for
 * {@code dodoRead} and {@code mayWait}, which are handed over together with the call.
 */
final class Reservation {
    /** A refusal stands on a balance confirmed at most so long ago. */
    private static final long REFUSAL_CONFIRMED_MILLIS = 10_000;

    /** An answer shorter than this is of no use to anybody; a caller who can pay less is refused. */
    private static final long LEAST_OUTPUT_TOKENS = 16;

    /** Far above what any model generates, and small enough that no sum of holds overflows. */
    private static final long CAP_TOKENS_MAX = 1L << 32;

    private final LedgerThread ledger;
    private final Balances balances;
    private final GateSettings settings;
    private final InstantSource clock;
    private final Caller caller;
    private final String requestId;
    private final Demand demand;
    private final ScheduledExecutorService replies;
    private final Consumer<Gate.Verdict> reply;
    private boolean dodoRead;
    private boolean mayWait;

    Reservation(
            LedgerThread ledger,
            Balances balances,
            GateSettings settings,
            InstantSource clock,
            Caller caller,
            String requestId,
            Demand demand,
            ScheduledExecutorService replies,
            Consumer<Gate.Verdict> reply) {
        this.ledger = ledger;
        this.balances = balances;
        this.settings = settings;
        this.clock = clock;
        this.caller = caller;
        this.requestId = requestId;
        this.demand = demand;
        this.replies = replies;
        this.reply = reply;
    }

    void attempt() {
        ledger.submit(command(), outcome -> {
            switch (outcome) {
                case LedgerThread.Reply.Durable<Command.ReserveAnswer> durable -> decide(durable.answer());
                case LedgerThread.Reply.Refused<Command.ReserveAnswer> refused ->
                    refuse(
                            switch (refused.reason()) {
                                case BUSY -> ApiErrors.overloaded();
                                case FAILED -> ApiErrors.billingUnreachable();
                                case SENSELESS -> ApiErrors.internalError();
                                case CLOSED -> ApiErrors.shuttingDown();
                            });
            }
        });
    }

    private Command.Reserve command() {
        long capTokens =
                Math.min(CAP_TOKENS_MAX, demand.capTokens().orElseGet(() -> settings.capTokens(demand.model())));
        long mostUnits = Math.multiplyExact(capTokens, (long) demand.choices());
        long leastUnits = demand.capTokens().isPresent()
                ? mostUnits
                : Math.min(mostUnits, Math.multiplyExact(LEAST_OUTPUT_TOKENS, (long) demand.choices()));
        return new Command.Reserve(
                requestId,
                caller.account(),
                caller.keyId(),
                demand.model(),
                demand.promptTokens(),
                leastUnits,
                mostUnits,
                demand.choices(),
                settings.policy(caller),
                mayWait,
                settings.requestsPerCustomer(),
                settings.staleAfterMillis(),
                clock.millis());
    }

    private void decide(Command.ReserveAnswer answer) {
        switch (answer) {
            case Command.ReserveAnswer.Granted granted -> admit(granted);
            case Command.ReserveAnswer.Crowded crowded -> refuse(ApiErrors.tooManyRequests(crowded.requestsMax()));
            case Command.ReserveAnswer.Unknown ignored -> readDodoOr(ApiErrors.billingUnreachable());
            case Command.ReserveAnswer.Stale ignored -> readDodoOr(ApiErrors.billingUnreachable());
            case Command.ReserveAnswer.Held held ->
                waitOr(ApiErrors.heldByRunningRequests(held.neededUnits(), Math.max(0, held.availableUnits())));
            case Command.ReserveAnswer.Exhausted exhausted -> exhausted(exhausted);
            case Command.ReserveAnswer.Withheld withheld ->
                refuseOnceConfirmed(withheld(withheld.reason()), withheld.confirmedMillis());
        }
    }

    private void admit(Command.ReserveAnswer.Granted granted) {
        OptionalLong addedCap = demand.capTokens().isPresent()
                ? OptionalLong.empty()
                : OptionalLong.of(granted.outputUnits() / demand.choices());
        answer(new Gate.Verdict.Admitted(
                granted.promptUnits(), granted.outputUnits(), addedCap, granted.availableUnits()));
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
        Command.Withdraw withdraw = new Command.Withdraw(requestId, caller.account());
        replies.schedule(
                () -> ledger.submit(withdraw, ignored -> {}), settings.holdWaitMillis(), TimeUnit.MILLISECONDS);
    }

    private void readDodoOr(ApiError otherwise) {
        if (dodoRead) {
            refuse(otherwise);
            return;
        }
        dodoRead = true;
        balances.refresh(caller.account()).whenComplete((freshness, failure) -> {
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

    private void answer(Gate.Verdict verdict) {
        replies.execute(() -> reply.accept(verdict));
    }
}
