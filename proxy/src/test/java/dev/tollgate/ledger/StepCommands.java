package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;
import java.util.Optional;

/** The commands that steps of a {@link History} stand for, at one moment. */
record StepCommands(List<LedgerModel> models, long nowMillis) {
    static String requestId(int request) {
        return "r" + request;
    }

    Command<?> of(Step.OfRequest step) {
        return switch (step) {
            case Step.Reserve reserve -> of(reserve);
            case Step.Shrink shrink -> of(shrink);
            case Step.Settle settle -> of(settle);
            case Step.Release release -> of(release);
        };
    }

    Command.Reserve of(Step.Reserve step) {
        return new Command.Reserve(
                requestId(step.request()),
                History.ACCOUNTS.get(step.account()),
                "key",
                "model",
                step.promptUnits(),
                step.leastUnits(),
                step.mostUnits(),
                step.choices(),
                Policies.debiting(History.OVERAGES.get(step.account())),
                false,
                step.requestsMax(),
                step.staleAfterMillis(),
                step.leeway(),
                nowMillis);
    }

    Command.Shrink of(Step.Shrink step) {
        String requestId = requestId(step.request());
        long heldUnits =
                holder(requestId).map(model -> model.open().get(requestId)).orElse(0L);
        return new Command.Shrink(requestId, part(heldUnits, step.permille()), nowMillis);
    }

    Command.Settle of(Step.Settle step) {
        String requestId = requestId(step.request());
        long boundUnits =
                holder(requestId).map(model -> model.boundUnits(requestId)).orElse(0L);
        long units = part(boundUnits, step.permille());
        return new Command.Settle(requestId, "model", units, Fact.Tokens.NONE, step.estimated(), nowMillis);
    }

    static long part(long units, int permille) {
        return units / 1_000 * permille + units % 1_000 * permille / 1_000;
    }

    Command.Release of(Step.Release step) {
        return new Command.Release(requestId(step.request()), "refused", nowMillis);
    }

    Optional<LedgerModel> holder(String requestId) {
        return models.stream()
                .filter(model -> model.open().containsKey(requestId))
                .findFirst();
    }
}
