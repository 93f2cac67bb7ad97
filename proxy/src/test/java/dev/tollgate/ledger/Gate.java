package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import dev.tollgate.journal.Snapshotted;
import java.util.Optional;

/** What a {@link History} puts to the test: the real {@link Ledger}, or one that is wrong on purpose. */
interface Gate {
    <A> Decision<A> decide(Command<A> command);

    void apply(Fact fact);

    /** All that it knows; nothing for a gate that takes no snapshots. */
    default Optional<LedgerSnapshot> snapshot() {
        return Optional.empty();
    }

    /** Another gate of the same kind that knows what {@link #snapshot} was asked for. */
    default Gate restored(LedgerSnapshot snapshot) {
        throw new UnsupportedOperationException();
    }

    /** The id under which the usage of a request is sent to Dodo for the {@code attempt}-th time, counted from 1. */
    default String eventId(String requestId, int attempt) {
        return requestId;
    }

    static Gate real() {
        return of(new LedgerProjection());
    }

    private static Gate of(LedgerProjection projection) {
        Ledger ledger = projection.ledger();
        return new Gate() {
            @Override
            public <A> Decision<A> decide(Command<A> command) {
                return ledger.decide(command);
            }

            @Override
            public void apply(Fact fact) {
                ledger.apply(fact);
            }

            @Override
            public Optional<LedgerSnapshot> snapshot() {
                return Optional.of(projection.snapshot());
            }

            @Override
            public Gate restored(LedgerSnapshot snapshot) {
                LedgerProjection another = new LedgerProjection();
                another.restore(Snapshotted.reread(snapshot));
                return of(another);
            }
        };
    }
}
