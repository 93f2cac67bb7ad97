package dev.tollgate.ledger;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;

/** The promises that count in a {@link History}; others may be broken there. */
record Promises(Set<Promise> counting) {
    static final Promises ALL = new Promises(EnumSet.allOf(Promise.class));

    Promises {
        counting = Set.copyOf(counting);
    }

    void require(Promise promise, boolean kept, Supplier<String> otherwise) {
        if (!kept && counting.contains(promise)) {
            throw new BrokenPromise(promise, otherwise.get());
        }
    }
}
