package dev.tollgate.ledger;

/** What operators may decide, for tests. */
public final class Policies {
    static final long GUARD_MILLIS = 120_000;

    private Policies() {}

    /** One that serves everybody. */
    public static Command.Policy of(Overage overage) {
        return new Command.Policy(overage, true, true, true, GUARD_MILLIS);
    }
}
