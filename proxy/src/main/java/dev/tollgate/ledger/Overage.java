package dev.tollgate.ledger;

/** How far below zero a customer may go. */
public sealed interface Overage {
    /** Not at all. */
    record Off() implements Overage {}

    /** As far as Dodo's subscription data says. */
    record AsDodoSays() implements Overage {}

    /** As far as they like. */
    record Unlimited() implements Overage {}

    /** By at most so many units. */
    record UpTo(long limitUnits) implements Overage {
        public UpTo {
            if (limitUnits < 0) {
                throw new IllegalArgumentException("limitUnits is negative: " + limitUnits);
            }
        }
    }

    /** The allowed units below zero; {@link Long#MAX_VALUE} stands for no limit. */
    default long limitUnits(long limitAtDodoUnits) {
        return switch (this) {
            case Off ignored -> 0;
            case AsDodoSays ignored -> limitAtDodoUnits;
            case Unlimited ignored -> Long.MAX_VALUE;
            case UpTo upTo -> upTo.limitUnits();
        };
    }
}
