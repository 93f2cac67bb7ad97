package dev.tollgate.ledger;

/** How a command ended. */
public sealed interface Reply<A> {
    /** Its effects are durable. */
    record Durable<A>(A answer) implements Reply<A> {}

    /** It was not taken; nothing changed that anybody was told of. */
    record Refused<A>(Reason reason) implements Reply<A> {}

    /** Why a command was not taken. */
    enum Reason {
        /** The mailbox is full; try again shortly. */
        BUSY,
        /** The journal cannot be written; the process must be restarted. */
        FAILED,
        /** The ledger has been closed. */
        CLOSED
    }
}
