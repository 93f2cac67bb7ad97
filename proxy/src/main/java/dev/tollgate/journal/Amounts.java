package dev.tollgate.journal;

/** Argument checks for amounts. */
final class Amounts {
    private Amounts() {}

    static void requireNotNegative(String name, long amount) {
        if (amount < 0) {
            throw new IllegalArgumentException(name + " is negative: " + amount);
        }
    }
}
