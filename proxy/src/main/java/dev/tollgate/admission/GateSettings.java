package dev.tollgate.admission;

import dev.tollgate.ledger.Command;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * How the gate decides.
 *
 * @param topUpUrl shown to callers who are out of credits
 * @param staleAfterMillis how old a confirmed balance may be while Dodo cannot be reached
 * @param holdWaitMillis how long a request waits for credits that running requests hold; 0 for not at all
 * @param requestsPerCustomer how many requests of one customer may run at once
 * @param maxOutputTokens by model: what it can generate at most when nothing caps it
 * @param defaultCapTokens a cap for callers who send none, instead of the model's own maximum
 */
public record GateSettings(
        @Nullable String topUpUrl,
        long staleAfterMillis,
        long holdWaitMillis,
        int requestsPerCustomer,
        ToLongFunction<String> maxOutputTokens,
        OptionalLong defaultCapTokens,
        Service service) {

    /**
     * Who is served beyond the usual, and how early credits are left out before they expire; as in
     * {@link Command.Policy}.
     */
    public record Service(boolean ended, boolean paused, Command.Undeducted undeducted, long expiryGuardMillis) {}

    Command.Policy policy(Caller caller) {
        return new Command.Policy(
                caller.overage(), service.ended(), service.paused(), service.undeducted(), service.expiryGuardMillis());
    }

    long capTokens(String model) {
        long modelTokens = maxOutputTokens.applyAsLong(model);
        return Math.min(modelTokens, defaultCapTokens.orElse(modelTokens));
    }
}
