package dev.tollgate.admission;

import dev.tollgate.admission.Caller.HoldPolicy;
import dev.tollgate.ledger.Command;
import java.util.OptionalLong;

/**
 * How much output a request is to get, in the ledger's terms. Pure.
 *
 * @param usualCapTokens the cap of a caller who sets none, per choice
 */
record OutputDemand(Demand demand, HoldPolicy policy, long usualCapTokens) {
    /** An answer shorter than this is of no use to anybody; a caller who set no cap and can pay less is refused. */
    private static final long LEAST_TOKENS = 16;

    /** Far above what any model generates, and small enough that no sum of holds overflows. */
    private static final long CAP_TOKENS_MAX = 1L << 32;

    long mostUnits() {
        return units(capTokens());
    }

    long leastUnits() {
        return units(Math.min(capTokens(), leastTokens()));
    }

    Command.Leeway leeway() {
        return switch (policy) {
            case HoldPolicy.Strict ignored -> Command.Leeway.STRICT;
            case HoldPolicy.Clamp ignored ->
                new Command.Leeway(demand.capTokens().isEmpty(), Long.MAX_VALUE, 1000, 0);
            case HoldPolicy.Estimate estimate ->
                new Command.Leeway(
                        true,
                        units(Math.min(CAP_TOKENS_MAX, estimate.likelyTokens())),
                        estimate.likelyPermille(),
                        estimate.overshootMaxUnits());
        };
    }

    /** The cap that {@code outputUnits} pay for, where the caller's own is not it. */
    OptionalLong capToSet(long outputUnits) {
        long paidTokens = Math.min(capTokens(), demand.price().outputTokens(outputUnits) / demand.choices());
        boolean asTheCallerSaid = demand.capTokens().isPresent() && paidTokens >= capTokens();
        return asTheCallerSaid ? OptionalLong.empty() : OptionalLong.of(paidTokens);
    }

    private long capTokens() {
        return Math.min(CAP_TOKENS_MAX, demand.capTokens().orElse(usualCapTokens));
    }

    private long leastTokens() {
        return switch (policy) {
            case HoldPolicy.Clamp clamp -> demand.cappable() ? clamp.leastTokens() : leastUnclampedTokens();
            case HoldPolicy.Strict ignored -> leastUnclampedTokens();
            case HoldPolicy.Estimate ignored -> leastUnclampedTokens();
        };
    }

    private long leastUnclampedTokens() {
        return demand.capTokens().isPresent() ? capTokens() : LEAST_TOKENS;
    }

    private long units(long tokensPerChoice) {
        return demand.price().outputUnits(Math.multiplyExact(tokensPerChoice, (long) demand.choices()));
    }
}
