package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.metering.Charge;
import dev.tollgate.metering.Measured;
import dev.tollgate.metering.Meter;
import dev.tollgate.metering.TokenBound;
import dev.tollgate.metering.UnitWeights;

/** What an answer is charged. Immutable. */
sealed interface Tariff {

    /** What the provider reported; within the hold where it did not. */
    record ByUsage() implements Tariff {}

    default Charge charge(Measured measured, Gate.Verdict.Admitted held) {
        return switch (this) {
            case ByUsage ignored -> byUsage(measured, held);
        };
    }

    private static Charge byUsage(Measured measured, Gate.Verdict.Admitted held) {
        TokenBound bound = new TokenBound(held.promptUnits(), held.outputUnits());
        return new Meter(UnitWeights.TOKENS, bound, held.heldUnits(), 0).charge(measured);
    }
}
