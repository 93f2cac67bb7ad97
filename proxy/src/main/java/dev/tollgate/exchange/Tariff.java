package dev.tollgate.exchange;

import dev.tollgate.admission.Gate;
import dev.tollgate.metering.Charge;
import dev.tollgate.metering.Measured;
import dev.tollgate.metering.Meter;
import dev.tollgate.metering.TokenBound;
import dev.tollgate.metering.UnitWeights;
import dev.tollgate.openai.ModelRequest;

/** What an answer is charged. Immutable. */
sealed interface Tariff {

    /**
     * What the provider reported; an estimate within the hold where it did not.
     *
     * @param leastSharePermille the least part of the hold that an estimate comes to
     */
    record ByUsage(int leastSharePermille) implements Tariff {}

    /** One amount, settled beforehand. */
    record Flat(long units) implements Tariff {}

    /** Text shows how far an answer came; images, speech and compacted items do not, so their estimate is the whole hold. */
    static Tariff byUsage(ModelRequest.Kind kind) {
        return switch (kind) {
            case CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, INPUT_TOKENS -> new ByUsage(0);
            case COMPACT, IMAGES, SPEECH, TRANSCRIPTIONS, TRANSLATIONS, IMAGE_VARIATIONS -> new ByUsage(1000);
        };
    }

    default Charge charge(Measured measured, Gate.Verdict.Admitted held) {
        return switch (this) {
            case ByUsage byUsage -> {
                TokenBound bound = new TokenBound(held.promptUnits(), held.outputUnits());
                yield new Meter(UnitWeights.TOKENS, bound, held.heldUnits(), byUsage.leastSharePermille())
                        .charge(measured);
            }
            case Flat flat -> new Charge(flat.units(), false);
        };
    }
}
