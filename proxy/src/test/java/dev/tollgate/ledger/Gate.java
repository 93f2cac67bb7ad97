package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;

/** What a {@link History} puts to the test: the real {@link Ledger}, or one that is wrong on purpose. */
interface Gate {
    <A> Decision<A> decide(Command<A> command);

    void apply(Fact fact);

    /** The id under which the usage of a request is sent to Dodo for the {@code attempt}-th time, counted from 1. */
    default String eventId(String requestId, int attempt) {
        return requestId;
    }

    static Gate real() {
        Ledger ledger = new Ledger();
        return new Gate() {
            @Override
            public <A> Decision<A> decide(Command<A> command) {
                return ledger.decide(command);
            }

            @Override
            public void apply(Fact fact) {
                ledger.apply(fact);
            }
        };
    }
}
