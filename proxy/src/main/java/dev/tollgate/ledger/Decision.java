package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;

/** What a command leads to: facts to be made durable, and the answer that may be given once they are. */
record Decision<A>(List<Fact> facts, A answer) {
    Decision {
        facts = List.copyOf(facts);
    }

    static <A> Decision<A> of(A answer) {
        return new Decision<>(List.of(), answer);
    }

    static <A> Decision<A> of(Fact fact, A answer) {
        return new Decision<>(List.of(fact), answer);
    }
}
