package dev.tollgate.endtoend;

import dev.tollgate.journal.Fact;
import org.jspecify.annotations.Nullable;

/** Where a process can be made to stop dead. */
enum CrashPoint {
    /** Wherever it is when the blow falls. */
    ANYWHERE(null, Where.OUTSIDE),
    BEFORE_RESERVATION(Fact.Reserved.class, Where.BEFORE_COMMIT),
    AFTER_RESERVATION(Fact.Reserved.class, Where.AFTER_COMMIT),
    BEFORE_SETTLEMENT(Fact.Settled.class, Where.BEFORE_COMMIT),
    /** Nothing of what was held back has gone to the caller, and no batch has the event. */
    AFTER_SETTLEMENT(Fact.Settled.class, Where.AFTER_COMMIT),
    /** The provider refused, and the hold is not returned yet. */
    BEFORE_VOIDING(Fact.Voided.class, Where.BEFORE_COMMIT),
    AFTER_VOIDING(Fact.Voided.class, Where.AFTER_COMMIT),
    /** Dodo has accepted the batch, and nobody here has noted it. */
    BEFORE_ACKNOWLEDGEMENT(Fact.Ingested.class, Where.BEFORE_COMMIT),
    AFTER_ACKNOWLEDGEMENT(Fact.Ingested.class, Where.AFTER_COMMIT),
    BEFORE_ENTRY(Fact.EntryApplied.class, Where.BEFORE_COMMIT),
    AFTER_ENTRY(Fact.EntryApplied.class, Where.AFTER_COMMIT),
    /** The provider has the request and has answered nothing. */
    REQUEST_AT_PROVIDER(null, Where.OUTSIDE),
    /** The caller has the first piece of an answer. */
    FIRST_BYTE(null, Where.OUTSIDE),
    /** The caller has the last byte. */
    LAST_BYTE(null, Where.OUTSIDE),
    /** Dodo has a batch of events and has not answered. */
    BATCH_SENT(null, Where.OUTSIDE);

    private enum Where {
        BEFORE_COMMIT,
        AFTER_COMMIT,
        OUTSIDE
    }

    private final @Nullable Class<? extends Fact> kind;
    private final Where where;

    CrashPoint(@Nullable Class<? extends Fact> kind, Where where) {
        this.kind = kind;
        this.where = where;
    }

    /** Whether the process stops itself there, as opposed to being killed by who watches it from outside. */
    boolean inside() {
        return where != Where.OUTSIDE;
    }

    boolean isBefore(Fact fact) {
        return where == Where.BEFORE_COMMIT && kind != null && kind.isInstance(fact);
    }

    boolean isAfter(Fact fact) {
        return where == Where.AFTER_COMMIT && kind != null && kind.isInstance(fact);
    }
}
