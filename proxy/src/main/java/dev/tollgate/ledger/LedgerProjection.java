package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Journal;

/** A ledger as something that facts add up to. */
record LedgerProjection(Ledger ledger) implements Journal.Projection<LedgerSnapshot> {
    LedgerProjection() {
        this(new Ledger());
    }

    @Override
    public Class<LedgerSnapshot> form() {
        return LedgerSnapshot.class;
    }

    @Override
    public void fold(Fact fact) {
        ledger.apply(fact);
    }

    @Override
    public LedgerSnapshot snapshot() {
        return ledger.snapshot();
    }

    @Override
    public void restore(LedgerSnapshot snapshot) {
        ledger.restore(snapshot);
    }
}
