package dev.tollgate.metering;

import dev.tollgate.openai.ResponseReader.Progress;
import java.util.Objects;

/**
 * Turns what was measured on one request into what it is charged. Immutable and safe on every thread.
 *
 * @param weights what the model that answered is charged at
 * @param likely the prompt as it probably is, for an estimate, and the most that the output can be
 * @param pieces what of the request is counted in pieces
 * @param heldUnits the hold itself; an estimate never exceeds it
 * @param leastSharePermille the least part of the hold that an estimate comes to, 0 to 1000: reasoning that is not shown
 *     leaves no trace in a stream that breaks off
 */
public record Meter(
        UnitWeights weights, TokenBound likely, UnitWeights.Pieces pieces, long heldUnits, int leastSharePermille) {

    public Meter {
        Objects.requireNonNull(weights);
        Objects.requireNonNull(likely);
        Objects.requireNonNull(pieces);
        if (heldUnits < 0) {
            throw new IllegalArgumentException("a hold cannot be negative: " + heldUnits);
        }
        if (leastSharePermille < 0 || leastSharePermille > 1000) {
            throw new IllegalArgumentException("a share must be 0 to 1000 permille: " + leastSharePermille);
        }
    }

    /** A reported usage is charged as it is, even beyond the hold; a missing one is estimated, never taken for zero. */
    public Charge charge(Measured measured) {
        return switch (measured) {
            case Measured.Reported reported -> new Charge(weights.units(reported.usage(), pieces), false);
            case Measured.Unreported unreported -> new Charge(estimateUnits(unreported.progress()), true);
            case Measured.Failed() -> new Charge(0, false);
        };
    }

    private long estimateUnits(Progress progress) {
        long output = Math.min(progress.tokens(), likely.outputTokens());
        long seen = weights.units(new TokenBound(likely.promptTokens(), output), pieces);
        return Math.min(Math.max(Math.max(seen, 1), leastUnits()), heldUnits);
    }

    private long leastUnits() {
        return heldUnits / 1000 * leastSharePermille + Math.ceilDiv(heldUnits % 1000 * leastSharePermille, 1000);
    }
}
