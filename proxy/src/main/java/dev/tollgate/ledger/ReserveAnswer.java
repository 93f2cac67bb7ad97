package dev.tollgate.ledger;

/** What became of a {@link Command.Reserve}. */
public sealed interface ReserveAnswer {
    /** Held: {@code promptUnits + outputUnits}; {@code availableUnits} is what is left for others. */
    record Granted(long promptUnits, long outputUnits, long availableUnits) implements ReserveAnswer {
        public long heldUnits() {
            return Math.addExact(promptUnits, outputUnits);
        }
    }

    /** Even with every running request ended, {@code availableUnits} would not cover {@code neededUnits}. */
    record Exhausted(long neededUnits, long availableUnits, long confirmedMillis) implements ReserveAnswer {}

    /** Running requests hold {@code heldUnits}; without them {@code neededUnits} would fit. */
    record Held(long neededUnits, long availableUnits, long heldUnits) implements ReserveAnswer {}

    /** Nothing is known of this account; read it at Dodo first. */
    record Unknown() implements ReserveAnswer {}

    /** What is known was last confirmed at {@code confirmedMillis}, too long ago; read it at Dodo first. */
    record Stale(long confirmedMillis) implements ReserveAnswer {}
}
