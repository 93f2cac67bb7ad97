package dev.tollgate.ledger;

import dev.tollgate.journal.Fact;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command leads to: facts to be made durable, and the answer that may be given once they are.
 *
 * @param answer null when the command waits; it will be among a later decision's {@code served}
 * @param served commands that had been waiting and are answered now
 */
record Decision<A>(List<Fact> facts, @Nullable A answer, List<Served> served) {

    /** A reservation that waited, with its answer at last. */
    record Served(String requestId, Command.ReserveAnswer answer) {}

    Decision {
        facts = List.copyOf(facts);
        served = List.copyOf(served);
    }

    Decision(List<Fact> facts, A answer) {
        this(facts, answer, List.of());
    }

    static <A> Decision<A> of(A answer) {
        return new Decision<>(List.of(), answer, List.of());
    }

    static <A> Decision<A> of(Fact fact, A answer) {
        return new Decision<>(List.of(fact), answer, List.of());
    }

    static <A> Decision<A> waiting() {
        return new Decision<>(List.of(), null, List.of());
    }
}
