package dev.tollgate.ledger;

/** What operators may decide, for tests. */
public final class Policies {
    static final long GUARD_MILLIS = 120_000;

    private Policies() {}

    /** One that serves everybody. */
    public static Command.Policy of(Overage overage) {
        return new Command.Policy(overage, true, true, Command.Undeducted.ALLOW, GUARD_MILLIS);
    }

    /** The same, with debits where no subscription deducts usage. */
    public static Command.Policy debiting(Overage overage) {
        return new Command.Policy(overage, true, true, Command.Undeducted.DEBIT, GUARD_MILLIS);
    }
}
